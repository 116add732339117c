/** Keeps the ledger in a DynamoDB table: string hash key `id`, TTL attribute `expiresAt`. */
import { randomUUID } from 'node:crypto';
import { ServiceFault } from '../faults.ts';
import { toIgnored, toIgnoredKey } from '../ledger/ignored.ts';
import type { Ledger, LedgerKey, LedgerRecord, NoteIgnored } from '../ledger/ledger.ts';
import { toSettled } from '../ledger/record.ts';
import { claimSteps, settleSteps, type Put, type Step } from '../ledger/steps.ts';
import { type DynamoDBCall, type DynamoDBOperations, getItem, writeConditionally } from './dynamodb.ts';
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

export interface TableLedger extends Ledger {
  readonly noteIgnored: NoteIgnored;
  /** Reads a record that is not there: the first claim finds the connection open and the client's code compiled. */
  prepare(signal: AbortSignal): Promise<void>;
}

/** The ledger in DynamoDB. Its calls are held to what the role of a function allows: `GetItem` and `PutItem`. */
export function createLedger({ table, now, call, createNonce = randomUUID }: LedgerDeps): TableLedger {
  const records = createRecords({ table, now, call: heldTo<DynamoDBOperations>('ledger', call) });
  return {
    async claim(request, signal) {
      const steps = claimSteps(request, { nowMs: now(), nonce: createNonce() });
      return take(steps, request.key, records, signal).catch(toFault);
    },
    async settle(claimed, settlement, signal) {
      const steps = settleSteps(claimed, toSettled(claimed, settlement, now()));
      return (await take(steps, claimed.key, records, signal).catch(toFault)) ? 'settled' : 'lost';
    },
    async noteIgnored(delivery, signal) {
      const key = toIgnoredKey(delivery);
      // Where it stands there already it says the same, and may be a later release's.
      await records.put(key, toIgnored(now()), IS_NEW, signal).catch(toFault);
    },
    async prepare(signal) {
      await records.read('prepare', signal);
    },
  };
}

/** The table's records, one by one. */
interface Records {
  /** @throws Where it is unknown whether the condition held. */
  put(
    key: LedgerKey,
    record: LedgerRecord,
    condition: WriteCondition,
    signal: AbortSignal,
  ): Promise<Exclude<Put, 'unknown'>>;
  read(id: string, signal: AbortSignal): Promise<LedgerRecord | undefined>;
  /** When the sweep last asked GitHub for a delivery. */
  readSweepAsk(key: LedgerKey, signal: AbortSignal): Promise<number | null>;
}

function createRecords({ table, now, call }: Omit<LedgerDeps, 'createNonce'>): Records {
  const get = (id: string, signal: AbortSignal) => getItem(call, { table, id }, signal);
  return {
    async put(key, record, condition, signal) {
      const input = { TableName: table, Item: toLedgerItem(key, record, now()), ...condition };
      const written = await writeConditionally(() => call('PutItem', input, signal));
      return written === undefined ? 'refused' : 'written';
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

/** Makes the calls of an owner. @throws What the last call that failed threw, where that is how it ends. */
async function take<Result>(
  start: Step<Result>,
  key: LedgerKey,
  records: Records,
  signal: AbortSignal,
): Promise<Result> {
  let failure: unknown;
  const attempt = async <T>(call: Promise<T>): Promise<T | 'unknown'> => {
    try {
      return await call;
    } catch (error) {
      failure = error;
      if (signal.aborted) throw error;
      return 'unknown';
    }
  };
  for (let step = start; ;) {
    switch (step.call) {
      case 'put': {
        const condition = step.over === undefined ? IS_NEW : isUnchanged(step.over);
        step = step.after(await attempt(records.put(key, step.record, condition, signal)));
        break;
      }
      case 'read':
        step = step.after(await attempt(records.read(toRecordId(key), signal)));
        break;
      case 'read_sweep_ask':
        step = step.after(await records.readSweepAsk(key, signal));
        break;
      case 'none':
        if (step.result === 'unknown') throw failure;
        return step.result;
    }
  }
}

function toFault(error: unknown): never {
  if (error instanceof ServiceFault) throw error;
  throw new ServiceFault(
    'ledger_unavailable',
    'The ledger table could not be read or written: check LEDGER_TABLE and the role of the function.',
    { cause: error },
  );
}
