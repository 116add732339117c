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
import type { NewFailure, OpenEntry, SweepStore } from '../sweep/store.ts';
import type { DynamoDBCall, DynamoDBOperations } from './dynamodb.ts';
import { heldTo } from './rights.ts';
import { inBatches } from './in-batches.ts';
import { createFailureRecords, type FailureRecords } from './sweep-failures.ts';
import { createOpenIndex, type OpenIndex } from './sweep-index.ts';
import { SWEEP_FORMAT, toEntry, toFailureId } from './sweep-items.ts';
import { createPositionRecord } from './sweep-position.ts';
import { createVersionedTable } from './versioned-table.ts';

interface SweepStoreOptions {
  readonly call: DynamoDBCall;
  readonly table: string;
  /** Of GitHub's API: the same App id on another host is another App. */
  readonly host: string;
  readonly appId: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Ten times what GitHub keeps of a delivery. */
const LIFETIME_SECONDS = 30 * 24 * 3600;

/**
 * What the sweep remembers, in the table of the ledger. Every method throws ServiceFault `ledger_unavailable` where
 * DynamoDB fails.
 */
export function createSweepStore(options: SweepStoreOptions): SweepStore {
  const { host, appId, now } = options;
  const table = createVersionedTable({
    call: heldTo<DynamoDBOperations>('sweepStore', options.call),
    table: options.table,
    format: SWEEP_FORMAT,
    lifetimeSeconds: LIFETIME_SECONDS,
    now,
  });
  const app = `${host}#${appId}`;
  const positionKey = `sweep#${app}`;
  const position = createPositionRecord(table, positionKey);
  const failures = createFailureRecords({ table, toKey: (guid) => toFailureId(options, guid), now });
  const toIndexKey = (bucket: string): string => `sweep-index#${app}#${bucket}`;
  const index = createOpenIndex({ table, position, positionKey, toKey: toIndexKey });

  return {
    readPosition: () => position.read(),
    saveScan: (scan) => position.saveScan(scan),
    async finishScan(scan) {
      await position.finishScan(scan);
      await index.forgetEmptied();
    },
    pauseUntil: (untilMs) => position.pauseUntil(untilMs),
    listOpen: () => index.readAll(),
    open: (found) => open(found, failures, index),
    rememberGood: (guids) => inBatches(guids, (guid) => failures.rememberGood(guid)),
    read: (guid) => failures.read(guid),
    forget: (entry) => index.remove(entry),
    claim: (failure, leaseUntilMs, next) => failures.claim(failure, leaseUntilMs, next),
    giveBack: (claimed, next) => failures.giveBack(claimed, next),
    async close(entry, as) {
      if (!(await failures.close(entry.guid, as))) return false;
      await index.remove(entry);
      return true;
    },
  };
}

async function open(found: readonly NewFailure[], failures: FailureRecords, index: OpenIndex) {
  const entries: OpenEntry[] = [];
  const unreadable: string[] = [];
  await inBatches(found, async (failure) => {
    const recorded = await failures.record(failure);
    if (recorded === 'unreadable') unreadable.push(failure.guid);
    if (typeof recorded === 'object') entries.push(toEntry(recorded));
  });
  unreadable.push(...(await index.add(entries)));
  return { entries, unreadable };
}
