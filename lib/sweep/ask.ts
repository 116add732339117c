/**
 * Sees to the open failures that are due, oldest first: asks GitHub to deliver again, or pulls what is
 * too large to be delivered. Each is claimed before anything is done, so that of two runs only one
 * does it, and so that what a run dies at is taken up again when its lease ends.
 */
import { attempt, createAsking, type Asking } from './attempt.ts';
import { close, giveUp, settle } from './settle.ts';
import type { Progress, Run } from './run.ts';
import { isPastLog } from './schedule.ts';
import type { Failure, OpenEntry } from './store.ts';
import { LEASE_MS, PACE_MS } from './time-limits.ts';

/** Records read side by side. */
const BATCH_SIZE = 50;

interface Known {
  /** Whether all that GitHub's log shows is recorded: without that, nothing is given up. */
  readonly scanFinished: boolean;
  /** Whether GitHub failed already in this run. */
  readonly outage: boolean;
}

/** @throws ServiceFault What the log and the store throw, except a few outages. */
export async function askForOpen({ scanFinished, outage }: Known, run: Run): Promise<Progress> {
  const asking = createAsking(outage);
  for (const entries of toOrder([...run.tally.open.values()])) {
    for (const failure of await readOldestFirst(entries, run)) {
      if (run.isTimeUp()) return 'out_of_time';
      if ((await seeTo(failure, { scanFinished, asking }, run)) === 'out_of_time') return 'out_of_time';
    }
  }
  return 'finished';
}

async function readOldestFirst(entries: readonly OpenEntry[], run: Run): Promise<readonly Failure[]> {
  const failures: Failure[] = [];
  for (let from = 0; from < entries.length && !run.isTimeUp(); from += BATCH_SIZE) {
    const batch = entries.slice(from, from + BATCH_SIZE);
    const read = await Promise.all(batch.map((entry) => readOpen(entry, run)));
    failures.push(...read.flat());
  }
  return failures.toSorted((a, b) => a.deliveredAtMs - b.deliveredAtMs);
}

async function readOpen(entry: OpenEntry, { store, tally }: Run): Promise<readonly Failure[]> {
  const failure = await store.read(entry.guid);
  if (failure === 'unreadable') {
    tally.unreadable.add(entry.guid);
    return [];
  }
  if (typeof failure === 'object') return [failure];
  tally.open.delete(entry.guid);
  await store.forget(entry);
  return [];
}

interface Circumstances {
  readonly scanFinished: boolean;
  readonly asking: Asking;
}

async function seeTo(failure: Failure, { scanFinished, asking }: Circumstances, run: Run): Promise<Progress> {
  const { now, signal, store } = run;
  if (failure.nextAtMs > now() || (failure.leaseUntilMs ?? 0) > now()) {
    run.onStep('wait', failure);
  } else if (!run.claims(failure.event, failure.action)) {
    // The handler may come back, as after a deployment that is taken back.
    if (isPastLog(failure.deliveredAtMs, now())) await close(failure, 'unclaimed', run);
  } else if (failure.exhausted) {
    if (scanFinished) await giveUp(failure, run);
  } else {
    const waitMs = asking.lastAskMs + PACE_MS - now();
    if (waitMs > 0) await run.pause(waitMs, signal);
    if (run.isTimeUp()) return 'out_of_time';
    const claimed = await store.claim(failure, now() + LEASE_MS);
    if (claimed !== undefined) await settle(claimed, await attempt(claimed, asking, run), run);
  }
  return 'finished';
}

/** Failures of the same time belong together: their records are brought into order when they are read. */
function toOrder(entries: readonly OpenEntry[]): readonly (readonly OpenEntry[])[] {
  const bySince = new Map<number, OpenEntry[]>();
  for (const entry of entries.toSorted((a, b) => a.sinceMs - b.sinceMs)) {
    const same = bySince.get(entry.sinceMs);
    if (same === undefined) bySince.set(entry.sinceMs, [entry]);
    else same.push(entry);
  }
  return [...bySince.values()];
}
