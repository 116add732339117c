/**
 * Sees to the open failures that are due, oldest first: asks GitHub to deliver again, or pulls what is
 * too large to be delivered. Each is claimed before anything is done, so that of two runs only one
 * does it, and so that what a run dies at is taken up again when its lease ends.
 */
import { ServiceFault } from '../faults.ts';
import { MAYBE_TOO_LARGE_FOR_THE_QUEUE, TOO_LARGE_FOR_THE_DOOR, TOO_LARGE_REASON } from './good-answer.ts';
import { describeFailure, type Progress, type Run } from './run.ts';
import { isPastLog, planNext } from './schedule.ts';
import type { Closing, Failure, OpenEntry } from './store.ts';

/** Longer than a function may run: a claim outlives the run that made it only if that run died. */
const LEASE_MS = 15 * 60_000;

/** Between two asks. Source: GitHub docs, "Best practices for using the REST API": one second or more between changes. */
const PACE_MS = 1_000;

/** Records read side by side. */
const BATCH_SIZE = 50;

/** So many asks in a row may find GitHub down, and count as asks; the next ends the run. */
const MAX_OUTAGES = 2;

interface Known {
  /** Whether all that GitHub's log shows is recorded: without that, nothing is given up. */
  readonly scanFinished: boolean;
  /** Whether GitHub failed already in this run. */
  readonly outage: boolean;
}

type Result = 'asked' | 'refused' | 'outage' | 'pulled' | 'pull_failed' | 'lost';

/** @throws ServiceFault What the log and the store throw, except a few outages. */
export async function askForOpen({ scanFinished, outage }: Known, run: Run): Promise<Progress> {
  const { deliveryLog, store, tally, now, log, signal, isTimeUp, onStep } = run;
  let lastAskMs = -Infinity;
  let outages = outage ? MAX_OUTAGES : 0;

  for (const entries of toOrder([...tally.open.values()])) {
    for (const failure of await readOldestFirst(entries)) {
      if (isTimeUp()) return 'out_of_time';
      if ((await seeTo(failure)) === 'out_of_time') return 'out_of_time';
    }
  }
  return 'finished';

  async function readOldestFirst(entries: readonly OpenEntry[]): Promise<readonly Failure[]> {
    const failures: Failure[] = [];
    for (let from = 0; from < entries.length && !isTimeUp(); from += BATCH_SIZE) {
      const read = await Promise.all(entries.slice(from, from + BATCH_SIZE).map(readOpen));
      failures.push(...read.flat());
    }
    return failures.toSorted((a, b) => a.deliveredAtMs - b.deliveredAtMs);
  }

  async function readOpen(entry: OpenEntry): Promise<readonly Failure[]> {
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

  async function seeTo(failure: Failure): Promise<Progress> {
    if (failure.nextAtMs > now() || (failure.leaseUntilMs ?? 0) > now()) {
      onStep('wait', failure);
    } else if (!run.claims(failure.event, failure.action)) {
      // The handler may come back, as after a deployment that is taken back.
      if (isPastLog(failure.deliveredAtMs, now())) await end(failure, 'unclaimed');
    } else if (failure.exhausted) {
      if (scanFinished) await giveUp(failure);
    } else {
      const waitMs = lastAskMs + PACE_MS - now();
      if (waitMs > 0) await run.pause(waitMs, signal);
      if (isTimeUp()) return 'out_of_time';
      const claimed = await store.claim(failure, now() + LEASE_MS);
      if (claimed !== undefined) await settle(claimed, await attempt(claimed));
    }
    return 'finished';
  }

  async function attempt(claimed: Failure): Promise<Result> {
    try {
      const result = await (claimed.statusCode === TOO_LARGE_FOR_THE_DOOR ||
      claimed.statusCode === MAYBE_TOO_LARGE_FOR_THE_QUEUE
        ? pullOrAsk(claimed)
        : ask(claimed));
      outages = 0;
      return result;
    } catch (error) {
      // Whether the ask arrived is open when the time is up: it is made again when the lease has ended.
      if (signal.aborted) throw error;
      const down = error instanceof ServiceFault && error.code === 'github_unavailable';
      if (down && outages < MAX_OUTAGES) {
        outages += 1;
        return 'outage';
      }
      await store.release(claimed).catch(() => {}); // the lease ends by itself
      throw error;
    }
  }

  async function pullOrAsk(claimed: Failure): Promise<Result> {
    const { logId, guid, event, action } = claimed;
    const detail = await deliveryLog.detail(logId, signal);
    if (detail === undefined) return 'lost';
    const tooLarge = claimed.statusCode === TOO_LARGE_FOR_THE_DOOR || detail.reason === TOO_LARGE_REASON;
    if (!tooLarge) return ask(claimed);
    const { payload } = detail;
    if (payload === undefined) return 'lost';
    onStep('pull', claimed);
    try {
      const pulled = await run.pull({ logId, guid, event, action, detail: { ...detail, payload } }, signal);
      return pulled === 'done' ? 'pulled' : 'pull_failed';
    } catch (error) {
      if (signal.aborted || (error instanceof ServiceFault && error.code === 'app_rate_limited')) throw error;
      log.error('pull', { ...describeFailure(claimed), outcome: 'failed', error });
      return 'pull_failed';
    }
  }

  async function ask(claimed: Failure): Promise<Result> {
    onStep('ask', claimed);
    lastAskMs = now();
    const answer = await deliveryLog.redeliver(claimed.logId, signal);
    if (answer === 'asked') return 'asked';
    if (answer === 'gone') return 'lost';
    const detail = await deliveryLog.detail(claimed.logId, signal);
    return detail?.payload === undefined ? 'lost' : 'refused';
  }

  async function settle(claimed: Failure, result: Result): Promise<void> {
    switch (result) {
      case 'pulled':
        if (await end(claimed, 'pulled')) tally.pulled += 1;
        return;
      case 'lost':
        onStep('lost', claimed);
        if (!(await end(claimed, 'lost'))) return;
        tally.lost += 1;
        log.error('delivery lost', { ...describeFailure(claimed), attempts: claimed.attempts });
        return;
      case 'asked':
        tally.asked += 1;
        break;
      case 'refused':
      case 'outage':
      case 'pull_failed':
        log.warn('ask', { ...describeFailure(claimed), outcome: 'failed', reason: result });
    }
    const attempts = claimed.attempts + 1;
    await store.postpone(claimed, { attempts, ...planNext(attempts, claimed.deliveredAtMs, now()) });
  }

  async function giveUp(failure: Failure): Promise<void> {
    onStep('give_up', failure);
    if (!(await end(failure, 'gave_up'))) return;
    tally.gaveUp += 1;
    log.error('delivery given up', { ...describeFailure(failure), attempts: failure.attempts });
  }

  /** @returns Whether it was this run that ended it: what is reported is reported once. */
  async function end({ guid }: Failure, as: Closing): Promise<boolean> {
    const entry = tally.open.get(guid);
    if (entry === undefined) return false;
    tally.open.delete(guid);
    return store.close(entry, as);
  }
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
