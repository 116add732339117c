/**
 * Reads GitHub's log from newest to oldest and records what failed and what turned good. Every page is
 * recorded before the progress that leads past it, so that a run may end anywhere.
 */
import { ServiceFault } from '../faults.ts';
import type { LoggedDelivery } from '../github/delivery-log.ts';
import { groupByGuid, toNewFailure, type Group } from './group.ts';
import type { Progress, Run } from './run.ts';
import { FIRST_LOOK_BACK_MS, OVERLAP_MS, toFirstAskMs } from './schedule.ts';
import type { OpenEntry, Position, Scan } from './store.ts';

/**
 * First what an earlier run left unread, then what is new since that run began.
 *
 * @param lookBackMs Goes back at least so far, whatever is known already.
 * @throws ServiceFault What the log and the store throw. The position is kept: the next run goes on.
 */
export async function scanLog(
  position: Position,
  lookBackMs: number | undefined,
  run: Run,
): Promise<Progress> {
  const { deliveryLog, store, tally, now } = run;
  /** In this run, whether or not they ever failed. */
  const seenGood = new Set<string>();

  let { markMs, scan: unfinished } = position;
  if (unfinished?.cursor !== undefined && lookBackMs === undefined) {
    const resumed = await resume(unfinished);
    if (resumed === 'out_of_time') return resumed;
    if (resumed === 'finished') {
      markMs = unfinished.startedAtMs;
      unfinished = undefined;
    }
  }
  const begun = { startedAtMs: now(), floorMs: toFloorMs() };
  // Before the first page: even a first run that reads none has told the next one how far to go back.
  await store.saveScan(begun);
  return readDown(begun);

  function toFloorMs(): number {
    const floors = [
      ...(lookBackMs === undefined ? [] : [now() - lookBackMs]),
      ...(markMs === undefined ? [] : [markMs - OVERLAP_MS]),
      ...(unfinished === undefined ? [] : [unfinished.floorMs]),
    ];
    return floors.length === 0 ? now() - FIRST_LOOK_BACK_MS : Math.min(...floors);
  }

  /** A page that fails twice must not keep the newer ones from being read: its cursor is dropped then. */
  async function resume(scan: Scan): Promise<Progress | 'restart'> {
    let pages = 0;
    try {
      return await readDown(scan, () => (pages += 1));
    } catch (error) {
      const code = error instanceof ServiceFault && !run.signal.aborted ? error.code : undefined;
      const stale = code === 'github_unexpected';
      if (pages > 0 || !(stale || code === 'github_unavailable')) throw error;
      const { startedAtMs, floorMs } = scan;
      await store.saveScan({ startedAtMs, floorMs });
      if (stale) return 'restart';
      throw error;
    }
  }

  async function readDown(scan: Scan, onPage: () => void = () => {}): Promise<Progress> {
    if (run.isTimeUpForScan()) return 'out_of_time';
    for await (const { deliveries, cursor } of deliveryLog.pages({
      cursor: scan.cursor,
      signal: run.signal,
    })) {
      onPage();
      await record(deliveries, scan.floorMs);
      const reachedFloor = deliveries.some(({ deliveredAtMs }) => deliveredAtMs < scan.floorMs);
      if (reachedFloor || cursor === undefined) break;
      await store.saveScan({ ...scan, cursor });
      if (run.isTimeUpForScan()) return 'out_of_time';
    }
    await store.finishScan(scan);
    return 'finished';
  }

  async function record(deliveries: readonly LoggedDelivery[], floorMs: number): Promise<void> {
    tally.scanned += deliveries.filter(({ deliveredAtMs }) => deliveredAtMs >= floorMs).length;
    const groups = groupByGuid(deliveries);
    await recordGood(groups.filter(({ good }) => good));
    await recordFailures(
      groups.filter(({ good, guid, newest }) => {
        return !good && !seenGood.has(guid) && newest.deliveredAtMs >= floorMs && isClaimed(newest);
      }),
    );
  }

  function isClaimed({ event, action }: LoggedDelivery): boolean {
    return run.claims(event, action);
  }

  async function recordGood(groups: readonly Group[]): Promise<void> {
    for (const { guid } of groups) seenGood.add(guid);
    const open = groups.flatMap(({ guid }) => tally.open.get(guid) ?? []);
    await Promise.all(open.map(recover));
    const redelivered = groups.filter((group) => group.redelivered && isClaimed(group.newest));
    const openGuids = new Set(open.map(({ guid }) => guid));
    await store.rememberGood(redelivered.map(({ guid }) => guid).filter((guid) => !openGuids.has(guid)));
  }

  async function recover(entry: OpenEntry): Promise<void> {
    if (await store.close(entry, 'recovered')) tally.recovered += 1;
    tally.open.delete(entry.guid);
  }

  async function recordFailures(groups: readonly Group[]): Promise<void> {
    if (groups.length === 0) return;
    const failures = groups.map((group) => toNewFailure(group, toFirstAskMs(group.newest.deliveredAtMs)));
    const { entries, unreadable } = await store.open(failures);
    for (const entry of entries) tally.open.set(entry.guid, entry);
    for (const key of unreadable) tally.unreadable.add(key);
  }
}
