/** The records of single failures: one for each delivery that failed, open or ended. */
import {
  CLOSINGS,
  toFailure,
  withNewest,
  type Closing,
  type Failure,
  type NewFailure,
  type Schedule,
  type SweepStore,
} from '../sweep/store.ts';
import { parseFailure, toItem, toState } from './sweep-items.ts';
import type { Item } from './dynamodb.ts';
import { READABLE, toN, type VersionedTable } from './versioned-table.ts';

const READABLE_AND_OPEN = `${READABLE} AND #state = :open`;
const OPEN = { ':open': toState('open') };

interface FailureDeps {
  readonly table: VersionedTable;
  readonly toKey: (guid: string) => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** As the methods of `SweepStore`, for the records of the failures alone: what lists them is `sweep-index.ts`. */
export interface FailureRecords extends Pick<SweepStore, 'read' | 'claim' | 'giveBack'> {
  /** @returns The failure as it is recorded now, where it is open. */
  record(failure: NewFailure): Promise<Failure | 'ended' | 'unreadable'>;
  rememberGood(guid: string): Promise<void>;
  /** @returns Whether it was open, and this call ended it. */
  close(guid: string, as: Closing): Promise<boolean>;
}

export function createFailureRecords(deps: FailureDeps): FailureRecords {
  return {
    record: (failure) => record(deps, failure),
    read: (guid) => read(deps, guid),
    claim: (failure, leaseUntilMs, next) => claim(deps, failure, leaseUntilMs, next),
    giveBack: (claimed, next) => giveBack(deps, claimed, next),
    async rememberGood(guid) {
      await deps.table.create(deps.toKey(guid), { guid: { S: guid }, state: toState('recovered') });
    },
    async close(guid, as) {
      const item = await deps.table.update(deps.toKey(guid), {
        set: { state: toState(as) },
        remove: ['leaseUntilMs'],
        condition: READABLE_AND_OPEN,
        values: OPEN,
      });
      return item !== undefined;
    },
  };
}

async function record(deps: FailureDeps, failure: NewFailure): ReturnType<FailureRecords['record']> {
  const { table, toKey } = deps;
  const fresh = toFailure(failure);
  if (await table.create(toKey(failure.guid), toItem(fresh))) return fresh;
  const known = await read(deps, failure.guid);
  // Expired since: the next scan meets it again.
  if (known === 'absent') return 'ended';
  if (typeof known === 'string') return known;
  const newest = withNewest(known, failure);
  if (newest === known) return known;
  await table.update(toKey(failure.guid), {
    set: {
      logId: { S: newest.logId },
      statusCode: toN(newest.statusCode),
      latestAtMs: toN(newest.latestAtMs),
    },
    condition: `${READABLE_AND_OPEN} AND #latestAtMs < :latestAt`,
    values: { ...OPEN, ':latestAt': toN(newest.latestAtMs) },
  });
  return newest;
}

async function read({ table, toKey }: FailureDeps, guid: string): ReturnType<SweepStore['read']> {
  const item = await table.get(toKey(guid));
  if (item === undefined) return 'absent';
  if (!table.isReadable(item)) return 'unreadable';
  const state = item['state']?.S;
  if (state === 'open') return parseFailure(item);
  // To take a state of tomorrow for an ended one would forget the failure.
  return CLOSINGS.some((closing) => closing === state) ? 'ended' : 'unreadable';
}

async function claim(
  { table, toKey, now }: FailureDeps,
  { guid, version }: Failure,
  leaseUntilMs: number,
  next: Schedule,
): ReturnType<SweepStore['claim']> {
  const item = await table.update(toKey(guid), {
    set: { ...toScheduleItem(next), leaseUntilMs: toN(leaseUntilMs), version: toN(version + 1) },
    remove: listAbsent(next),
    condition: `${READABLE_AND_OPEN} AND #version = :version AND (attribute_not_exists(#leaseUntilMs) OR #leaseUntilMs <= :now)`,
    values: { ...OPEN, ':version': toN(version), ':now': toN(now()) },
  });
  return item === undefined ? undefined : parseFailure(item);
}

async function giveBack(
  { table, toKey }: FailureDeps,
  { guid, version }: Failure,
  next: Schedule,
): Promise<void> {
  await table.update(toKey(guid), {
    set: { ...toScheduleItem(next), version: toN(version + 1) },
    remove: ['leaseUntilMs', ...listAbsent(next)],
    condition: `${READABLE_AND_OPEN} AND #version = :version`,
    values: { ...OPEN, ':version': toN(version) },
  });
}

function toScheduleItem({ attempts, nextAtMs, exhausted, askedAtMs }: Schedule): Item {
  return {
    attempts: toN(attempts),
    nextAtMs: toN(nextAtMs),
    exhausted: { BOOL: exhausted },
    ...(askedAtMs !== undefined && { askedAtMs: toN(askedAtMs) }),
  };
}

function listAbsent({ askedAtMs }: Schedule): readonly string[] {
  return askedAtMs === undefined ? ['askedAtMs'] : [];
}
