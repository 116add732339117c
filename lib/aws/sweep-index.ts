/**
 * Which failures are open: for each ten minutes and first digit of the GUID one record with a set of GUIDs,
 * and in the position the names of these records. A record may list what has ended; nothing that is open is
 * ever missing.
 */
import type { OpenEntry } from '../sweep/store.ts';
import { inBatches } from './in-batches.ts';
import { toPlace } from './sweep-items.ts';
import type { PositionRecord } from './sweep-position.ts';
import { READABLE, READABLE_OR_NEW, type VersionedTable } from './versioned-table.ts';

interface IndexDeps {
  readonly table: VersionedTable;
  readonly position: Pick<PositionRecord, 'readBuckets' | 'addBuckets' | 'removeBucket'>;
  /** Key of the position. */
  readonly positionKey: string;
  readonly toKey: (bucket: string) => string;
}

/** Every method throws ServiceFault `ledger_unavailable`. */
export interface OpenIndex {
  /** @returns Everything that is listed, and the keys of records in a format that is not read. */
  readAll(): Promise<{ readonly entries: readonly OpenEntry[]; readonly unreadable: readonly string[] }>;
  /** @returns Keys of records that could not be written, because another version wrote them. */
  add(entries: readonly OpenEntry[]): Promise<readonly string[]>;
  remove(entry: OpenEntry): Promise<void>;
  /** Takes the records that were found empty out of the position. */
  forgetEmptied(): Promise<void>;
}

export function createOpenIndex(deps: IndexDeps): OpenIndex {
  /** Records that `readAll` found empty; the position names them until a scan has finished. */
  const emptied = new Set<string>();
  return {
    readAll: () => readAll(deps, emptied),
    add: (entries) => add(deps, emptied, entries),
    remove: (entry) => remove(deps, entry),
    async forgetEmptied() {
      for (const bucket of emptied) await unlist(deps, bucket);
      emptied.clear();
    },
  };
}

async function readAll({ table, position, toKey }: IndexDeps, emptied: Set<string>) {
  const entries: OpenEntry[] = [];
  const unreadable: string[] = [];
  await inBatches(await position.readBuckets(), async (bucket) => {
    const key = toKey(bucket);
    const item = await table.get(key);
    if (item !== undefined && !table.isReadable(item)) unreadable.push(key);
    else if (item?.['guids'] === undefined) emptied.add(bucket);
    else entries.push(...(item['guids'].SS ?? []).map((guid) => ({ guid, ...toPlace(bucket) })));
  });
  return { entries, unreadable };
}

async function add(deps: IndexDeps, emptied: Set<string>, entries: readonly OpenEntry[]) {
  const { table, position, toKey, positionKey } = deps;
  const guidsOf = new Map<string, string[]>();
  for (const { bucket, guid } of entries) guidsOf.set(bucket, [...(guidsOf.get(bucket) ?? []), guid]);
  if (guidsOf.size === 0) return [];
  const unreadable: string[] = [];
  await inBatches([...guidsOf], async ([bucket, guids]) => {
    const change = { add: { guids: { SS: guids } }, condition: READABLE_OR_NEW };
    if ((await table.update(toKey(bucket), change)) === undefined) unreadable.push(toKey(bucket));
    emptied.delete(bucket);
  });
  const named = await position.addBuckets([...guidsOf.keys()]);
  return named ? unreadable : [...unreadable, positionKey];
}

async function remove(deps: IndexDeps, { guid, bucket }: OpenEntry): Promise<void> {
  const change = { delete: { guids: { SS: [guid] } }, condition: READABLE };
  const item = await deps.table.update(deps.toKey(bucket), change);
  if (item !== undefined && item['guids'] === undefined) await unlist(deps, bucket);
}

/** Another run may list a failure there at this moment: the record is looked at again afterwards. */
async function unlist({ table, position, toKey }: IndexDeps, bucket: string): Promise<void> {
  await position.removeBucket(bucket);
  const item = await table.get(toKey(bucket));
  if (item?.['guids'] !== undefined) await position.addBuckets([bucket]);
}
