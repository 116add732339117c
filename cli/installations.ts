/** `hookmint installations`: who installed the App that `.env` names, and what they granted. */
import type { Command } from 'commander';
import { createSender } from '../lib/github/api.ts';
import { createAppCalls } from '../lib/github/app-calls.ts';
import { createAppJwtSource, createKeySigner } from '../lib/github/app-jwt.ts';
import { CommandError } from './command-error.ts';
import { printLines } from './print-lines.ts';
import { type Installation, listInstallations } from './installations/list-installations.ts';
import { parsePrivateKeys } from '../lib/secrets/private-key.ts';
import { createConnections } from '../lib/http/connections.ts';
import { createFetch } from '../lib/http/fetch.ts';
import { createLog } from '../lib/log/log.ts';
import { loadLocalSettings, type RealApp } from '../local/server/settings.ts';

const TIMEOUT_MS = 60_000;

export function addInstallations(program: Command): void {
  program
    .command('installations')
    .description('lists who installed the App that .env names, and what they granted')
    .addHelpText('after', '\nExample: hookmint installations')
    .action(() => list());
}

async function list(): Promise<void> {
  const { github } = await loadLocalSettings(process.cwd(), process.env);
  if (github.kind !== 'real') {
    throw new CommandError(
      'No App is named: set GITHUB_APP_ID, GITHUB_PRIVATE_KEY_FILE and GITHUB_WEBHOOK_SECRET in .env.',
    );
  }
  let count = 0;
  for await (const installation of listInstallations(createCalls(github), AbortSignal.timeout(TIMEOUT_MS))) {
    printLines(describe(installation));
    count += 1;
  }
  console.log(`${count} installation${count === 1 ? '' : 's'} of App ${github.appId} at ${github.apiUrl}`);
}

function createCalls({ appId, apiUrl, privateKeyPem }: RealApp) {
  const signers = parsePrivateKeys(privateKeyPem).map(createKeySigner);
  return createAppCalls({
    send: createSender(apiUrl, createFetch(createConnections(Date.now))),
    jwts: createAppJwtSource(appId, Date.now),
    // The file is all there is: reading it anew would bring the same keys.
    keyRing: { signers: async () => signers, refreshed: async () => signers },
    log: createLog({ level: 'warn', write: (line) => process.stderr.write(`${line}\n`), now: Date.now }),
  });
}

function describe({ account, accountType, id, suspendedAt, repositorySelection, permissions }: Installation) {
  const granted = Object.entries(permissions).map(([name, level]) => `${name}=${level}`);
  return [
    `${account ?? '(no account)'}  ${id}`,
    `  ${accountType ?? 'account'}, ${repositorySelection ?? 'unknown'} repositories${
      suspendedAt === null ? '' : `, suspended since ${suspendedAt.toISOString()}`
    }`,
    `  ${granted.length === 0 ? 'nothing granted' : granted.join(', ')}`,
    '',
  ];
}
