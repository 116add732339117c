/** The way of one message: decoded, its payload read, its handlers run, and a verdict at the end. */
import type { Clock } from '../async/clock.ts';
import type { Deadline } from '../async/deadline.ts';
import { toDelivery } from '../delivery/delivery.ts';
import { dispatchOneByOne } from '../dispatch/dispatch-one-by-one.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import { toJob } from '../dispatch/job.ts';
import { summarise, toLogLevel, type HandlerOutcome } from '../dispatch/outcome.ts';
import type { Router } from '../dispatch/route.ts';
import type { NoteIgnored } from '../ledger/ledger.ts';
import type { BoundLog } from '../log/log.ts';
import type { Tracer } from '../tracing/tracer.ts';
import { toKeeping, type Company } from './company.ts';
import { decodeMessage, type QueuedContent } from './message.ts';
import { openMessage, type Opened } from './open-message.ts';
import type { QueueRecord } from './queue.ts';
import type { ReadBack } from './read-back.ts';
import { decideVerdict, MAX_ATTEMPTS, toDelaySeconds, type Verdict } from './retry.ts';

/** What it takes to handle the delivery of a message. */
export interface MessageDeps {
  readonly router: Router;
  readonly dispatch: Dispatch;
  readonly readBack: ReadBack;
  readonly noteIgnored: NoteIgnored;
  /** The App's part of a ledger key. */
  readonly ledgerScope: { readonly host: string; readonly appId: string };
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: BoundLog;
  /** Absent where nobody asked for traces. */
  readonly tracer?: Tracer | undefined;
}

/** No verdict yet: the message must not have others beside it in its process. */
export interface ToRunAlone {
  readonly kind: 'alone';
  /** How likely it is to kill the process: of several, the least likely is run first. */
  readonly rank: number;
}

interface Circumstances {
  readonly deadline: Deadline;
  readonly company: Company;
}

/** Ten bodies of this size fit into a function of 512 MB side by side, as text and as objects. */
const LARGE_BYTES = 2_000_000;

/** @throws What `readBack` and `noteIgnored` throw: the message has no verdict then, and goes back. */
export async function handleMessage(
  record: QueueRecord,
  { deadline, company }: Circumstances,
  deps: MessageDeps,
): Promise<Verdict | ToRunAlone> {
  const decoded = decodeMessage(record.body);
  if (decoded.kind === 'malformed') return { kind: 'dead', reason: 'message_malformed' };
  if (decoded.kind === 'unknown_format') {
    const delaySeconds = toDelaySeconds(record.receiveCount, deps.random());
    deps.log.error('message of another version', { format: decoded.format, delaySeconds });
    return { kind: 'again', delaySeconds, reason: 'message of another version' };
  }
  const { id, event } = decoded.delivery.envelope;
  deps.tracer?.annotate({ 'github.delivery': id, 'github.event': event });
  if (company === 'others' && isLarge(decoded.delivery.content)) {
    return { kind: 'alone', rank: record.receiveCount };
  }
  const opened = await openMessage(decoded.delivery, record, deadline, deps);
  if (typeof opened === 'string') return { kind: 'dead', reason: opened };
  return runHandlers(opened, record, { deadline, company }, deps);
}

/** What GitHub's log is read for fits into no message. */
function isLarge(content: QueuedContent): boolean {
  return content.kind === 'reference' || content.body.byteLength > LARGE_BYTES;
}

async function runHandlers(
  { envelope, payload, carrier: asked, isReadBack }: Opened,
  record: QueueRecord,
  { deadline, company }: Circumstances,
  deps: MessageDeps,
): Promise<Verdict | ToRunAlone> {
  const { router, dispatch, clock, random, log } = deps;
  const { event, action } = toDelivery(envelope, payload);
  const routes = router.match(event, action);
  const { oneByOne, alone } = toKeeping(company, routes.length, isReadBack);
  const carrier = { ...asked, maxAttempts: MAX_ATTEMPTS, alone };
  const job = toJob(envelope, payload, { deadline, log, carrier });
  const startedMs = clock.now();
  const outcomes = await (oneByOne
    ? dispatchOneByOne(routes, job, { dispatch, large: isReadBack })
    : dispatch(routes, job));
  const suspects = outcomes.filter(isToRunAlone);
  if (suspects.length > 0) return { kind: 'alone', rank: toRank(suspects) };
  // GitHub was answered `queued`, and no handler leaves a record of what it did not want.
  if (outcomes.every(({ outcome }) => outcome === 'ignored')) {
    const { id: deliveryId, hookId } = envelope;
    await deps.noteIgnored({ ...deps.ledgerScope, hookId, deliveryId }, deadline.upstream);
  }
  const verdict = decideVerdict(outcomes, record.receiveCount, random());
  const queuedMs = startedMs - record.sentAt.getTime();
  tell(outcomes, verdict, { queuedMs, durationMs: clock.now() - startedMs }, job.log);
  return verdict;
}

function isToRunAlone(outcome: HandlerOutcome): boolean {
  return outcome.outcome === 'failed' && outcome.fault.code === 'to_run_alone';
}

function toRank(suspects: readonly HandlerOutcome[]): number {
  return Math.max(...suspects.map((outcome) => (outcome.outcome === 'failed' ? (outcome.attempt ?? 0) : 0)));
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
