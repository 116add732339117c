/** The answer to a verified delivery, which GitHub shows beside it. Pure. */
import { summarise, type DeliveryOutcome, type HandlerOutcome } from '../dispatch/outcome.ts';
import type { ServiceFault } from '../faults.ts';
import type { WebhookAnswer } from './answer.ts';
import type { Delivery } from '../delivery/delivery.ts';

type AnswerOutcome = DeliveryOutcome | 'queued';

/** What the contract promises for the body. */
export interface DeliveryAnswer extends WebhookAnswer {
  readonly body: {
    readonly delivery: string;
    readonly event: string;
    readonly outcome: AnswerOutcome;
    readonly handlers: readonly {
      readonly name: string;
      readonly outcome: string;
      readonly reason?: string;
    }[];
  };
}

const STATUSES: Readonly<Record<Exclude<AnswerOutcome, 'failed'>, number>> = {
  handled: 200,
  duplicate: 200,
  skipped: 200,
  queued: 202,
  ignored: 202,
};

/** How long to stay away from a 503 that does not know better. */
const DEFAULT_RETRY_AFTER_SECONDS = 30;

/** Says what became of each handler; the worst of them decides the status. */
export function toDeliveryAnswer(delivery: Delivery, handlers: readonly HandlerOutcome[]): DeliveryAnswer {
  const { outcome, fault } = summarise(handlers);
  const shown = handlers.map((handler) => ({
    name: handler.name,
    outcome: handler.outcome,
    ...('reason' in handler && { reason: handler.reason }),
  }));
  const body = { delivery: delivery.id, event: delivery.event, outcome, handlers: shown };
  if (outcome !== 'failed') return { status: STATUSES[outcome], body };
  return { ...toFailure(fault), body };
}

/** 202, with no handlers: which of them run is known only to the worker. */
export function toQueuedAnswer({ id, event }: Delivery): DeliveryAnswer {
  return { status: STATUSES.queued, body: { delivery: id, event, outcome: 'queued', handlers: [] } };
}

/**
 * A fault before any handler ran.
 *
 * @param delivery Undefined where it is not verified: then nothing of the request is shown.
 */
export function toFaultAnswer(fault: ServiceFault, delivery: Delivery | undefined): WebhookAnswer {
  const known = delivery && { delivery: delivery.id, event: delivery.event };
  return { ...toFailure(fault), body: { ...known, outcome: 'failed', reason: fault.reason, handlers: [] } };
}

function toFailure(fault: ServiceFault | undefined): Pick<WebhookAnswer, 'status' | 'headers'> {
  const disposition = fault?.disposition ?? 500;
  const status = disposition === 'skipped' ? 500 : disposition;
  if (status !== 503) return { status };
  return {
    status,
    headers: { 'retry-after': String(fault?.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS) },
  };
}
