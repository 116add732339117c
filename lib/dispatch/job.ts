/** One delivery that is to be handled. Whatever brings it here, the job is made in this file. */
import type { Deadline } from '../async/deadline.ts';
import { toDelivery, toLogFields, type Delivery, type Envelope } from '../delivery/delivery.ts';
import type { Payload } from '../delivery/payload.ts';
import type { BoundLog } from '../log/log.ts';

/** What all handlers of one delivery share. */
export interface Job {
  readonly delivery: Delivery;
  readonly payload: Payload;
  /** Unsigned: the App that the delivery says it is for. */
  readonly targetAppId: string | null;
  readonly deadline: Deadline;
  /** Bound to the delivery. */
  readonly log: BoundLog;
  readonly carrier: Carrier;
}

/** What brought a delivery here, and how often it may try. */
export interface Carrier {
  /** The queue message's id; null inline. */
  readonly messageId: string | null;
  /** When somebody asked for the delivery: its request arrived, or its message was redriven. */
  readonly askedAt: Date;
  /** Whether a person is known to have asked: then it cannot be the sweep's. */
  readonly byPerson: boolean;
  readonly maxAttempts: number;
  /** Run again what is done. */
  readonly replay: boolean;
  /** Whether the process has no other delivery at work. */
  readonly alone: boolean;
}

/**
 * Inline nothing but GitHub's log brings a delivery again, and the sweep counts how often.
 *
 * @param askedAt When the request arrived; the beginning of time where nobody sent one.
 */
export function inline(askedAt: Date): Carrier {
  return {
    messageId: null,
    askedAt,
    byPerson: false,
    maxAttempts: Infinity,
    replay: false,
    alone: true,
  };
}

/** A handler's own, frozen: what one does to it reaches no other, and no mint. */
export function toHandlerDelivery({ delivery }: Job, attempt = delivery.attempt): Delivery {
  return Object.freeze({ ...delivery, receivedAt: new Date(delivery.receivedAt), attempt });
}

interface Circumstances {
  readonly deadline: Deadline;
  /** Of the function: the job binds it to the delivery. */
  readonly log: BoundLog;
  readonly carrier: Carrier;
}

/** @param payload Verified, or read from GitHub's own log: nothing is asked of its origin here. */
export function toJob(envelope: Envelope, payload: Payload, { deadline, log, carrier }: Circumstances): Job {
  const delivery = toDelivery(envelope, payload);
  const { targetAppId } = envelope;
  return { delivery, payload, targetAppId, deadline, log: log.with(toLogFields(delivery)), carrier };
}
