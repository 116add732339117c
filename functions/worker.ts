/** The worker function: takes batches of deliveries from the queue and runs their handlers. */
import { handlers } from '#handlers';
import { createLedger } from '../lib/aws/ledger.ts';
import { createQueueReader } from '../lib/aws/queue.ts';
import { createSecretReader } from '../lib/aws/secrets-manager.ts';
import { loadWorkerConfig } from '../lib/config.ts';
import { createDispatch } from '../lib/dispatch/dispatch.ts';
import { createParking } from '../lib/dispatch/parking.ts';
import { createRouter } from '../lib/dispatch/route.ts';
import { createGitHubApp } from '../lib/github/app.ts';
import { createDeliveryLog } from '../lib/github/delivery-log.ts';
import { createConnections } from '../lib/http/connections.ts';
import { createFetch } from '../lib/http/fetch.ts';
import type { InvocationContext } from '../lib/intake.ts';
import { createLog } from '../lib/log.ts';
import { toRecords } from '../lib/queue/records.ts';
import { createWorkOff } from '../lib/queue/work.ts';
import { createSecretCache } from '../lib/secret-cache.ts';
import { containStrayErrors } from '../lib/stray-errors.ts';
import { startWarmUp } from '../lib/warm-up.ts';

const now = Date.now;
const config = loadWorkerConfig(process.env);
const log = createLog({ level: config.logLevel, write: (line) => process.stdout.write(`${line}\n`), now });
const secretCache = createSecretCache({ readSecret: createSecretReader(), now, log });
const connections = createConnections(now);
const app = createGitHubApp({ ...config, secretCache, fetch: createFetch(connections), now, log });
const ledger = createLedger({ table: config.ledgerTable, now });
const deliveryLog = createDeliveryLog(app.call);
containStrayErrors(process, log.guarding({ secrets: () => app.heldTokens() }));

const workOff = createWorkOff({
  router: createRouter(handlers),
  dispatch: createDispatch({ app, ledger, ledgerScope: config, parking: createParking(now), now }),
  fetchPayload: async (logId, signal) => (await deliveryLog.detail(logId, signal))?.payload,
  queue: createQueueReader({ queueUrl: config.queueUrl, log }),
  now,
  random: Math.random,
  log,
});

const warmUp = startWarmUp();
warmUp.begin((signal) => app.prepare(signal));
warmUp.begin((signal) => ledger.prepare(signal));
warmUp.begin((signal) => connections.warm(new URL(config.apiUrl), signal));
await warmUp.done();

/** Where something other than Lambda invokes. */
const DEFAULT_TIME_MS = 30_000;

/** Lambda's entry point: `worker.handler`. What is named in the result goes back to the queue. */
export async function handler(event: unknown, context: InvocationContext = {}) {
  const back = await workOff(toRecords(event), context.getRemainingTimeInMillis?.() ?? DEFAULT_TIME_MS);
  return { batchItemFailures: back.map((itemIdentifier) => ({ itemIdentifier })) };
}
