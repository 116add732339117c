/** The webhook function: takes deliveries from GitHub, and handles or enqueues them. */
import { handlers } from '#handlers';
import type { TableLedger } from '../lib/aws/ledger.ts';
import { createSecretReader } from '../lib/aws/secrets-manager.ts';
import { loadWebhookConfig, type InlineWebhookConfig, type QueuedWebhookConfig } from '../lib/config.ts';
import { createDispatch } from '../lib/dispatch/dispatch.ts';
import { createParking } from '../lib/dispatch/parking.ts';
import { createRouter } from '../lib/dispatch/route.ts';
import { createGitHubApp } from '../lib/github/app.ts';
import { toAnswerBudgetMs } from '../lib/github/hosts.ts';
import { createConnections } from '../lib/http/connections.ts';
import { createFetch } from '../lib/http/fetch.ts';
import { createIntake, type Destination } from '../lib/intake.ts';
import { createLog } from '../lib/log.ts';
import { createEnqueue } from '../lib/queue/enqueue.ts';
import { createSecretCache } from '../lib/secret-cache.ts';
import { containStrayErrors } from '../lib/stray-errors.ts';
import { startWarmUp } from '../lib/warm-up.ts';
import { createWebhookSecrets } from '../lib/webhook/secrets.ts';

const now = Date.now;
const config = loadWebhookConfig(process.env);
const log = createLog({ level: config.logLevel, write: (line) => process.stdout.write(`${line}\n`), now });
const secretCache = createSecretCache({ readSecret: createSecretReader(), now, log });
const secrets = createWebhookSecrets({ cache: secretCache, secretId: config.webhookSecretId, now, log });
const connections = createConnections(now);
const warmUp = startWarmUp();
warmUp.begin((signal) => secrets.live(signal));

/** Lambda's entry point: `webhook.handler`. */
export const handler = createIntake({
  secrets,
  router: createRouter(handlers),
  destination: config.kind === 'inline' ? await toHandlers(config) : await toQueue(config),
  appId: config.appId,
  budgetMs: toAnswerBudgetMs(config.apiUrl),
  now,
  log,
});

await warmUp.done();

async function toHandlers(inline: InlineWebhookConfig): Promise<Destination> {
  const app = createGitHubApp({ ...inline, secretCache, fetch: createFetch(connections), now, log });
  warmUp.begin((signal) => connections.warm(new URL(inline.apiUrl), signal));
  warmUp.begin((signal) => app.prepare(signal));
  const ledger = await loadLedger(inline.ledgerTable);
  if (ledger !== undefined) warmUp.begin((signal) => ledger.prepare(signal));
  const parking = createParking(now);
  containStrayErrors(process, log.guarding({ secrets: () => app.heldTokens() }));
  return { kind: 'handlers', dispatch: createDispatch({ app, ledger, ledgerScope: inline, parking, now }) };
}

/** Of DynamoDB's client and that of SQS, each shape of deployment loads its own. */
async function loadLedger(table: string | undefined): Promise<TableLedger | undefined> {
  if (table === undefined) return undefined;
  const { createLedger } = await import('../lib/aws/ledger.ts');
  return createLedger({ table, now });
}

async function toQueue({ queueUrl, host }: QueuedWebhookConfig): Promise<Destination> {
  containStrayErrors(process, log);
  warmUp.begin((signal) => connections.warm(new URL(queueUrl), signal));
  const { createQueueWriter } = await import('../lib/aws/queue.ts');
  const queue = createQueueWriter({ queueUrl, agents: connections.agents });
  return { kind: 'queue', enqueue: createEnqueue(queue, host) };
}
