/**
 * The way of a batch: every record is handled by itself and ends in one of three ways: done, back to the
 * queue, or among the dead letters with a reason. Nothing that happens to one touches another.
 */
import type { Clock } from '../async/clock.ts';
import { startDeadline, type Deadline } from '../async/deadline.ts';
import { ServiceFault } from '../faults.ts';
import { carryOut, type CarryOutDeps } from './carry-out.ts';
import { handleMessage, type MessageDeps } from './handle-message.ts';
import type { QueueRecord } from './queue.ts';
import { expire, toReturnSeconds, type Verdict } from './retry.ts';

/** Handles a batch and says which records go back, by message id. Never throws. */
export type WorkOff = (records: readonly QueueRecord[], remainingMs: number) => Promise<readonly string[]>;

/** Kept back from the function's time, to say what becomes of the records. */
const VERDICT_MARGIN_MS = 500;

/** What Lambda needs of that to take the answer. */
const LAST_WORD_MARGIN_MS = 50;

/** Work is not begun with less: it would only be cut off. */
const MIN_WORK_MS = 500;

/** Deliveries at work at the same time in one function. */
const MAX_SIDE_BY_SIDE = 10;

export function createWorkOff(deps: MessageDeps & CarryOutDeps): WorkOff {
  const { clock } = deps;
  return async function workOff(records, remainingMs) {
    const deadline = startDeadline(clock.now() + remainingMs - VERDICT_MARGIN_MS, clock);
    try {
      return await finishSideBySide(records, deadline, deps);
    } finally {
      deadline.end();
    }
  };
}

/** @returns The message ids of the records that go back. */
async function finishSideBySide(
  records: readonly QueueRecord[],
  deadline: Deadline,
  deps: MessageDeps & CarryOutDeps,
): Promise<readonly string[]> {
  const waiting = [...records];
  const back: string[] = [];
  const workNext = async (): Promise<void> => {
    for (let record = waiting.shift(); record !== undefined; record = waiting.shift()) {
      if (!(await finish(record, deadline, deps))) back.push(record.messageId);
    }
  };
  await Promise.all(Array.from({ length: MAX_SIDE_BY_SIDE }, workNext));
  return back;
}

/** @returns false for a record that goes back. Never throws. */
async function finish(
  record: QueueRecord,
  deadline: Deadline,
  deps: MessageDeps & CarryOutDeps,
): Promise<boolean> {
  const { clock, queue } = deps;
  if (deadline.atMs - clock.now() < MIN_WORK_MS) {
    await queue.postpone(record, 0);
    return false;
  }
  const log = deps.log.with({ queueMessage: record.messageId });
  const verdict = await handleMessage(record, deadline, { ...deps, log }).catch((error: unknown) => {
    log.error('record goes back', { error });
    return comeBack(record, error, deps.random());
  });
  const carriedOut = carryOut(record, expire(verdict, record.sentAt, clock.now()), { ...deps, log });
  return inTime(carriedOut, deadline.atMs + VERDICT_MARGIN_MS - LAST_WORD_MARGIN_MS, clock);
}

/** What becomes of a record that got no verdict: its payload could not be read back, say. */
function comeBack(record: QueueRecord, error: unknown, random: number): Verdict {
  const fault = error instanceof ServiceFault ? error : undefined;
  const delaySeconds = toReturnSeconds(fault, record.receiveCount, random);
  return { kind: 'again', delaySeconds, reason: fault?.reason ?? 'internal_error' };
}

/** A record that SQS stays silent about goes back: the others must still be answered for. */
async function inTime(carriedOut: Promise<boolean>, untilMs: number, clock: Clock): Promise<boolean> {
  let stop = (): void => {};
  const late = new Promise<boolean>((resolve) => {
    stop = clock.after(Math.max(0, untilMs - clock.now()), () => resolve(false));
  });
  return Promise.race([carriedOut, late]).finally(() => stop());
}
