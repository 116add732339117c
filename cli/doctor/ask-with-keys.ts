/** Asks GitHub who the App is, with these of its keys. */
import type { AppKey } from '../app/app-key.ts';
import { createCallsWith } from '../app/calls.ts';
import type { NamedApp } from '../app/named-app.ts';
import type { CommandIo } from '../io/io.ts';
import { toWebUrl } from '../register/hosts.ts';
import { type AppFacts, askApp } from './ask-app.ts';

/** @throws ServiceFault `jwt_refused` where GitHub takes none of them. */
export function askWithKeys(
  keys: readonly AppKey[],
  app: Pick<NamedApp, 'apiUrl' | 'appId'>,
  io: CommandIo,
  signal: AbortSignal,
): Promise<AppFacts> {
  return askApp({
    keys,
    ask: (key) => createCallsWith([key], app, io)({ method: 'GET', path: '/app' }, signal),
    now: () => io.clock.now(),
    webUrl: toWebUrl(app.apiUrl),
  });
}
