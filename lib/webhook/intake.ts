/**
 * The way of one delivery: receive, verify, route, then dispatch or enqueue, answer. Nothing is parsed
 * before it is verified, and nothing is minted before a handler claims the event.
 */
import { startDeadline, type Deadline } from '../async/deadline.ts';
import { toDeliveryAnswer, toFaultAnswer, toQueuedAnswer } from './delivery-answer.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import { toLogLevel, type HandlerOutcome } from '../dispatch/outcome.ts';
import type { Router } from '../dispatch/route.ts';
import { INLINE } from '../dispatch/run-handler.ts';
import { ServiceFault } from '../faults.ts';
import type { BoundLog } from '../log/log.ts';
import type { Enqueue } from '../queue/enqueue.ts';
import {
  toLambdaResult,
  toRejectionAnswer,
  type Answer,
  type LambdaResult,
  type Rejection,
} from './answer.ts';
import { toDelivery, toEnvelope, toLogFields, type Delivery, type Envelope } from './delivery.ts';
import { parsePayload, toBodyFormat, type BodyFormat, type Payload } from './parse.ts';
import { receive, type Body, type WebhookRequest } from './receive.ts';
import type { WebhookSecrets } from '../secrets/webhook-secrets.ts';
import { parseSignature, verifySignature } from './verify.ts';

/** The part of Lambda's context that matters here. */
export interface InvocationContext {
  /** Absent where something other than Lambda invokes. */
  getRemainingTimeInMillis?(): number;
}

export type Intake = (event: unknown, context?: InvocationContext) => Promise<LambdaResult>;

/** Where a delivery goes that a handler claims: to its handlers at once, or to the queue. */
export type Destination =
  | { readonly kind: 'handlers'; readonly dispatch: Dispatch }
  | { readonly kind: 'queue'; readonly enqueue: Enqueue };

interface IntakeDeps {
  readonly secrets: WebhookSecrets;
  readonly router: Router;
  readonly destination: Destination;
  /** Client id or numeric App id. The latter tells a delivery meant for another App. */
  readonly appId: string;
  /** How long GitHub waits for the answer, less what the answer needs. */
  readonly budgetMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: BoundLog;
}

/** A verified delivery of an event that some handler claims. */
interface Arrival {
  readonly envelope: Envelope;
  readonly body: Body;
  readonly format: BodyFormat;
  readonly payload: Payload;
}

/** Kept back from what Lambda allows the invocation. */
const INVOCATION_MARGIN_MS = 500;

/** A request older than GitHub's patience says nothing about the time left: it is a replay or a test. */
const MAX_REQUEST_AGE_MS = 10_000;

export function createIntake({
  secrets,
  router,
  destination,
  appId,
  budgetMs,
  now,
  log,
}: IntakeDeps): Intake {
  return async function handle(event, context) {
    const receivedAt = new Date(now());
    const request = receive(event);
    const deadline = startDeadline(toDeadlineMs(request, receivedAt, context), receivedAt.getTime());
    try {
      return toLambdaResult(request.shape, await answer(request, receivedAt, deadline));
    } catch (error) {
      return toLambdaResult(request.shape, answerFault(error, receivedAt));
    } finally {
      deadline.end();
    }
  };

  async function answer(request: WebhookRequest, receivedAt: Date, deadline: Deadline): Promise<Answer> {
    const reject = (rejection: Rejection, delivery?: Delivery): Answer => {
      const rejected = toRejectionAnswer(rejection);
      const known = delivery && toLogFields(delivery);
      log.warn('rejected', {
        ...known,
        reason: rejection,
        status: rejected.status,
        durationMs: since(receivedAt),
      });
      return rejected;
    };
    if (request.method !== 'POST') return reject('method_not_allowed');
    const format = toBodyFormat(request.header('content-type'));
    if (format === undefined) return reject('content_type_unsupported');
    const signature = parseSignature(request.header('x-hub-signature-256'));
    if (signature === undefined) return reject('signature_missing');
    if (!(await isSigned(request.body, signature, deadline))) return reject('signature_mismatch');
    const envelope = toEnvelope(request, receivedAt);
    if (envelope === undefined) return reject('headers_missing');
    noticeOtherApp(envelope);
    if (router.claims(envelope.event) === 'no') {
      return told(toDelivery(envelope), []);
    }
    const payload = parsePayload(request.body, format);
    if (payload === undefined) return reject('payload_malformed', toDelivery(envelope));
    return handOver({ envelope, body: request.body, format, payload }, deadline);
  }

  async function isSigned(body: Body, signature: Buffer, { upstream }: Deadline): Promise<boolean> {
    if (verifySignature(body, signature, await secrets.live(upstream))) return true;
    // The secret may have been rotated a moment ago.
    return verifySignature(body, signature, await secrets.refreshed(upstream));
  }

  function noticeOtherApp({ id, event, targetAppId }: Envelope): void {
    if (targetAppId === null || targetAppId === appId || !/^\d+$/.test(appId)) return;
    log.warn('delivery meant for another App', { delivery: id, event, targetApp: targetAppId });
  }

  async function handOver(arrival: Arrival, deadline: Deadline): Promise<Answer> {
    const delivery = toDelivery(arrival.envelope, arrival.payload);
    try {
      return await take(delivery, arrival, deadline);
    } catch (error) {
      return answerFault(error, delivery.receivedAt, delivery);
    }
  }

  async function take(delivery: Delivery, arrival: Arrival, deadline: Deadline): Promise<Answer> {
    const { envelope, payload, body, format } = arrival;
    const routes = router.match(delivery.event, delivery.action);
    if (destination.kind === 'queue' && routes.length > 0) {
      const content = { kind: 'body', format, body: Buffer.from(body) } as const;
      await destination.enqueue(
        { envelope, content, replay: false },
        delivery.installationId,
        deadline.upstream,
      );
      return told(delivery, [], toQueuedAnswer(delivery));
    }
    if (destination.kind === 'queue') return told(delivery, []);
    const { targetAppId } = envelope;
    const deliveryLog = log.with(toLogFields(delivery));
    const work = { delivery, payload, targetAppId, deadline, log: deliveryLog, carrier: INLINE };
    return told(delivery, await destination.dispatch(routes, work));
  }

  /** One line for each delivery. */
  function told(
    delivery: Delivery,
    handlers: readonly HandlerOutcome[],
    given = toDeliveryAnswer(delivery, handlers),
  ): Answer {
    log[toLogLevel(handlers)]('delivery', {
      ...toLogFields(delivery),
      outcome: given.body.outcome,
      status: given.status,
      handlers: handlers.length,
      durationMs: since(delivery.receivedAt),
    });
    return given;
  }

  /** A fault before any handler ran. Nothing of an unverified request is shown: it may not be GitHub's. */
  function answerFault(error: unknown, receivedAt: Date, delivery?: Delivery): Answer {
    const fault =
      error instanceof ServiceFault
        ? error
        : new ServiceFault('internal_error', 'A mistake in hookmint: please report it.', { cause: error });
    const given = toFaultAnswer(fault, delivery);
    log.error('delivery', {
      ...(delivery && toLogFields(delivery)),
      outcome: 'failed',
      reason: fault.reason,
      status: given.status,
      durationMs: since(receivedAt),
      error: fault,
    });
    return given;
  }

  function since(instant: Date): number {
    return now() - instant.getTime();
  }

  function toDeadlineMs(
    { requestedAt }: WebhookRequest,
    receivedAt: Date,
    context?: InvocationContext,
  ): number {
    const arrivalMs = receivedAt.getTime();
    const ageMs = requestedAt === undefined ? -1 : arrivalMs - requestedAt.getTime();
    const startMs = ageMs >= 0 && ageMs < MAX_REQUEST_AGE_MS ? arrivalMs - ageMs : arrivalMs;
    const remainingMs = context?.getRemainingTimeInMillis?.() ?? Infinity;
    return Math.min(startMs + budgetMs, arrivalMs + remainingMs - INVOCATION_MARGIN_MS);
  }
}
