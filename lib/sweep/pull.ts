/**
 * Deliveries that GitHub need not send again, because they cannot come in by the front door: they are
 * taken from its log, to the queue or to their handlers.
 */
import { follow } from '../async/abort.ts';
import type { Clock } from '../async/clock.ts';
import { startDeadline } from '../async/deadline.ts';
import { toDelivery, toEnvelope, type Delivery, type Envelope } from '../delivery/delivery.ts';
import { parsePayload, type Payload } from '../delivery/payload.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import { inline, toJob } from '../dispatch/job.ts';
import { summarise } from '../dispatch/outcome.ts';
import type { Router } from '../dispatch/route.ts';
import type { BoundLog } from '../log/log.ts';
import type { Enqueue } from '../queue/enqueue.ts';
import type { Pull, PulledDelivery } from './run.ts';
import { HANDLERS_TIME_MS } from './time-limits.ts';

/** The message holds the id in GitHub's log only: the payload fits into none. */
export function createQueuePull(enqueue: Enqueue, now: () => number): Pull {
  return async (pulled, signal) => {
    const found = open(pulled, now());
    if (found === undefined) return 'failed';
    const content = { kind: 'reference', logId: pulled.logId } as const;
    await enqueue(
      { envelope: found.envelope, content, replay: false },
      found.delivery.installationId,
      signal,
    );
    return 'done';
  };
}

interface InlineDeps {
  readonly router: Router;
  readonly dispatch: Dispatch;
  readonly clock: Clock;
  readonly log: BoundLog;
}

/** Runs the handlers in the sweeper itself; the ledger keeps them from running what is done. */
export function createInlinePull({ router, dispatch, clock, log }: InlineDeps): Pull {
  return async (pulled, signal) => {
    const found = open(pulled, clock.now());
    if (found === undefined) return 'failed';
    const time = startDeadline(clock.now() + HANDLERS_TIME_MS, clock);
    const both = follow(time.signal, signal);
    const deadline = { ...time, signal: both.signal };
    // Nobody asked: what has ended stays ended.
    const carrier = inline(new Date(0));
    const job = toJob(found.envelope, found.payload, { deadline, log, carrier });
    const { event, action } = job.delivery;
    try {
      const outcomes = await dispatch(router.match(event, action), job);
      signal.throwIfAborted(); // the sweep's own time was up: no failure of the delivery
      return summarise(outcomes).outcome === 'failed' ? 'failed' : 'done';
    } finally {
      both.end();
      time.end();
    }
  };
}

interface Opened {
  readonly envelope: Envelope;
  readonly delivery: Delivery;
  readonly payload: Payload;
}

/** @returns undefined for a payload that is no JSON object. */
function open({ guid, event, detail }: PulledDelivery, nowMs: number): Opened | undefined {
  const payload = parsePayload(detail.payload, 'json');
  if (payload === undefined) return undefined;
  // The log may lack headers; what it says of the delivery itself it always has.
  const logged = new Map(
    Object.entries({ ...detail.headers, 'x-github-event': event, 'x-github-delivery': guid }),
  );
  const envelope = toEnvelope({ header: (name) => logged.get(name) }, new Date(nowMs));
  return envelope && { envelope, payload, delivery: toDelivery(envelope, payload) };
}
