/**
 * The way of a batch: decode, dispatch, judge. Every record ends in one of three ways: done, back to
 * the queue, or among the dead letters with a reason. Nothing that happens to one touches another.
 */
import { startDeadline, type Deadline } from '../async/deadline.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import { summarise, toLogLevel } from '../dispatch/outcome.ts';
import type { Router } from '../dispatch/route.ts';
import { ServiceFault } from '../faults.ts';
import type { BoundLog } from '../log/log.ts';
import { toDelivery, toLogFields } from '../webhook/delivery.ts';
import { parsePayload, type Payload } from '../webhook/parse.ts';
import { decodeMessage, type QueuedDelivery } from './message.ts';
import type { QueueReader, QueueRecord } from './queue.ts';
import { judge, MAX_AGE_MS, MAX_ATTEMPTS, toDelaySeconds, toReturnSeconds, type Verdict } from './retry.ts';

/** Reads the payload of a delivery back from GitHub's log; undefined where the log no longer has it. */
type FetchPayload = (logId: string, signal: AbortSignal) => Promise<Buffer | undefined>;

interface WorkDeps {
  readonly router: Router;
  readonly dispatch: Dispatch;
  readonly fetchPayload: FetchPayload;
  readonly queue: QueueReader;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: BoundLog;
}

/** Handles a batch and says which records go back, by message id. */
export type WorkOff = (records: readonly QueueRecord[], remainingMs: number) => Promise<readonly string[]>;

/** Kept back from the function's time, to say what becomes of the records. */
const INVOCATION_MARGIN_MS = 500;

/** What the answer itself needs of that. */
const ANSWER_MARGIN_MS = 50;

/** Work is not begun with less: it would only be cut off. */
const MIN_WORK_MS = 500;

/** Deliveries at work at the same time in one function. */
const MAX_SIDE_BY_SIDE = 10;

export function createWorkOff({
  router,
  dispatch,
  fetchPayload,
  queue,
  now,
  random,
  log,
}: WorkDeps): WorkOff {
  return async function workOff(records, remainingMs) {
    const deadline = startDeadline(now() + remainingMs - INVOCATION_MARGIN_MS, now());
    const waiting = [...records];
    const back: string[] = [];
    const workNext = async (): Promise<void> => {
      for (let record = waiting.shift(); record !== undefined; record = waiting.shift()) {
        if (!(await finish(record, deadline))) back.push(record.messageId);
      }
    };
    try {
      await Promise.all(Array.from({ length: MAX_SIDE_BY_SIDE }, workNext));
      return back;
    } finally {
      deadline.end();
    }
  };

  /** @returns false for a record that goes back. Never throws. */
  async function finish(record: QueueRecord, deadline: Deadline): Promise<boolean> {
    const recordLog = log.with({ queueMessage: record.messageId });
    if (deadline.atMs - now() < MIN_WORK_MS) {
      await queue.postpone(record, 0);
      return false;
    }
    const verdict = await handle(record, deadline, recordLog).catch((error: unknown) => {
      recordLog.error('record goes back', { error });
      return comeBack(record, error);
    });
    return inTime(carryOut(record, expire(record, verdict), recordLog), deadline);
  }

  /** A record that SQS stays silent about goes back: the others must still be answered for. */
  async function inTime(carriedOut: Promise<boolean>, { atMs }: Deadline): Promise<boolean> {
    const leftMs = Math.max(0, atMs + INVOCATION_MARGIN_MS - ANSWER_MARGIN_MS - now());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, leftMs, false);
    });
    return Promise.race([carriedOut, late]).finally(() => clearTimeout(timer));
  }

  /** A record that got no verdict: its payload could not be read back, say. */
  function comeBack(record: QueueRecord, error: unknown): Verdict {
    const fault = error instanceof ServiceFault ? error : undefined;
    const delaySeconds = toReturnSeconds(fault, record.receiveCount, random());
    return { kind: 'again', delaySeconds, reason: fault?.reason ?? 'internal_error' };
  }

  /** @returns false for a record that goes back. Never throws. */
  async function carryOut(record: QueueRecord, verdict: Verdict, recordLog: BoundLog): Promise<boolean> {
    switch (verdict.kind) {
      case 'done':
        return true;
      case 'again':
        await queue.postpone(record, verdict.delaySeconds);
        return false;
      case 'dead':
        try {
          await queue.bury(record, verdict.reason);
        } catch (error) {
          recordLog.error('record goes back', { error });
          await queue.postpone(record, toDelaySeconds(record.receiveCount, random()));
          return false;
        }
        recordLog.error('dead letter', { reason: verdict.reason });
        return true;
    }
  }

  async function handle(record: QueueRecord, deadline: Deadline, recordLog: BoundLog): Promise<Verdict> {
    const decoded = decodeMessage(record.body);
    if (decoded.kind === 'malformed') return { kind: 'dead', reason: 'message_malformed' };
    if (decoded.kind === 'unknown_format') {
      const delaySeconds = toDelaySeconds(record.receiveCount, random());
      recordLog.error('message of another version', { format: decoded.format, delaySeconds });
      return { kind: 'again', delaySeconds, reason: 'message of another version' };
    }
    const { delivery: queued } = decoded;
    const payload = await readPayload(queued, deadline);
    if (payload === undefined) {
      const lost = queued.content.kind === 'reference';
      return { kind: 'dead', reason: lost ? 'payload_lost' : 'payload_malformed' };
    }
    return dispatchTo(queued, payload, record, deadline);
  }

  async function readPayload({ content }: QueuedDelivery, deadline: Deadline): Promise<Payload | undefined> {
    if (content.kind === 'body') return parsePayload(content.body, content.format);
    const body = await fetchPayload(content.logId, deadline.upstream);
    return body === undefined ? undefined : parsePayload(body, 'json');
  }

  async function dispatchTo(
    { envelope, replay }: QueuedDelivery,
    payload: Payload,
    record: QueueRecord,
    deadline: Deadline,
  ): Promise<Verdict> {
    const delivery = toDelivery(envelope, payload);
    const deliveryLog = log.with({ ...toLogFields(delivery), queueMessage: record.messageId });
    const startedMs = now();
    const outcomes = await dispatch(router.match(delivery.event, delivery.action), {
      delivery,
      payload,
      targetAppId: envelope.targetAppId,
      deadline,
      log: deliveryLog,
      carrier: { id: record.messageId, maxAttempts: MAX_ATTEMPTS, replay },
    });
    const verdict = judge(outcomes, record.receiveCount, random());
    deliveryLog[toLogLevel(outcomes)]('delivery', {
      outcome: summarise(outcomes).outcome,
      next: verdict.kind,
      ...(verdict.kind === 'again' && { delaySeconds: verdict.delaySeconds }),
      handlers: outcomes.length,
      queuedMs: startedMs - record.sentAt.getTime(),
      durationMs: now() - startedMs,
    });
    return verdict;
  }

  /** What has waited for days without an end is dead, before the queue forgets it without a word. */
  function expire(record: QueueRecord, verdict: Verdict): Verdict {
    const tooOld = now() - record.sentAt.getTime() > MAX_AGE_MS;
    return verdict.kind === 'again' && tooOld
      ? { kind: 'dead', reason: `too_old; ${verdict.reason}` }
      : verdict;
  }
}
