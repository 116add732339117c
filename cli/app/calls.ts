/** Calls to GitHub as the App that a command works for. */
import { createSender } from '../../lib/github/api.ts';
import { type CallAsApp, createAppCalls } from '../../lib/github/app-calls.ts';
import { createAppJwtSource } from '../../lib/github/app-jwt.ts';
import { createConnections } from '../../lib/http/connections.ts';
import { createFetch } from '../../lib/http/fetch.ts';
import { createLog } from '../../lib/log/log.ts';
import type { CommandIo } from '../io/io.ts';
import type { AppKey } from './app-key.ts';
import type { NamedApp } from './named-app.ts';

/** @throws CommandError Where the App's private key is missing or is none. */
export async function createCalls(app: NamedApp, io: CommandIo): Promise<CallAsApp> {
  return createCallsWith(await app.keys(), app, io);
}

/** The same, signed with one of these keys. */
export function createCallsWith(
  keys: readonly Pick<AppKey, 'sign'>[],
  { apiUrl, appId }: Pick<NamedApp, 'apiUrl' | 'appId'>,
  { clock, env, stderr }: CommandIo,
): CallAsApp {
  const now = () => clock.now();
  const signers = keys.map(({ sign }) => sign);
  return createAppCalls({
    send: createSender(apiUrl, createFetch(createConnections({ now, env })), clock),
    jwts: createAppJwtSource(appId, now),
    // What was read is all there is: reading it anew would bring the same keys.
    signers: { signers: async () => signers, refreshed: async () => signers },
    log: createLog({ level: 'error', write: (line) => stderr.write(`${line}\n`), now }),
  });
}
