/** Records what one page of GitHub's log says: what failed, and what turned good. */
import type { LoggedDelivery } from '../github/logged-delivery.ts';
import { BEGUN_WITHIN_MS } from './account.ts';
import { groupByGuid, toNewFailure, type Group } from './group.ts';
import type { Run } from './run.ts';
import { toFirstAskMs } from './schedule.ts';
import type { OpenEntry } from './store.ts';

/**
 * @param deliveries In the order of their dates.
 * @param floorMs  What is older failed before anybody watched: it is not recorded.
 * @param seenGood GUIDs of deliveries that this run saw answered well, whether or not they ever failed; added to.
 */
export async function recordPage(
  deliveries: readonly LoggedDelivery[],
  { floorMs, seenGood }: { readonly floorMs: number; readonly seenGood: Set<string> },
  run: Run,
): Promise<void> {
  run.tally.scanned += deliveries.filter(({ deliveredAtMs }) => deliveredAtMs >= floorMs).length;
  const groups = groupByGuid(deliveries);
  const good = groups.filter((group) => group.good);
  for (const { guid } of good) seenGood.add(guid);
  await recordGood(good, run);
  for (const group of good)
    if (isSettled(group, floorMs, run)) run.tally.settled.set(group.guid, group.newest);
  const failed = groups.filter(
    (group) => !seenGood.has(group.guid) && group.newest.deliveredAtMs >= floorMs && isClaimed(group, run),
  );
  await recordFailures(failed, run);
}

function isClaimed({ newest }: Group, { claims }: Run): boolean {
  return claims(newest.event, newest.action);
}

/** Whether a handler must have begun by now. */
function isSettled(group: Group, floorMs: number, run: Run): boolean {
  const { deliveredAtMs } = group.newest;
  return deliveredAtMs >= floorMs && deliveredAtMs <= run.now() - BEGUN_WITHIN_MS && isClaimed(group, run);
}

async function recordGood(groups: readonly Group[], run: Run): Promise<void> {
  const open = groups.flatMap(({ guid }) => run.tally.open.get(guid) ?? []);
  await Promise.all(open.map((entry) => recover(entry, run)));
  const redelivered = groups.filter((group) => group.redelivered && isClaimed(group, run));
  const openGuids = new Set(open.map(({ guid }) => guid));
  const guids = redelivered.map(({ guid }) => guid);
  await run.store.rememberGood(guids.filter((guid) => !openGuids.has(guid)));
}

async function recover(entry: OpenEntry, { store, tally }: Run): Promise<void> {
  if (await store.close(entry, 'recovered')) tally.recovered += 1;
  tally.open.delete(entry.guid);
}

async function recordFailures(groups: readonly Group[], { store, tally }: Run): Promise<void> {
  if (groups.length === 0) return;
  const failures = groups.map((group) => toNewFailure(group, toFirstAskMs(group.newest.deliveredAtMs)));
  const { entries, unreadable } = await store.open(failures);
  for (const entry of entries) tally.open.set(entry.guid, entry);
  for (const key of unreadable) tally.unreadable.add(key);
}
