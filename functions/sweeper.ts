/** The sweeper function, on a schedule: reads GitHub's log of deliveries and asks again for what failed. */
import { handlers } from '#handlers';
import { createLedger } from '../lib/aws/ledger.ts';
import { createQueueWriter } from '../lib/aws/queue.ts';
import { createSecretReader } from '../lib/aws/secrets-manager.ts';
import { createSweepStore } from '../lib/aws/sweep-store.ts';
import { loadSweeperConfig } from '../lib/config.ts';
import { createDispatch } from '../lib/dispatch/dispatch.ts';
import { createParking } from '../lib/dispatch/parking.ts';
import { createRouter } from '../lib/dispatch/route.ts';
import { createGitHubApp } from '../lib/github/app.ts';
import { createDeliveryLog } from '../lib/github/delivery-log.ts';
import { createConnections } from '../lib/http/connections.ts';
import { createFetch } from '../lib/http/fetch.ts';
import type { InvocationContext } from '../lib/intake.ts';
import { readField } from '../lib/json.ts';
import { createLog } from '../lib/log.ts';
import { createEnqueue } from '../lib/queue/enqueue.ts';
import { createSecretCache } from '../lib/secret-cache.ts';
import { containStrayErrors } from '../lib/stray-errors.ts';
import { createInlinePull, createQueuePull } from '../lib/sweep/pull.ts';
import { createSweep } from '../lib/sweep/sweep.ts';

const now = Date.now;
const config = loadSweeperConfig(process.env);
const { host, appId, ledgerTable, queueUrl } = config;
const log = createLog({ level: config.logLevel, write: (line) => process.stdout.write(`${line}\n`), now });
const secretCache = createSecretCache({ readSecret: createSecretReader(), now, log });
const app = createGitHubApp({ ...config, secretCache, fetch: createFetch(createConnections(now)), now, log });
const router = createRouter(handlers);
containStrayErrors(process, log.guarding({ secrets: () => app.heldTokens() }));

const sweep = createSweep({
  deliveryLog: createDeliveryLog(app.call),
  store: createSweepStore({ table: ledgerTable, host, appId, now }),
  claims: (event, action) => router.match(event, action).length > 0,
  pull:
    queueUrl === undefined
      ? pullInline()
      : createQueuePull(createEnqueue(createQueueWriter({ queueUrl }), host), now),
  now,
  log,
});

function pullInline() {
  const ledger = createLedger({ table: ledgerTable, now });
  const dispatch = createDispatch({ app, ledger, ledgerScope: config, parking: createParking(now), now });
  return createInlinePull({ router, dispatch, now, log });
}

/** Where something other than Lambda invokes. */
const DEFAULT_TIME_MS = 60_000;

/** Kept back for the summary. */
const INVOCATION_MARGIN_MS = 1_000;

/**
 * Lambda's entry point: `sweeper.handler`.
 *
 * @param event `dryRun: true` only shows what would be done; `lookBackHours` goes back further than a
 *              first run does. A schedule's own event says neither.
 * @returns The summary that is logged as well.
 */
export async function handler(event: unknown, context: InvocationContext = {}) {
  const remainingMs = (): number => context.getRemainingTimeInMillis?.() ?? DEFAULT_TIME_MS;
  const lookBackHours = readField(event, 'lookBackHours');
  return sweep.run({
    dryRun: readField(event, 'dryRun') === true,
    ...(typeof lookBackHours === 'number' && { lookBackMs: lookBackHours * 60 * 60_000 }),
    signal: AbortSignal.timeout(Math.max(0, remainingMs() - INVOCATION_MARGIN_MS)),
    remainingMs,
  });
}
