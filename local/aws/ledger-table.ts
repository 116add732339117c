/** The ledger's records on this machine: read, forgotten and written past the functions, which a person asked for. */
import {
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { type LedgerItem, toLedgerItem, toLedgerRecord } from '../../lib/aws/ledger-items.ts';
import type { LedgerKey, LedgerRecord } from '../../lib/ledger/ledger.ts';
import { LEDGER_FORMAT } from '../../lib/ledger/record.ts';
import { LOCAL_AWS } from './dynamodb.ts';

export interface LedgerEntry {
  /** Of the record. */
  readonly id: string;
  readonly key: LedgerKey;
  readonly record: LedgerRecord;
}

export interface LedgerTable {
  list(): Promise<readonly LedgerEntry[]>;
  /** @param id Of a record. */
  forget(id: string): Promise<void>;
  /** Writes down that a handler is done with a delivery, so that it is not run for it. */
  markDone(key: LedgerKey): Promise<void>;
  close(): Promise<void>;
}

export function openLedgerTable(endpoint: string, table: string): LedgerTable {
  const client = new DynamoDBClient({ ...LOCAL_AWS, endpoint });
  return {
    async list() {
      const entries: LedgerEntry[] = [];
      let start: LedgerItem | undefined;
      do {
        const page: ScanCommandOutput = await client.send(
          new ScanCommand({ TableName: table, ...(start !== undefined && { ExclusiveStartKey: start }) }),
        );
        for (const item of page.Items ?? []) entries.push(...toEntry(item));
        start = page.LastEvaluatedKey;
      } while (start !== undefined);
      return entries;
    },
    async forget(id) {
      await client.send(new DeleteItemCommand({ TableName: table, Key: { id: { S: id } } }));
    },
    async markDone(key) {
      const nowMs = Date.now();
      const Item = toLedgerItem(key, toDone(nowMs), nowMs);
      await client.send(new PutItemCommand({ TableName: table, Item }));
    },
    close: async () => client.destroy(),
  };
}

/** The table keeps the sweep's records, too. */
function toEntry(item: LedgerItem): readonly LedgerEntry[] {
  const id = item['id']?.S ?? '';
  const [kind, host, appId, hookId, deliveryId, ...handler] = id.split('#');
  if (kind !== 'delivery' || host === undefined || appId === undefined || deliveryId === undefined) return [];
  const key = {
    host,
    appId,
    hookId: hookId === '-' ? null : (hookId ?? null),
    deliveryId,
    handler: handler.join('#'),
  };
  return [{ id, key, record: toLedgerRecord(item) }];
}

function toDone(nowMs: number): LedgerRecord {
  return {
    v: LEDGER_FORMAT.written,
    state: 'done',
    fence: 1,
    nonce: null,
    attempts: 1,
    started: null,
    alone: null,
    carrier: null,
    messages: [],
    leaseUntilMs: 0,
    endedAtMs: nowMs,
    askedAtMs: null,
    reason: null,
  };
}
