/** The way of one message: decoded, its payload read, its handlers run, and a verdict at the end. */
import type { Clock } from '../async/clock.ts';
import type { Deadline } from '../async/deadline.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import { toJob } from '../dispatch/job.ts';
import { summarise, toLogLevel, type HandlerOutcome } from '../dispatch/outcome.ts';
import type { Router } from '../dispatch/route.ts';
import type { BoundLog } from '../log/log.ts';
import { decodeMessage } from './message.ts';
import { openMessage, type Opened, type ReadBack } from './open-message.ts';
import type { QueueRecord } from './queue.ts';
import { decideVerdict, MAX_ATTEMPTS, toDelaySeconds, type Verdict } from './retry.ts';

export interface MessageDeps {
  readonly router: Router;
  readonly dispatch: Dispatch;
  readonly readBack: ReadBack;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: BoundLog;
}

/** @throws What `readBack` throws: the message has no verdict then, and goes back. */
export async function handleMessage(
  record: QueueRecord,
  deadline: Deadline,
  deps: MessageDeps,
): Promise<Verdict> {
  const decoded = decodeMessage(record.body);
  if (decoded.kind === 'malformed') return { kind: 'dead', reason: 'message_malformed' };
  if (decoded.kind === 'unknown_format') {
    const delaySeconds = toDelaySeconds(record.receiveCount, deps.random());
    deps.log.error('message of another version', { format: decoded.format, delaySeconds });
    return { kind: 'again', delaySeconds, reason: 'message of another version' };
  }
  const opened = await openMessage(decoded.delivery, deadline, deps);
  if (typeof opened === 'string') return { kind: 'dead', reason: opened };
  return runHandlers(opened, record, { ...deps, deadline });
}

async function runHandlers(
  { envelope, payload, replay }: Opened,
  record: QueueRecord,
  { router, dispatch, clock, random, log, deadline }: MessageDeps & { readonly deadline: Deadline },
): Promise<Verdict> {
  const { messageId, sentAt: askedAt } = record;
  const carrier = { messageId, askedAt, maxAttempts: MAX_ATTEMPTS, replay };
  const job = toJob(envelope, payload, { deadline, log, carrier });
  const { event, action } = job.delivery;
  const startedMs = clock.now();
  const outcomes = await dispatch(router.match(event, action), job);
  const verdict = decideVerdict(outcomes, record.receiveCount, random());
  const queuedMs = startedMs - record.sentAt.getTime();
  tell(outcomes, verdict, { queuedMs, durationMs: clock.now() - startedMs }, job.log);
  return verdict;
}

/** One line for each delivery. */
function tell(outcomes: readonly HandlerOutcome[], verdict: Verdict, times: object, log: BoundLog): void {
  log[toLogLevel(outcomes)]('delivery', {
    outcome: summarise(outcomes).outcome,
    next: verdict.kind,
    ...(verdict.kind === 'again' && { delaySeconds: verdict.delaySeconds }),
    handlers: outcomes.length,
    ...times,
  });
}
