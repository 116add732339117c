/** The position of the sweep, one record: its mark, an unfinished scan, a rate limit's end, the buckets in use. */
import { ServiceFault } from '../faults.ts';
import type { Position, Scan } from '../sweep/store.ts';
import { parsePosition } from './sweep-items.ts';
import { READABLE, READABLE_OR_NEW, toN, type VersionedTable } from './versioned-table.ts';

/** Every method throws ServiceFault `ledger_unavailable`. */
export interface PositionRecord {
  /** @throws ServiceFault `ledger_unreadable` where another version's record stands there. */
  read(): Promise<Position>;
  /** Without effect where a later scan is under way. */
  saveScan(scan: Scan): Promise<void>;
  /** The mark moves to the start of the scan, never back. */
  finishScan(scan: Scan): Promise<void>;
  pauseUntil(untilMs: number): Promise<void>;
  readBuckets(): Promise<readonly string[]>;
  /** @returns Whether they are named now; false where the record is in a format that is not read. */
  addBuckets(buckets: readonly string[]): Promise<boolean>;
  removeBucket(bucket: string): Promise<void>;
}

export function createPositionRecord(table: VersionedTable, key: string): PositionRecord {
  return {
    read: () => readPosition(table, key),
    saveScan: (scan) => saveScan(table, key, scan),
    finishScan: (scan) => finishScan(table, key, scan),
    async pauseUntil(untilMs) {
      await table.update(key, { set: { pausedUntilMs: toN(untilMs) }, condition: READABLE_OR_NEW });
    },
    async readBuckets() {
      return (await table.get(key))?.['buckets']?.SS ?? [];
    },
    async addBuckets(buckets) {
      const add = { buckets: { SS: [...buckets] } };
      return (await table.update(key, { add, condition: READABLE_OR_NEW })) !== undefined;
    },
    async removeBucket(bucket) {
      await table.update(key, { delete: { buckets: { SS: [bucket] } }, condition: READABLE });
    },
  };
}

async function readPosition(table: VersionedTable, key: string): Promise<Position> {
  const item = await table.get(key);
  if (item === undefined || table.isReadable(item)) return parsePosition(item);
  throw new ServiceFault(
    'ledger_unreadable',
    'The position of the sweep is in the format of another version: deploy that version, or remove the record and invoke once with lookBackHours 72.',
    { detail: key },
  );
}

async function saveScan(table: VersionedTable, key: string, scan: Scan): Promise<void> {
  const { startedAtMs, floorMs, cursor } = scan;
  await table.update(key, {
    set: {
      scanStartedAtMs: toN(startedAtMs),
      scanFloorMs: toN(floorMs),
      ...(cursor !== undefined && { scanCursor: { S: cursor } }),
    },
    remove: cursor === undefined ? ['scanCursor'] : [],
    condition: `${READABLE_OR_NEW} AND (attribute_not_exists(#scanStartedAtMs) OR #scanStartedAtMs <= :started)`,
    values: { ':started': toN(startedAtMs) },
  });
}

/** The mark is written first: to read a page twice does no harm, to forget one would. */
async function finishScan(table: VersionedTable, key: string, { startedAtMs }: Scan): Promise<void> {
  const values = { ':started': toN(startedAtMs) };
  await table.update(key, {
    set: { markMs: toN(startedAtMs) },
    condition: `${READABLE_OR_NEW} AND (attribute_not_exists(#markMs) OR #markMs < :started)`,
    values,
  });
  await table.update(key, {
    remove: ['scanStartedAtMs', 'scanFloorMs', 'scanCursor'],
    condition: `${READABLE} AND #scanStartedAtMs <= :started`,
    values,
  });
}
