/**
 * Deliveries that GitHub need not send again, because they cannot come in by the front door, or are too many to be
 * asked for: they are taken from its log, to the queue or to their handlers.
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
import { ServiceFault } from '../faults.ts';
import type { DeliveryLog } from '../github/delivery-log.ts';
import type { DeliveryDetail } from '../github/logged-delivery.ts';
import { isId } from '../json/json.ts';
import type { BoundLog } from '../log/log.ts';
import type { Enqueue } from '../queue/enqueue.ts';
import type { QueuedContent } from '../queue/message.ts';
import type { Pull, PulledDelivery } from './run.ts';
import { HANDLERS_TIME_MS } from './time-limits.ts';

/**
 * The message holds the id in GitHub's log only: the payload fits into none. It is not even looked at here, and
 * neither are the headers beside it: the worker reads both.
 */
export function createQueuePull(enqueue: Enqueue, now: () => number): Pull {
  return (pulled, { signal }) => {
    const content = { kind: 'reference', logId: pulled.logId } as const;
    return handOn(pulled, { headers: {}, content }, { enqueue, now, signal });
  };
}

interface ManyDeps {
  readonly deliveryLog: Pick<DeliveryLog, 'small'>;
  readonly enqueue: Enqueue;
  readonly now: () => number;
}

/** Eight bodies of this size are read side by side in a function of 512 MB, as bytes, text and objects. */
const MAX_READ_BYTES = 2_000_000;

/**
 * The message holds the payload, so that the worker reads GitHub's log for none of them however often its handlers
 * wait for a rate limit. What is too large to be read beside others, or for a message, goes as a reference.
 */
export function createPullOneOfMany({ deliveryLog, enqueue, now }: ManyDeps): Pull {
  const byReference = createQueuePull(enqueue, now);
  return async (pulled, time) => {
    const detail = await deliveryLog.small({ id: pulled.logId, guid: pulled.guid }, MAX_READ_BYTES, time);
    if (detail === 'larger') return byReference(pulled, time);
    if (detail?.payload === undefined) return 'lost';
    const { headers, payload } = detail;
    const body = toBody(payload);
    if (body === undefined) return byReference(pulled, time);
    const content = { kind: 'body', format: 'json', body } as const;
    try {
      return await handOn(pulled, { headers, content }, { enqueue, now, signal: time.signal });
    } catch (error) {
      if (error instanceof ServiceFault && error.code === 'delivery_too_large')
        return byReference(pulled, time);
      throw error;
    }
  };
}

/** V8 reads JSON however deep it is nested, and writes it only some thousand levels deep: undefined for what is deeper. */
function toBody(payload: Payload): Buffer | undefined {
  try {
    return Buffer.from(JSON.stringify(payload));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

interface Handing {
  readonly enqueue: Enqueue;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

async function handOn(
  pulled: PulledDelivery,
  { headers, content }: Pick<DeliveryDetail, 'headers'> & { readonly content: QueuedContent },
  { enqueue, now, signal }: Handing,
): Promise<'done' | 'failed'> {
  const envelope = toLoggedEnvelope(pulled, headers, new Date(now()));
  if (envelope === undefined) return 'failed';
  await enqueue({ envelope, content, replay: false, swept: true }, toGroup(pulled), signal);
  return 'done';
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
