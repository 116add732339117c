/** The ledger as an operator reads it: records by their keys, and the one change that a person may make. */
import {
  BatchGetItemCommand,
  DynamoDBClient,
  type KeysAndAttributes,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { writeConditionally } from '../../lib/aws/dynamodb.ts';
import { isUnchanged, type LedgerItem, toLedgerRecord, toRecordId } from '../../lib/aws/ledger-items.ts';
import { toFailureId } from '../../lib/aws/sweep-items.ts';
import { type Clock, sleep } from '../../lib/async/clock.ts';
import type { LedgerKey, LedgerRecord } from '../../lib/ledger/ledger.ts';
import { CLOSINGS, type Closing } from '../../lib/sweep/store.ts';
import { toAwsOptions } from '../app/aws-options.ts';
import type { Deployed } from '../app/deployed.ts';
import { explainAws } from '../stage/explain-aws.ts';

/** A record, with the key that it was asked for by. */
export interface FoundRecord {
  readonly key: LedgerKey;
  readonly record: LedgerRecord;
}

/** What the sweep knows of a delivery that failed. */
export interface SweepRecord {
  readonly guid: string;
  readonly state: 'open' | Closing;
  /** When it is asked for again. */
  readonly nextAtMs: number | undefined;
  /** How often it was asked for. */
  readonly attempts: number | undefined;
}

/** Every method throws CommandError where DynamoDB refuses or stays silent. */
export interface LedgerRecords {
  /** Those of the records that are there. */
  read(keys: readonly LedgerKey[], signal: AbortSignal): Promise<readonly FoundRecord[]>;
  /** The sweep's records of those of the deliveries that ever failed; what it cannot read is left out. */
  readSweep(
    guids: readonly string[],
    scope: Pick<LedgerKey, 'host' | 'appId'>,
    signal: AbortSignal,
  ): Promise<readonly SweepRecord[]>;
  /**
   * Lets what is done run again for whoever asks next, as though it had been skipped: a redelivery runs it anew. When
   * it ended stays as it was, so that no clock of whoever types decides.
   *
   * @returns Whether the record was still as it was found.
   */
  reopen(found: FoundRecord, signal: AbortSignal): Promise<boolean>;
  close(): void;
}

/** The reason that a reopened record has until it runs. */
export const REOPENED = 'asked for again by hand';

/** The most that DynamoDB gives at once. */
const BATCH_SIZE = 100;

/** Between two tries of what a throttled table left out. */
const PAUSE_MS = 200;
const MAX_ROUNDS = 25;

export function openLedger(deployed: Deployed, clock: Clock): LedgerRecords {
  const client = new DynamoDBClient(toAwsOptions(deployed, 'dynamodb'));
  const table = deployed.ledgerTable;
  const readAll = async (ids: readonly string[], signal: AbortSignal): Promise<readonly LedgerItem[]> => {
    const items: LedgerItem[] = [];
    for (let from = 0; from < ids.length; from += BATCH_SIZE) {
      const batch = ids.slice(from, from + BATCH_SIZE);
      items.push(...(await readBatch(client, table, batch, clock, signal)));
    }
    return items;
  };
  return {
    async read(keys, signal) {
      const byId = new Map(keys.map((key) => [toRecordId(key), key]));
      const items = await readAll([...byId.keys()], signal);
      return items.flatMap((item) => {
        const key = byId.get(item['id']?.S ?? '');
        return key === undefined ? [] : [{ key, record: toLedgerRecord(item) }];
      });
    },
    async readSweep(guids, scope, signal) {
      const byId = new Map(guids.map((guid) => [toFailureId(scope, guid), guid]));
      const items = await readAll([...byId.keys()], signal);
      return items.flatMap((item) => toSweepRecord(byId.get(item['id']?.S ?? ''), item));
    },
    async reopen({ key, record }, signal) {
      const { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues } =
        isUnchanged(record);
      const command = new UpdateItemCommand({
        TableName: table,
        Key: { id: { S: toRecordId(key) } },
        UpdateExpression: 'SET #state = :skipped, reason = :reason',
        ConditionExpression,
        ExpressionAttributeNames,
        ExpressionAttributeValues: {
          ...ExpressionAttributeValues,
          ':skipped': { S: 'skipped' },
          ':reason': { S: REOPENED },
        },
      });
      const send = () => client.send(command, { abortSignal: signal });
      return (
        (await writeConditionally(send).catch(refuse('writes the ledger', 'dynamodb:UpdateItem'))) !==
        undefined
      );
    },
    close: () => client.destroy(),
  };
}

function toSweepRecord(guid: string | undefined, item: LedgerItem): readonly SweepRecord[] {
  const state = (['open', ...CLOSINGS] as const).find((known) => known === item['state']?.S);
  if (guid === undefined || state === undefined) return [];
  const toNumber = (name: string): number | undefined => {
    const digits = item[name]?.N;
    return digits === undefined ? undefined : Number(digits);
  };
  return [{ guid, state, nextAtMs: toNumber('nextAtMs'), attempts: toNumber('attempts') }];
}

/** DynamoDB leaves out what would be too much at once. */
async function readBatch(
  client: DynamoDBClient,
  table: string,
  ids: readonly string[],
  clock: Clock,
  signal: AbortSignal,
) {
  const items = [];
  let wanted: KeysAndAttributes | undefined = {
    Keys: ids.map((id) => ({ id: { S: id } })),
    ConsistentRead: true,
  };
  for (let round = 0; wanted !== undefined; round += 1) {
    if (round === MAX_ROUNDS)
      throw explainAws(new Error('throttled'), 'reads the ledger', 'dynamodb:BatchGetItem');
    if (round > 0) await sleep(clock, PAUSE_MS, signal);
    const command: BatchGetItemCommand = new BatchGetItemCommand({ RequestItems: { [table]: wanted } });
    const { Responses: responses, UnprocessedKeys: left } = await client
      .send(command, { abortSignal: signal })
      .catch(refuse('reads the ledger', 'dynamodb:BatchGetItem'));
    items.push(...(responses?.[table] ?? []));
    wanted = left?.[table];
  }
  return items;
}

function refuse(what: string, right: string): (error: unknown) => never {
  return (error) => {
    throw explainAws(error, what, right);
  };
}
