/** Keeps the ledger in a DynamoDB table: string hash key `id`, TTL attribute `expiresAt`. */
import { randomUUID } from 'node:crypto';
import { ServiceFault } from '../faults.ts';
import { decideClaim, type ClaimTime } from '../ledger/decide-claim.ts';
import type {
  Claimed,
  ClaimRequest,
  Ledger,
  LedgerAnswer,
  LedgerKey,
  LedgerRecord,
} from '../ledger/ledger.ts';
import { toSettled, toStarted } from '../ledger/record.ts';
import { type DynamoDBCall, type DynamoDBOperations, writeConditionally } from './dynamodb.ts';
import {
  IS_NEW,
  isUnchanged,
  toLedgerItem,
  toLedgerRecord,
  toRecordId,
  type WriteCondition,
} from './ledger-items.ts';
import { heldTo } from './rights.ts';
import { readSweepAsk, toFailureId } from './sweep-items.ts';

interface LedgerDeps {
  readonly table: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly call: DynamoDBCall;
  /** Names one claim. */
  readonly createNonce?: () => string;
}

/** Losing the race for a record so often means that others do get it. */
const MAX_RACES = 3;

/** An owner's write is tried so often: a handler's success must not be forgotten for one lost packet. */
const MAX_WRITES = 3;

export interface TableLedger extends Ledger {
  /** Reads a record that is not there: the first claim finds the connection open and the client's code compiled. */
  prepare(signal: AbortSignal): Promise<void>;
}

/** The claim of a new delivery is one conditional write; only a repeat reads first. */
export function createLedger({ table, now, call, createNonce = randomUUID }: LedgerDeps): TableLedger {
  const records = createRecords({ table, now, call: heldTo<DynamoDBOperations>('ledger', call) });
  return {
    claim: (request, signal) =>
      claimRecord(request, records, { nowMs: now(), nonce: createNonce() }, signal).catch(toFault),
    start: async (claimed, signal) =>
      (await keep(claimed, toStarted(claimed), records, signal).catch(toFault)) ? 'started' : 'lost',
    settle: async (claimed, settlement, signal) =>
      (await keep(claimed, toSettled(claimed, settlement, now()), records, signal).catch(toFault))
        ? 'settled'
        : 'lost',
    async prepare(signal) {
      await records.read('prepare', signal);
    },
  };
}

/** The table's records, one by one. */
interface Records {
  /** @returns Whether the condition held. @throws Where that is unknown. */
  put(key: LedgerKey, record: LedgerRecord, condition: WriteCondition, signal: AbortSignal): Promise<boolean>;
  read(id: string, signal: AbortSignal): Promise<LedgerRecord | undefined>;
  /** When the sweep last asked GitHub for a delivery. */
  readSweepAsk(key: LedgerKey, signal: AbortSignal): Promise<number | null>;
}

function createRecords({ table, now, call }: Omit<LedgerDeps, 'createNonce'>): Records {
  const get = async (id: string, signal: AbortSignal) => {
    const input = { TableName: table, Key: { id: { S: id } }, ConsistentRead: true };
    return (await call('GetItem', input, signal)).Item;
  };
  return {
    async put(key, record, condition, signal) {
      const input = { TableName: table, Item: toLedgerItem(key, record, now()), ...condition };
      return (await writeConditionally(() => call('PutItem', input, signal))) !== undefined;
    },
    async read(id, signal) {
      const item = await get(id, signal);
      return item === undefined ? undefined : toLedgerRecord(item);
    },
    async readSweepAsk(key, signal) {
      return readSweepAsk(await get(toFailureId(key, key.deliveryId), signal));
    },
  };
}

async function claimRecord(
  request: ClaimRequest,
  records: Records,
  time: ClaimTime,
  signal: AbortSignal,
): Promise<LedgerAnswer> {
  const { key } = request;
  let record: LedgerRecord | undefined;
  for (let race = 0; race < MAX_RACES; race += 1) {
    const decided = decideClaim(record, request, time);
    const decision =
      decided.kind === 'who_asked' ? decided.decide(await records.readSweepAsk(key, signal)) : decided;
    if (decision.kind === 'tell') return decision.answer;
    const { next } = decision;
    const told = decision.kind === 'note' ? decision.answer : undefined;
    const condition = record === undefined ? IS_NEW : isUnchanged(record);
    const put = await attemptPut(() => records.put(key, next, condition, signal));
    if (put === 'written') return told ?? toClaim(key, next);
    // The write may have arrived although its answer was lost, to us or to `call`, which then tried again.
    record = await records.read(toRecordId(key), signal);
    if (record?.nonce === time.nonce) return told ?? toClaim(key, record);
    if (put !== 'refused') throw put.failure;
  }
  return { state: 'busy', until: request.leaseUntil };
}

async function attemptPut(
  put: () => Promise<boolean>,
): Promise<'written' | 'refused' | { readonly failure: unknown }> {
  try {
    return (await put()) ? 'written' : 'refused';
  } catch (failure) {
    return { failure };
  }
}

function toClaim(key: LedgerKey, record: LedgerRecord): Claimed {
  return { state: 'claimed', key, attempt: record.attempts, record };
}

/**
 * An owner's write.
 *
 * @returns false where the record is somebody else's by now.
 */
async function keep(
  { key, record }: Claimed,
  next: LedgerRecord,
  records: Records,
  signal: AbortSignal,
): Promise<boolean> {
  for (let write = 1; ; write += 1) {
    // The condition asks for the format of the release that claimed, which is this one.
    const put = await attemptPut(() =>
      records.put(key, next, isUnchanged({ ...record, state: 'claimed' }), signal),
    );
    if (put === 'written') return true;
    try {
      // This try or an earlier one may have arrived although its answer was lost.
      const found = await records.read(toRecordId(key), signal);
      if (isSame(found, next)) return true;
      if (put === 'refused') return false;
    } catch (error) {
      if (put === 'refused' && (write === MAX_WRITES || signal.aborted)) throw error;
    }
    if (put !== 'refused' && (write === MAX_WRITES || signal.aborted)) throw put.failure;
  }
}

function isSame(found: LedgerRecord | undefined, { fence, nonce, state, started }: LedgerRecord): boolean {
  return (
    found?.fence === fence && found.nonce === nonce && found.state === state && found.started === started
  );
}

function toFault(error: unknown): never {
  if (error instanceof ServiceFault) throw error;
  throw new ServiceFault(
    'ledger_unavailable',
    'The ledger table could not be read or written: check LEDGER_TABLE and the role of the function.',
    { cause: error },
  );
}
