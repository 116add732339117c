/** Reads the records of all open failures, as far as the run's time for it goes. */
import type { Run } from './run.ts';
import type { Failure, OpenEntry } from './store.ts';

/** Records read side by side. */
const BATCH_SIZE = 50;

interface OpenFailures {
  readonly failures: readonly Failure[];
  /** Whether all were read. */
  readonly finished: boolean;
}

/** @throws ServiceFault `ledger_unavailable` */
export async function readOpen(run: Run): Promise<OpenFailures> {
  const entries = fromBothEnds([...run.tally.open.values()]);
  const failures: Failure[] = [];
  let from = 0;
  for (; from < entries.length && !run.isTimeUpForReading(); from += BATCH_SIZE) {
    const batch = entries.slice(from, from + BATCH_SIZE);
    const read = await Promise.all(batch.map((entry) => readOne(entry, run)));
    failures.push(...read.flat());
  }
  return { failures, finished: from >= entries.length };
}

async function readOne(entry: OpenEntry, { store, tally }: Run): Promise<readonly Failure[]> {
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

/**
 * The newest, the oldest, the second newest …: where there are more than can be read, new failures get their
 * first ask, old ones their end, and those between come to be old.
 */
function fromBothEnds(entries: readonly OpenEntry[]): readonly OpenEntry[] {
  const oldestFirst = entries.toSorted((a, b) => a.sinceMs - b.sinceMs);
  const newestFirst = oldestFirst.toReversed();
  const half = Math.ceil(entries.length / 2);
  return newestFirst
    .slice(0, half)
    .flatMap((newest, index) => [newest, ...oldestFirst.slice(index, index + 1)])
    .slice(0, entries.length);
}
