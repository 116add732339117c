/**
 * Deliveries that GitHub need not send again, because they cannot come in by the front door: they are
 * taken from its log, to the queue or to their handlers.
 */
import { follow } from '../async/abort.ts';
import type { Clock } from '../async/clock.ts';
import { startDeadline } from '../async/deadline.ts';
import type { Envelope } from '../delivery/delivery.ts';
import { toLoggedEnvelope } from '../delivery/logged-envelope.ts';
import type { Payload } from '../delivery/payload.ts';
import { dispatchOneByOne } from '../dispatch/dispatch-one-by-one.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import { inline, toJob } from '../dispatch/job.ts';
import { summarise } from '../dispatch/outcome.ts';
import type { Router } from '../dispatch/route.ts';
import type { DeliveryLog } from '../github/delivery-log.ts';
import { isId } from '../json/json.ts';
import type { BoundLog } from '../log/log.ts';
import type { Enqueue } from '../queue/enqueue.ts';
import type { Pull, PulledDelivery } from './run.ts';
import { HANDLERS_TIME_MS } from './time-limits.ts';

/**
 * The message holds the id in GitHub's log only: the payload fits into none. It is not even looked at here, and
 * neither are the headers beside it: the worker reads both.
 */
export function createQueuePull(enqueue: Enqueue, now: () => number): Pull {
  return async (pulled, { signal }) => {
    const envelope = toLoggedEnvelope(pulled, {}, new Date(now()));
    if (envelope === undefined) return 'failed';
    const content = { kind: 'reference', logId: pulled.logId } as const;
    await enqueue({ envelope, content, replay: false }, toGroup(pulled), signal);
    return 'done';
  };
}

function toGroup({ installationId }: PulledDelivery): number | null {
  const id = Number(installationId);
  return isId(id) ? id : null;
}

interface InlineDeps {
  readonly deliveryLog: DeliveryLog;
  readonly router: Router;
  readonly dispatch: Dispatch;
  readonly clock: Clock;
  readonly log: BoundLog;
}

/** Runs the handlers in the sweeper itself; the ledger keeps them from running what is done. */
export function createInlinePull(deps: InlineDeps): Pull {
  return async (pulled, time) => {
    const detail = await deps.deliveryLog.detail({ id: pulled.logId, guid: pulled.guid }, time);
    if (detail?.payload === undefined) return 'lost';
    const envelope = toLoggedEnvelope(pulled, detail.headers, new Date(deps.clock.now()));
    return envelope === undefined ? 'failed' : handle(envelope, detail.payload, time.signal, deps);
  };
}

async function handle(
  envelope: Envelope,
  payload: Payload,
  signal: AbortSignal,
  { router, dispatch, clock, log }: InlineDeps,
): Promise<'done' | 'failed'> {
  const time = startDeadline(clock.now() + HANDLERS_TIME_MS, clock);
  const both = follow(time.signal, signal);
  const deadline = { ...time, signal: both.signal };
  // Nobody asked: what has ended stays ended.
  const job = toJob(envelope, payload, { deadline, log, carrier: inline(new Date(0)) });
  const { event, action } = job.delivery;
  try {
    const outcomes = await dispatchOneByOne(router.match(event, action), job, { dispatch, large: true });
    signal.throwIfAborted(); // the sweep's own time was up: no failure of the delivery
    return summarise(outcomes).outcome === 'failed' ? 'failed' : 'done';
  } finally {
    both.end();
    time.end();
  }
}
