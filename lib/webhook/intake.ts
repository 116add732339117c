/**
 * The way of one request: receive, verify, route, hand over, answer. Nothing is parsed before it is verified,
 * and nothing is minted before a handler claims the event.
 */
import type { Clock } from '../async/clock.ts';
import { startDeadline, type Deadline } from '../async/deadline.ts';
import { INVOCATION_MARGIN_MS, MAX_REQUEST_AGE_MS } from '../async/limits.ts';
import { toDelivery, toLogFields, type Envelope } from '../delivery/delivery.ts';
import { parsePayload } from '../delivery/payload.ts';
import { inline, toJob } from '../dispatch/job.ts';
import type { Router } from '../dispatch/route.ts';
import type { BoundLog } from '../log/log.ts';
import { admit } from './admit.ts';
import { toLambdaResult, type LambdaResult, type WebhookAnswer } from './answer.ts';
import { handOver, type Arrival, type Destination } from './hand-over.ts';
import { receive, type WebhookRequest } from './receive.ts';
import type { WebhookSecrets } from '../secrets/webhook-secrets.ts';
import { createTeller, type Teller } from './teller.ts';

/** The part of Lambda's context that matters here. */
export interface InvocationContext {
  /** Absent where something other than Lambda invokes. */
  getRemainingTimeInMillis?(): number;
}

/**
 * Answers one event of Lambda's. Never throws for a delivery: whatever goes wrong is an answer, and a line in the log.
 */
export type Intake = (event: unknown, context?: InvocationContext) => Promise<LambdaResult>;

interface IntakeDeps {
  readonly secrets: WebhookSecrets;
  readonly router: Router;
  readonly destination: Destination;
  /** Client id or numeric App id. The latter tells a delivery meant for another App. */
  readonly appId: string;
  /** How long GitHub waits for the answer, less what the answer needs. */
  readonly budgetMs: number;
  readonly clock: Clock;
  readonly log: BoundLog;
}

export function createIntake({ clock, ...deps }: IntakeDeps): Intake {
  return async (event, context) => {
    const receivedAt = new Date(clock.now());
    const request = receive(event);
    const deadline = startDeadline(toDeadlineMs(request, receivedAt, deps.budgetMs, context), clock);
    const teller = createTeller({ log: deps.log, receivedAt, now: () => clock.now() });
    try {
      const answer = await toAnswer({ request, receivedAt, deadline, teller }, deps);
      return toLambdaResult(request.shape, answer);
    } finally {
      deadline.end();
    }
  };
}

interface Exchange {
  readonly request: WebhookRequest;
  readonly receivedAt: Date;
  readonly deadline: Deadline;
  readonly teller: Teller;
}

type AnswerDeps = Omit<IntakeDeps, 'clock'>;

/** Never throws. */
async function toAnswer(exchange: Exchange, deps: AnswerDeps): Promise<WebhookAnswer> {
  const { request, receivedAt, deadline, teller } = exchange;
  const { secrets, router, appId, log } = deps;
  try {
    const admitted = await admit(request, receivedAt, { secrets, signal: deadline.upstream });
    if ('rejection' in admitted) return teller.refuse(admitted.rejection);
    const { envelope, format, signedWith } = admitted;
    if (signedWith === 'previous')
      log.info('signed with the previous webhook secret', toLogFields(toDelivery(envelope)));
    noticeOtherApp(envelope, appId, log);
    if (!router.claims(envelope.event)) return teller.tell(toDelivery(envelope), []);
    const payload = parsePayload(request.body, format);
    if (payload === undefined) return teller.refuse('payload_malformed', toDelivery(envelope));
    const job = toJob(envelope, payload, { deadline, log, carrier: inline(receivedAt) });
    return await toHandledAnswer({ envelope, body: request.body, format, job }, teller, deps);
  } catch (error) {
    return teller.fail(error);
  }
}

async function toHandledAnswer(
  arrival: Arrival,
  teller: Teller,
  { router, destination }: AnswerDeps,
): Promise<WebhookAnswer> {
  const { delivery, log } = arrival.job;
  try {
    return teller.tell(delivery, await handOver(arrival, { router, destination }), log);
  } catch (error) {
    return teller.fail(error, delivery);
  }
}

function noticeOtherApp({ id, event, targetAppId }: Envelope, appId: string, log: BoundLog): void {
  if (targetAppId === null || targetAppId === appId || !/^\d+$/.test(appId)) return;
  log.warn('delivery meant for another App', { delivery: id, event, targetApp: targetAppId });
}

function toDeadlineMs(
  { requestedAt }: WebhookRequest,
  receivedAt: Date,
  budgetMs: number,
  context?: InvocationContext,
): number {
  const arrivalMs = receivedAt.getTime();
  const ageMs = requestedAt === undefined ? -1 : arrivalMs - requestedAt.getTime();
  const startMs = ageMs >= 0 && ageMs < MAX_REQUEST_AGE_MS ? arrivalMs - ageMs : arrivalMs;
  const remainingMs = context?.getRemainingTimeInMillis?.() ?? Infinity;
  return Math.min(startMs + budgetMs, arrivalMs + remainingMs - INVOCATION_MARGIN_MS);
}
