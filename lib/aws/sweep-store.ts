/**
 * What the sweep remembers, in the ledger table: a string key `id`, no index, no scan. Every record has
 * its format's version in `v` and expires by `expiresAt`; every write is conditional on that version, so
 * that a record in a format that this release does not read is never overwritten.
 *
 *   sweep#HOST#APP                     position: mark, unfinished scan, and the set of index records in use
 *   sweep-index#HOST#APP#BUCKET        the GUIDs of the open failures of ten minutes (one sixteenth of them)
 *   sweep-open#HOST#APP#GUID           one failure, open or ended
 *
 * Without transactions, order is what keeps this whole. A failure is written as record, index, position,
 * and the page it came from counts as read only then; whoever ends one changes the record first. So an
 * index may list what has ended, which the sweep cleans up, but nothing open is ever missing from it.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ServiceFault } from '../faults.ts';
import {
  ENDINGS,
  toFailure,
  withNewest,
  type Failure,
  type NewFailure,
  type OpenEntry,
  type SweepStore,
} from '../sweep/store.ts';
import {
  parseFailure,
  parsePosition,
  SWEEP_FORMAT,
  toEntry,
  toItem,
  toPlace,
  toState,
} from './sweep-items.ts';
import { createVersionedTable, READABLE, READABLE_OR_NEW, toN, type Item } from './versioned-table.ts';

interface SweepStoreOptions {
  readonly client?: Pick<DynamoDBClient, 'send'>;
  readonly table: string;
  /** Of GitHub's API: the same App id on another host is another App. */
  readonly host: string;
  readonly appId: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Ten times what GitHub keeps of a delivery. */
const LIFETIME_SECONDS = 30 * 24 * 3600;

/** Records read side by side. */
const BATCH_SIZE = 25;

const READABLE_AND_OPEN = `${READABLE} AND #state = :open`;

export function createSweepStore(options: SweepStoreOptions): SweepStore {
  const { client = new DynamoDBClient({}), host, appId, now } = options;
  const { get, create, update, isReadable } = createVersionedTable({
    client,
    table: options.table,
    format: SWEEP_FORMAT,
    lifetimeSeconds: LIFETIME_SECONDS,
    now,
  });
  const app = `${host}#${appId}`;
  const positionKey = `sweep#${app}`;
  const toIndexKey = (bucket: string): string => `sweep-index#${app}#${bucket}`;
  const toFailureKey = (guid: string): string => `sweep-open#${app}#${guid}`;
  /** Index records that were found empty; the position names them until a scan has finished. */
  const emptied = new Set<string>();

  return {
    async readPosition() {
      const item = await get(positionKey);
      if (item !== undefined && !isReadable(item)) {
        throw new ServiceFault(
          'ledger_unreadable',
          'The position of the sweep is in the format of another version: deploy that version, or remove the record and invoke once with lookBackHours 72.',
          { detail: positionKey },
        );
      }
      return parsePosition(item);
    },

    async saveScan({ startedAtMs, floorMs, cursor }) {
      await update(positionKey, {
        set: {
          scanStartedAtMs: toN(startedAtMs),
          scanFloorMs: toN(floorMs),
          ...(cursor !== undefined && { scanCursor: { S: cursor } }),
        },
        remove: cursor === undefined ? ['scanCursor'] : [],
        condition: `${READABLE_OR_NEW} AND (attribute_not_exists(#scanStartedAtMs) OR #scanStartedAtMs <= :started)`,
        values: { ':started': toN(startedAtMs) },
      });
    },

    async finishScan({ startedAtMs }) {
      const values = { ':started': toN(startedAtMs) };
      // In this order: to read a page twice does no harm, to forget one would.
      await update(positionKey, {
        set: { markMs: toN(startedAtMs) },
        condition: `${READABLE_OR_NEW} AND (attribute_not_exists(#markMs) OR #markMs < :started)`,
        values,
      });
      await update(positionKey, {
        remove: ['scanStartedAtMs', 'scanFloorMs', 'scanCursor'],
        condition: `${READABLE} AND #scanStartedAtMs <= :started`,
        values,
      });
      for (const bucket of emptied) await unlist(bucket);
      emptied.clear();
    },

    async pauseUntil(untilMs) {
      await update(positionKey, { set: { pausedUntilMs: toN(untilMs) }, condition: READABLE_OR_NEW });
    },

    async listOpen() {
      const position = await get(positionKey);
      const entries: OpenEntry[] = [];
      const unreadable: string[] = [];
      await inBatches(position?.['buckets']?.SS ?? [], async (bucket) => {
        const key = toIndexKey(bucket);
        const item = await get(key);
        if (item !== undefined && !isReadable(item)) unreadable.push(key);
        else if (item?.['guids'] === undefined) emptied.add(bucket);
        else entries.push(...(item['guids'].SS ?? []).map((guid) => ({ guid, ...toPlace(bucket) })));
      });
      return { entries, unreadable };
    },

    async open(failures) {
      const entries: OpenEntry[] = [];
      const unreadable: string[] = [];
      await inBatches(failures, async (failure) => {
        const recorded = await record(failure);
        if (recorded === 'unreadable') unreadable.push(failure.guid);
        if (typeof recorded === 'object') entries.push(toEntry(recorded));
      });
      unreadable.push(...(await list(entries)));
      return { entries, unreadable };
    },

    async rememberGood(guids) {
      await inBatches(guids, async (guid) => {
        await create(toFailureKey(guid), { guid: { S: guid }, state: toState('recovered') });
      });
    },

    read: (guid) => readFailure(guid),

    async forget(entry) {
      await removeFromIndex(entry);
    },

    async claim({ guid, version }, leaseUntilMs) {
      const item = await update(toFailureKey(guid), {
        set: { leaseUntilMs: toN(leaseUntilMs), version: toN(version + 1) },
        condition: `${READABLE_AND_OPEN} AND #version = :version AND (attribute_not_exists(#leaseUntilMs) OR #leaseUntilMs <= :now)`,
        values: { ':open': toState('open'), ':version': toN(version), ':now': toN(now()) },
      });
      return item === undefined ? undefined : parseFailure(item);
    },

    async release({ guid, version }) {
      await updateClaimed(guid, version, {});
    },

    async postpone({ guid, version }, { attempts, nextAtMs, exhausted }) {
      await updateClaimed(guid, version, {
        attempts: toN(attempts),
        nextAtMs: toN(nextAtMs),
        exhausted: { BOOL: exhausted },
      });
    },

    async close(entry, as) {
      const item = await update(toFailureKey(entry.guid), {
        set: { state: toState(as) },
        remove: ['leaseUntilMs'],
        condition: READABLE_AND_OPEN,
        values: { ':open': toState('open') },
      });
      if (item === undefined) return false;
      await removeFromIndex(entry);
      return true;
    },
  };

  /** @returns The failure as it is recorded now, where it is open. */
  async function record(failure: NewFailure): Promise<Failure | 'ended' | 'unreadable'> {
    const fresh = toFailure(failure);
    if (await create(toFailureKey(failure.guid), toItem(fresh))) return fresh;
    const known = await readFailure(failure.guid);
    // Expired since: the next scan meets it again.
    if (known === 'absent') return 'ended';
    if (typeof known === 'string') return known;
    const newest = withNewest(known, failure);
    if (newest === known) return known;
    await update(toFailureKey(failure.guid), {
      set: {
        logId: { S: newest.logId },
        statusCode: toN(newest.statusCode),
        latestAtMs: toN(newest.latestAtMs),
      },
      condition: `${READABLE_AND_OPEN} AND #latestAtMs < :latestAt`,
      values: { ':open': toState('open'), ':latestAt': toN(newest.latestAtMs) },
    });
    return newest;
  }

  async function updateClaimed(guid: string, version: number, set: Item): Promise<void> {
    await update(toFailureKey(guid), {
      set: { ...set, version: toN(version + 1) },
      remove: ['leaseUntilMs'],
      condition: `${READABLE_AND_OPEN} AND #version = :version`,
      values: { ':open': toState('open'), ':version': toN(version) },
    });
  }

  async function readFailure(guid: string): ReturnType<SweepStore['read']> {
    const item = await get(toFailureKey(guid));
    if (item === undefined) return 'absent';
    if (!isReadable(item)) return 'unreadable';
    const state = item['state']?.S;
    if (state === 'open') return parseFailure(item);
    // To take a state of tomorrow for an ending would forget the failure.
    return ENDINGS.some((ending) => ending === state) ? 'ended' : 'unreadable';
  }

  /** @returns Keys of records that could not be written, because another version wrote them. */
  async function list(entries: readonly OpenEntry[]): Promise<readonly string[]> {
    const guidsOf = new Map<string, string[]>();
    for (const { bucket, guid } of entries) guidsOf.set(bucket, [...(guidsOf.get(bucket) ?? []), guid]);
    if (guidsOf.size === 0) return [];
    const unreadable: string[] = [];
    await inBatches([...guidsOf], async ([bucket, guids]) => {
      const item = await update(toIndexKey(bucket), {
        add: { guids: { SS: guids } },
        condition: READABLE_OR_NEW,
      });
      if (item === undefined) unreadable.push(toIndexKey(bucket));
      emptied.delete(bucket);
    });
    const buckets = { SS: [...guidsOf.keys()] };
    const position = await update(positionKey, { add: { buckets }, condition: READABLE_OR_NEW });
    return position === undefined ? [...unreadable, positionKey] : unreadable;
  }

  async function removeFromIndex({ guid, bucket }: OpenEntry): Promise<void> {
    const item = await update(toIndexKey(bucket), { delete: { guids: { SS: [guid] } }, condition: READABLE });
    if (item !== undefined && item['guids'] === undefined) await unlist(bucket);
  }

  /** Another run may list a failure there at this moment: the record is looked at again afterwards. */
  async function unlist(bucket: string): Promise<void> {
    const buckets = { SS: [bucket] };
    await update(positionKey, { delete: { buckets }, condition: READABLE });
    const item = await get(toIndexKey(bucket));
    if (item?.['guids'] !== undefined)
      await update(positionKey, { add: { buckets }, condition: READABLE_OR_NEW });
  }
}

async function inBatches<T>(all: readonly T[], work: (each: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < all.length; from += BATCH_SIZE) {
    await Promise.all(all.slice(from, from + BATCH_SIZE).map(work));
  }
}
