/** The answer to a request, together with its line in the log. */
import { toLogFields, type Delivery } from '../delivery/delivery.ts';
import { toLogLevel } from '../dispatch/outcome.ts';
import { ServiceFault } from '../faults.ts';
import type { BoundLog, Log } from '../log/log.ts';
import { toRejectionAnswer, type Rejection, type WebhookAnswer } from './answer.ts';
import { toDeliveryAnswer, toFaultAnswer, toQueuedAnswer } from './delivery-answer.ts';
import type { HandedOver } from './hand-over.ts';

/** Each method gives the answer, and writes one line. */
export interface Teller {
  /** @param delivery Absent where it is not verified. */
  refuse(rejection: Rejection, delivery?: Delivery): WebhookAnswer;
  /** @param bound The log, where it is bound to the delivery already. */
  tell(delivery: Delivery, handedOver: HandedOver, bound?: Log): WebhookAnswer;
  /**
   * A fault before any handler ran.
   *
   * @param delivery Absent where it is not verified: then nothing of the request is shown, for it may not be GitHub's.
   */
  fail(error: unknown, delivery?: Delivery): WebhookAnswer;
}

interface TellerDeps {
  readonly log: BoundLog;
  readonly receivedAt: Date;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export function createTeller({ log, receivedAt, now }: TellerDeps): Teller {
  const toDurationMs = (): number => now() - receivedAt.getTime();
  return {
    refuse(rejection, delivery) {
      const answer = toRejectionAnswer(rejection);
      log.warn('rejected', {
        ...(delivery && toLogFields(delivery)),
        reason: rejection,
        status: answer.status,
        durationMs: toDurationMs(),
      });
      return answer;
    },
    tell(delivery, handedOver, bound = log.with(toLogFields(delivery))) {
      const handlers = handedOver === 'queued' ? [] : handedOver;
      const answer =
        handedOver === 'queued' ? toQueuedAnswer(delivery) : toDeliveryAnswer(delivery, handlers);
      bound[toLogLevel(handlers)]('delivery', {
        outcome: answer.body.outcome,
        status: answer.status,
        handlers: handlers.length,
        durationMs: toDurationMs(),
      });
      return answer;
    },
    fail(error, delivery) {
      const fault = toFault(error);
      const answer = toFaultAnswer(fault, delivery);
      log.error('delivery', {
        ...(delivery && toLogFields(delivery)),
        outcome: 'failed',
        reason: fault.reason,
        status: answer.status,
        durationMs: toDurationMs(),
        error: fault,
      });
      return answer;
    },
  };
}

function toFault(error: unknown): ServiceFault {
  return error instanceof ServiceFault
    ? error
    : new ServiceFault('internal_error', 'A mistake in hookmint: please report it.', { cause: error });
}
