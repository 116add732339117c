/** Keeps the ledger in a DynamoDB table: string hash key `id`, TTL attribute `expiresAt`. */
import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import {
  decideClaim,
  toSettled,
  type LedgerAnswer,
  type Claimed,
  type ClaimRequest,
  type Ledger,
  type LedgerKey,
  type LedgerRecord,
} from '../ledger/ledger.ts';
import { ServiceFault } from '../faults.ts';
import { createClientOptions } from './client-options.ts';
import { writeConditionally } from './conditional-write.ts';
import { heldTo } from './rights.ts';

interface LedgerDeps {
  readonly table: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly client?: DynamoDBClient;
}

type Item = Record<string, AttributeValue>;

/**
 * A record outlives GitHub's log (3 days, 7 on GHES) and the queues: a message may wait 14 days and
 * then 14 more among the dead letters, and whoever redrives it must not run what is done.
 */
const RETENTION_SECONDS = 30 * 24 * 60 * 60;

/** Losing the race for a record so often means that others do get it. */
const MAX_RACES = 3;

/** Settling is tried so often: a handler's success must not be forgotten for one lost packet. */
const MAX_SETTLE_ATTEMPTS = 3;

export interface TableLedger extends Ledger {
  /** Reads a record that is not there: the first claim finds the connection open and the client's code compiled. */
  prepare(signal: AbortSignal): Promise<void>;
}

/** The claim of a new delivery is one conditional write; only a repeat reads first. */
export function createLedger({
  table,
  now,
  client = heldTo('ledger', new DynamoDBClient(createClientOptions())),
}: LedgerDeps): TableLedger {
  const put = async (key: LedgerKey, record: LedgerRecord, condition: Condition, signal: AbortSignal) => {
    const command = new PutItemCommand({ TableName: table, Item: toItem(key, record, now()), ...condition });
    const written = await writeConditionally(() => client.send(command, { abortSignal: signal }));
    return written !== undefined;
  };

  const read = async (id: string, signal: AbortSignal): Promise<LedgerRecord | undefined> => {
    const command = new GetItemCommand({ TableName: table, Key: { id: { S: id } }, ConsistentRead: true });
    const { Item: item } = await client.send(command, { abortSignal: signal });
    return item === undefined ? undefined : toRecord(item);
  };

  const claim = async (request: ClaimRequest, signal: AbortSignal): Promise<LedgerAnswer> => {
    const { key } = request;
    let record: LedgerRecord | undefined;
    for (let race = 0; race < MAX_RACES; race += 1) {
      const decision = decideClaim(record, request, now());
      if ('state' in decision) return decision;
      const { next } = decision;
      if (await put(key, next, record === undefined ? IS_NEW : isUnchanged(record), signal)) {
        return { state: 'claimed', key, fence: next.fence, attempt: next.attempts, carrier: next.carrier };
      }
      record = await read(toId(key), signal);
    }
    return { state: 'busy', until: request.leaseUntil };
  };

  const settle = async (claimed: Claimed, record: LedgerRecord, signal: AbortSignal) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (await put(claimed.key, record, isOwn(claimed, record), signal)) return 'settled';
        // An earlier try may have arrived although its answer was lost.
        const found = await read(toId(claimed.key), signal);
        return found?.fence === record.fence && found.state === record.state ? 'settled' : 'lost';
      } catch (error) {
        if (attempt === MAX_SETTLE_ATTEMPTS || signal.aborted) throw error;
      }
    }
  };

  return {
    claim: (request, signal) => claim(request, signal).catch(toFault),
    settle: (claimed, settlement, signal) =>
      settle(claimed, toSettled(claimed, settlement), signal).catch(toFault),
    async prepare(signal) {
      await read('prepare', signal);
    },
  };
}

interface Condition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Item;
}

const IS_NEW: Condition = { ConditionExpression: 'attribute_not_exists(id)' };

/**
 * Every claim raises the fence and every settlement changes the state, so these two tell any change. In a
 * format that this release does not read they may mean something else: `v` keeps it from writing there.
 */
function isUnchanged({ fence, state, v }: Pick<LedgerRecord, 'fence' | 'state' | 'v'>): Condition {
  return {
    ConditionExpression: 'v = :v AND fence = :fence AND #state = :state',
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: {
      ':v': { N: String(v) },
      ':fence': { N: String(fence) },
      ':state': { S: state },
    },
  };
}

/** @param record What is to be written now: by the release that wrote the claim. */
function isOwn({ fence }: Claimed, { v }: LedgerRecord): Condition {
  return isUnchanged({ fence, state: 'claimed', v });
}

function toId({ host, appId, hookId, deliveryId, handler }: LedgerKey): string {
  return ['delivery', host, appId, hookId ?? '-', deliveryId, handler].join('#');
}

function toItem(key: LedgerKey, record: LedgerRecord, nowMs: number): Item {
  return {
    id: { S: toId(key) },
    v: { N: String(record.v) },
    state: { S: record.state },
    fence: { N: String(record.fence) },
    attempts: { N: String(record.attempts) },
    leaseUntilMs: { N: String(record.leaseUntilMs) },
    expiresAt: { N: String(Math.floor(nowMs / 1000) + RETENTION_SECONDS) },
    ...(record.carrier !== null && { carrier: { S: record.carrier } }),
    ...(record.reason !== null && { reason: { S: record.reason } }),
  };
}

function toRecord(item: Item): LedgerRecord {
  const state = STATES.find((known) => known === item['state']?.S);
  const v = Number(item['v']?.N);
  // A state that this release does not know was written by a later one, whatever it says.
  const readable = state !== undefined && Number.isInteger(v);
  return {
    v: readable ? v : Infinity,
    state: state ?? 'claimed',
    fence: Number(item['fence']?.N ?? 0),
    attempts: Number(item['attempts']?.N ?? 0),
    leaseUntilMs: Number(item['leaseUntilMs']?.N ?? 0),
    carrier: item['carrier']?.S ?? null,
    reason: item['reason']?.S ?? null,
  };
}

const STATES: readonly LedgerRecord['state'][] = ['claimed', 'done', 'skipped', 'failed', 'given_up'];

function toFault(error: unknown): never {
  if (error instanceof ServiceFault) throw error;
  throw new ServiceFault(
    'ledger_unavailable',
    'The ledger table could not be read or written: check LEDGER_TABLE and the role of the function.',
    {
      cause: error,
    },
  );
}
