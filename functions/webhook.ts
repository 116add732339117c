/** The webhook function: takes deliveries from GitHub, and handles or enqueues them. */
import { handlers } from '#handlers';
import { createLedger } from '../lib/aws/ledger.ts';
import { createQueueWriter } from '../lib/aws/queue.ts';
import { createSecretReader } from '../lib/aws/secrets-manager.ts';
import { loadWebhookConfig, type InlineWebhookConfig } from '../lib/config.ts';
import { createDispatch } from '../lib/dispatch/dispatch.ts';
import { createParking } from '../lib/dispatch/parking.ts';
import { createRouter } from '../lib/dispatch/route.ts';
import { createGitHubApp } from '../lib/github/app.ts';
import { toAnswerBudgetMs } from '../lib/github/hosts.ts';
import { createIntake, type Destination } from '../lib/intake.ts';
import { createLog } from '../lib/log.ts';
import { createEnqueue } from '../lib/queue/enqueue.ts';
import { createSecretCache } from '../lib/secret-cache.ts';
import { containStrayErrors } from '../lib/stray-errors.ts';
import { createWebhookSecrets } from '../lib/webhook/secrets.ts';

const now = Date.now;
const config = loadWebhookConfig(process.env);
const log = createLog({ level: config.logLevel, write: (line) => process.stdout.write(`${line}\n`), now });
const secretCache = createSecretCache({ readSecret: createSecretReader(), now, log });

/** Lambda's entry point: `webhook.handler`. */
export const handler = createIntake({
  secrets: createWebhookSecrets({ cache: secretCache, secretId: config.webhookSecretId, now, log }),
  router: createRouter(handlers),
  destination: config.kind === 'inline' ? toHandlers(config) : toQueue(config.queueUrl),
  appId: config.appId,
  budgetMs: toAnswerBudgetMs(config.apiUrl),
  now,
  log,
});

function toQueue(queueUrl: string): Destination {
  containStrayErrors(process, log);
  return { kind: 'queue', enqueue: createEnqueue(createQueueWriter({ queueUrl }), config.host) };
}

function toHandlers(inline: InlineWebhookConfig): Destination {
  const { ledgerTable } = inline;
  const app = createGitHubApp({ ...inline, secretCache, fetch: globalThis.fetch, now, log });
  const ledger = ledgerTable === undefined ? undefined : createLedger({ table: ledgerTable, now });
  const parking = createParking(now);
  containStrayErrors(process, log.guarding({ secrets: () => app.heldTokens() }));
  return { kind: 'handlers', dispatch: createDispatch({ app, ledger, ledgerScope: inline, parking, now }) };
}

/** Lambda lends a full CPU during init: the secrets are asked for now, and a failure is met again by the first delivery. */
const INIT_SECONDS = 10;
const secretIds = [config.webhookSecretId, ...(config.kind === 'inline' ? [config.privateKeySecretId] : [])];
for (const secretId of new Set(secretIds)) {
  secretCache.read(secretId, AbortSignal.timeout(INIT_SECONDS * 1000)).catch(() => {});
}
