/**
 * The way of a batch: every record is handled by itself and ends in one of three ways: done, back to the
 * queue, or among the dead letters with a reason. Nothing that happens to one touches another: what may
 * have killed its process, or is so large that it may, waits for the others and is then run alone.
 */
import type { Clock } from '../async/clock.ts';
import { startDeadline, type Deadline } from '../async/deadline.ts';
import { ServiceFault } from '../faults.ts';
import { carryOut, type CarryOutDeps } from './carry-out.ts';
import { toCompany, type Company } from './company.ts';
import { handleMessage, type MessageDeps, type ToRunAlone } from './handle-message.ts';
import type { QueueRecord } from './queue.ts';
import { expire, toReturnSeconds, type Verdict } from './retry.ts';
import { traceMessage } from './trace-message.ts';

/** Handles a batch and says which records go back, by message id. Never throws. */
export type WorkOff = (records: readonly QueueRecord[], remainingMs: number) => Promise<readonly string[]>;

/** Kept back from the function's time, to say what becomes of the records. */
const VERDICT_MARGIN_MS = 500;

/** What Lambda needs of that to take the answer. */
const LAST_WORD_MARGIN_MS = 50;

/** Work is not begun with less: it would only be cut off. */
const MIN_WORK_MS = 500;

/** Nor is a record run alone with less of the batch's time: it comes back to an emptier batch. */
const SHARE_OF_ONE_ALONE = 1 / 4;

/** Deliveries at work at the same time in one function. */
const MAX_SIDE_BY_SIDE = 10;

type WorkDeps = MessageDeps & CarryOutDeps;

/** One for a process: it keeps nothing from one batch to the next. */
export function createWorkOff(deps: WorkDeps): WorkOff {
  const { clock } = deps;
  return async function workOff(records, remainingMs) {
    const timeMs = remainingMs - VERDICT_MARGIN_MS;
    const deadline = startDeadline(clock.now() + timeMs, clock);
    try {
      const { back, toRunAlone } = await finishSideBySide(records, deadline, deps);
      const leastMs = Math.max(MIN_WORK_MS, timeMs * SHARE_OF_ONE_ALONE);
      return [...back, ...(await finishOneByOne(toRunAlone, { deadline, leastMs }, deps))];
    } finally {
      deadline.end();
    }
  };
}

interface SideBySide {
  /** Message ids of the records that go back. */
  readonly back: readonly string[];
  /** What has not ended yet. */
  readonly toRunAlone: readonly QueueRecord[];
}

async function finishSideBySide(
  records: readonly QueueRecord[],
  deadline: Deadline,
  deps: WorkDeps,
): Promise<SideBySide> {
  const company = toCompany(records.length);
  const waiting = [...records];
  const back: string[] = [];
  const alone: { readonly record: QueueRecord; readonly rank: number }[] = [];
  const workNext = async (): Promise<void> => {
    for (let record = waiting.shift(); record !== undefined; record = waiting.shift()) {
      const finished = await finish(record, { deadline, leastMs: MIN_WORK_MS, company }, deps);
      if (finished === 'back') back.push(record.messageId);
      if (typeof finished === 'object') alone.push({ record, rank: finished.rank });
    }
  };
  await Promise.all(Array.from({ length: MAX_SIDE_BY_SIDE }, workNext));
  const inOrder = alone.toSorted((a, b) => a.rank - b.rank);
  return { back, toRunAlone: inOrder.map(({ record }) => record) };
}

/** @returns The message ids of the records that go back. */
async function finishOneByOne(
  records: readonly QueueRecord[],
  time: Pick<Circumstances, 'deadline' | 'leastMs'>,
  deps: WorkDeps,
): Promise<readonly string[]> {
  const back: string[] = [];
  for (const record of records) {
    if ((await finish(record, { ...time, company: 'not even its own' }, deps)) !== 'done')
      back.push(record.messageId);
  }
  return back;
}

interface Circumstances {
  readonly deadline: Deadline;
  /** With less time left a record goes back at once. */
  readonly leastMs: number;
  readonly company: Company;
}

/** @returns `back` for a record that goes back to the queue. Never throws. */
async function finish(
  record: QueueRecord,
  { deadline, leastMs, company }: Circumstances,
  deps: WorkDeps,
): Promise<'done' | 'back' | ToRunAlone> {
  const { clock, queue } = deps;
  if (deadline.atMs - clock.now() < leastMs) {
    await queue.postpone(record, 0);
    return 'back';
  }
  const log = deps.log.with({ queueMessage: record.messageId });
  const verdict = await traceMessage(deps.tracer, record, () =>
    handleMessage(record, { deadline, company }, { ...deps, log }),
  ).catch((error: unknown) => {
    log.error('record goes back', { error });
    return comeBack(record, error, deps.random());
  });
  if (verdict.kind === 'alone') return verdict;
  const carriedOut = carryOut(record, expire(verdict, record.sentAt, clock.now()), { ...deps, log });
  const isDone = await inTime(carriedOut, deadline.atMs + VERDICT_MARGIN_MS - LAST_WORD_MARGIN_MS, clock);
  return isDone ? 'done' : 'back';
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
