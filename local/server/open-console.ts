/** The console of a running app: what it may see and do, put together. */
import { createApi } from '../console/api.ts';
import type { Journal } from '../console/journal.ts';
import { createRedaction } from '../console/redaction.ts';
import { createSendAgain, type SendAgain } from '../console/send-again.ts';
import { type ConsoleServer, startConsole } from '../console/server.ts';
import { toFixtureFolder } from '../fixtures/fixtures.ts';
import type { Ground } from './lay-ground.ts';
import type { Sweeper } from './serve.ts';

interface ConsoleOptions {
  /** The app's. */
  readonly folder: string;
  readonly journal: Journal;
  readonly sweeper: Sweeper | undefined;
  /** Is told the name of each recorded delivery that the console writes. */
  readonly saved: Set<string>;
}

/** On the port after the front door's. */
export function openConsole(ground: Ground, options: ConsoleOptions): Promise<ConsoleServer> {
  const { live, frontDoor, standIns, builds, ledger } = ground;
  const { folder, journal, sweeper, saved } = options;
  const { github, sqs, apiUrl, privateKeyPem } = standIns;
  const api = createApi({
    journal,
    sendAgain: toSendAgain(ground, journal),
    redaction: createRedaction(() => [live.secret, privateKeyPem, ...Object.values(live.handlers.secrets)]),
    secret: () => live.secret,
    tokens: github?.tokens ?? [],
    declared: () => builds.current().declared,
    ledger,
    sqs,
    sweeper,
    fixtures: toFixtureFolder(folder),
    onSaved: (name) => void saved.add(name),
    github: github === undefined ? `GitHub at ${apiUrl}` : 'a stand-in for GitHub',
  });
  return startConsole(api, frontDoor.port + 1);
}

/** Through the front door, as GitHub sends. */
export function toSendAgain(
  { frontDoor, live, standIns, builds, ledger }: Ground,
  journal: Journal,
): SendAgain {
  return createSendAgain({
    url: frontDoor.url,
    secret: () => live.secret,
    journal,
    ledger,
    ledgerScope: {
      host: new URL(standIns.apiUrl).host,
      appId: standIns.env.webhook['GITHUB_APP_ID'] ?? '',
    },
    handlers: () => builds.current().handlers,
  });
}
