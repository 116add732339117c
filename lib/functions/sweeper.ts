/** The sweeper function, on a schedule: reads GitHub's log of deliveries and asks again for what failed. */
import { within } from '../async/abort.ts';
import { sleep, SYSTEM_CLOCK } from '../async/clock.ts';
import { createDynamoDBCall } from '../aws/dynamodb.ts';
import { createLedger } from '../aws/ledger.ts';
import { createQueueWriter } from '../aws/queue.ts';
import { createSqsCall } from '../aws/sqs.ts';
import { createSweepStore } from '../aws/sweep-store.ts';
import { createAccounting } from './accounting.ts';
import { loadSweeperConfig, type SweeperConfig } from './config.ts';
import { createRouter, type Router } from '../dispatch/route.ts';
import type { GitHubApp } from '../github/app.ts';
import { createDeliveryLog, type DeliveryLog } from '../github/delivery-log.ts';
import type { InvocationContext } from '../webhook/intake.ts';
import { readField } from '../json/json.ts';
import { createEnqueue } from '../queue/enqueue.ts';
import { containStrayErrors } from './stray-errors.ts';
import { createInlinePull, createPullOneOfMany, createQueuePull } from '../sweep/pull.ts';
import { createFunctionDispatch } from './function-dispatch.ts';
import { createApp } from './github-app.ts';
import { readDeclared } from '../settings/declared.ts';
import { createParts, type FunctionOptions, type Parts } from './parts.ts';
import type { SweepDeps } from '../sweep/run.ts';
import { createSweep, type Sweep } from '../sweep/sweep.ts';
import { traced } from '../tracing/tracer.ts';

/** Where something other than Lambda invokes. */
const DEFAULT_TIME_MS = 60_000;

/** Kept back of the function's time, to log and return the summary. */
const SUMMARY_MARGIN_MS = 1_000;

/** A part of that, in which traces are sent. */
const FLUSH_MS = 500;

/**
 * Makes the sweeper function of an app.
 *
 * @returns Lambda's entry point. Its event: `dryRun: true` only shows what would be done; `lookBackHours`
 *          goes back further than a first run does. A schedule's own event says neither. It returns the
 *          summary that is logged as well.
 * @throws ServiceFault `config_invalid`, naming every variable at fault, never a value.
 */
export async function createSweeperFunction({
  handlers,
  env,
}: FunctionOptions): Promise<(event: unknown, context?: InvocationContext) => ReturnType<Sweep['run']>> {
  const config = loadSweeperConfig(env, readDeclared(handlers));
  const { host, appId, ledgerTable } = config;
  const parts = await createParts(config, env);
  const { log, now, aws, tracer } = parts;
  const app = await createApp(config, parts);
  const router = createRouter(handlers);
  containStrayErrors(process, log.guarding({ secrets: () => app.heldTokens() }));

  const deliveryLog = createDeliveryLog(app.call);
  const sweep = createSweep({
    deliveryLog,
    store: createSweepStore({ call: createDynamoDBCall(aws), table: ledgerTable, host, appId, now }),
    claims: (event, action) => router.match(event, action).length > 0,
    ...createPulls(config, { app, deliveryLog, router }, parts),
    accounting: createAccounting(config, router, aws),
    now,
    pause: (ms, signal) => sleep(SYSTEM_CLOCK, ms, signal),
    log,
  });

  return async (event, context = {}) => {
    const remainingMs = (): number => context.getRemainingTimeInMillis?.() ?? DEFAULT_TIME_MS;
    const lookBackHours = readField(event, 'lookBackHours');
    const sweepOnce = (signal: AbortSignal): ReturnType<Sweep['run']> =>
      sweep.run({
        dryRun: readField(event, 'dryRun') === true,
        ...(typeof lookBackHours === 'number' && { lookBackMs: lookBackHours * 60 * 60_000 }),
        signal,
        remainingMs,
      });
    try {
      return await traced(tracer, { name: 'sweep', kind: 'internal' }, () =>
        within(SYSTEM_CLOCK, Math.max(0, remainingMs() - SUMMARY_MARGIN_MS), sweepOnce),
      );
    } finally {
      await tracer?.flush(FLUSH_MS);
    }
  };
}

interface Handling {
  readonly app: GitHubApp;
  readonly deliveryLog: DeliveryLog;
  readonly router: Router;
}

/** With a queue the worker handles what is pulled; without one the sweeper does so itself. */
function createPulls(
  config: SweeperConfig,
  { app, deliveryLog, router }: Handling,
  parts: Parts,
): Pick<SweepDeps, 'pull' | 'pullOneOfMany'> {
  const { log, now, aws, tracer } = parts;
  const { queueUrl, host, ledgerTable } = config;
  if (queueUrl !== undefined) {
    const queue = createQueueWriter({ queueUrl, call: createSqsCall(aws), tracer });
    const enqueue = createEnqueue(queue, host);
    return {
      pull: createQueuePull(enqueue, now),
      pullOneOfMany: createPullOneOfMany({ deliveryLog, enqueue, now }),
    };
  }
  const ledger = createLedger({ table: ledgerTable, now, call: createDynamoDBCall(aws) });
  const dispatch = createFunctionDispatch({ app, ledger, ledgerScope: config }, parts);
  return { pull: createInlinePull({ deliveryLog, router, dispatch, clock: SYSTEM_CLOCK, log }) };
}
