/** Records of the ledger as DynamoDB items, and the conditions of their writes. Pure. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { LedgerKey, LedgerRecord } from '../ledger/ledger.ts';

/** A record of the ledger as DynamoDB holds it. */
export type LedgerItem = Record<string, AttributeValue>;

/**
 * A record outlives GitHub's log (3 days, 7 on GHES) and the queues: a message may wait 14 days and
 * then 14 more among the dead letters, and whoever redrives it must not run what is done.
 */
const RETENTION_SECONDS = 30 * 24 * 60 * 60;

const STATES: readonly LedgerRecord['state'][] = ['claimed', 'done', 'skipped', 'failed', 'given_up'];

/**
 * The key of a handler's record: `delivery#HOST#APP#HOOK#GUID#HANDLER`, with `-` for a hook that is not known. People delete
 * records by it (docs/operations.md), so it stays as it is.
 */
export function toRecordId({ host, appId, hookId, deliveryId, handler }: LedgerKey): string {
  return ['delivery', host, appId, hookId ?? '-', deliveryId, handler].join('#');
}

/** @param nowMs Milliseconds since the epoch: DynamoDB deletes the item 30 days later. */
export function toLedgerItem(key: LedgerKey, record: LedgerRecord, nowMs: number): LedgerItem {
  const { nonce, started, alone, carrier, messages, endedAtMs, askedAtMs, reason } = record;
  return {
    id: { S: toRecordId(key) },
    v: { N: String(record.v) },
    state: { S: record.state },
    fence: { N: String(record.fence) },
    attempts: { N: String(record.attempts) },
    leaseUntilMs: { N: String(record.leaseUntilMs) },
    expiresAt: { N: String(Math.floor(nowMs / 1000) + RETENTION_SECONDS) },
    ...(nonce !== null && { nonce: { S: nonce } }),
    ...(started !== null && { started: { BOOL: started } }),
    ...(alone !== null && { alone: { BOOL: alone } }),
    ...(carrier !== null && { carrier: { S: carrier } }),
    ...(messages.length > 0 && { messages: { L: messages.map((id) => ({ S: id })) } }),
    ...(endedAtMs !== null && { endedAtMs: { N: String(endedAtMs) } }),
    ...(askedAtMs !== null && { askedAtMs: { N: String(askedAtMs) } }),
    ...(reason !== null && { reason: { S: reason } }),
  };
}

/**
 * Never throws. What cannot be read comes back with the format `Infinity`, which no release reads: it is then left
 * alone.
 */
export function toLedgerRecord(item: LedgerItem): LedgerRecord {
  const state = STATES.find((known) => known === item['state']?.S);
  const v = Number(item['v']?.N);
  const fence = Number(item['fence']?.N ?? 0);
  const attempts = Number(item['attempts']?.N ?? 0);
  const leaseUntilMs = Number(item['leaseUntilMs']?.N ?? 0);
  // A state that this release does not know was written by a later one, whatever it says.
  const readable = state !== undefined && [v, fence, attempts, leaseUntilMs].every(Number.isInteger);
  return {
    v: readable ? v : Infinity,
    state: state ?? 'claimed',
    fence,
    nonce: item['nonce']?.S ?? null,
    attempts,
    started: item['started']?.BOOL ?? null,
    alone: item['alone']?.BOOL ?? null,
    carrier: item['carrier']?.S ?? null,
    messages: (item['messages']?.L ?? []).flatMap(({ S: id }) => (id === undefined ? [] : [id])),
    leaseUntilMs,
    endedAtMs: readMs(item, 'endedAtMs'),
    askedAtMs: readMs(item, 'askedAtMs'),
    reason: item['reason']?.S ?? null,
  };
}

function readMs(item: LedgerItem, name: string): number | null {
  const text = item[name]?.N;
  return text === undefined ? null : Number(text);
}

/** What must hold of the item that stands there, or DynamoDB writes nothing. */
export interface WriteCondition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: LedgerItem;
}

/** Nothing stands there yet. */
export const IS_NEW: WriteCondition = { ConditionExpression: 'attribute_not_exists(id)' };

/**
 * Every claim raises the fence and every settlement changes the state, so these two tell any change. In a
 * format that this release does not read they may mean something else: `v` keeps it from writing there. Who does not know
 * whether its claim was written goes by its nonce as well: another one may have that fence.
 */
export function isUnchanged({ fence, state, v, nonce }: LedgerRecord): WriteCondition {
  const named = nonce !== null;
  return {
    ConditionExpression: `v = :v AND fence = :fence AND #state = :state${named ? ' AND nonce = :nonce' : ''}`,
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: {
      ':v': { N: String(v) },
      ':fence': { N: String(fence) },
      ':state': { S: state },
      ...(named && { ':nonce': { S: nonce } }),
    },
  };
}
