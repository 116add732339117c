/** The webhook function where it runs the handlers itself. Loaded only then. */
import type { TableLedger } from '../../lib/aws/ledger.ts';
import type { InlineWebhookConfig } from '../../lib/config.ts';
import { createDispatch } from '../../lib/dispatch/dispatch.ts';
import { createParking } from '../../lib/dispatch/parking.ts';
import { createGitHubApp } from '../../lib/github/app.ts';
import { createConnections } from '../../lib/http/connections.ts';
import { createFetch } from '../../lib/http/fetch.ts';
import type { Destination } from '../../lib/intake.ts';
import type { BoundLog } from '../../lib/log.ts';
import type { SecretCache } from '../../lib/secret-cache.ts';
import { containStrayErrors } from '../../lib/stray-errors.ts';
import type { WarmUp } from '../../lib/warm-up.ts';

interface Parts {
  readonly config: InlineWebhookConfig;
  readonly secretCache: SecretCache;
  readonly warmUp: WarmUp;
  readonly now: () => number;
  readonly log: BoundLog;
}

export async function createDestination({
  config,
  secretCache,
  warmUp,
  now,
  log,
}: Parts): Promise<Destination> {
  const connections = createConnections(now);
  const app = createGitHubApp({ ...config, secretCache, fetch: createFetch(connections), now, log });
  warmUp.begin((signal) => connections.warm(new URL(config.apiUrl), signal));
  warmUp.begin((signal) => app.prepare(signal));
  const ledger = await createLedger(config, now);
  if (ledger !== undefined) warmUp.begin((signal) => ledger.prepare(signal));
  const parking = createParking(now);
  containStrayErrors(process, log.guarding({ secrets: () => app.heldTokens() }));
  return { kind: 'handlers', dispatch: createDispatch({ app, ledger, ledgerScope: config, parking, now }) };
}

/** Loads the client of DynamoDB where there is a table, and only then. */
async function createLedger(
  { ledgerTable: table }: InlineWebhookConfig,
  now: () => number,
): Promise<TableLedger | undefined> {
  if (table === undefined) return undefined;
  const ledger = await import('../../lib/aws/ledger.ts');
  return ledger.createLedger({ table, now });
}
