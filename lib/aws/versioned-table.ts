/**
 * Records with a version of their format in `v`, in a table with the string key `id` and the TTL
 * attribute `expiresAt`. Every write is conditional; what a record means is its owner's business.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { ServiceFault } from '../faults.ts';
import type { StoredFormat } from '../stored-format.ts';
import { type DynamoDBCall, getItem, type Item, toItemOf, writeConditionally } from './dynamodb.ts';

/** A change of one record. In its condition, `#name` is an attribute, and `READABLE` must be part of it. */
interface Change {
  readonly set?: Item;
  readonly remove?: readonly string[];
  readonly add?: Item;
  readonly delete?: Item;
  readonly condition: string;
  readonly values?: Item;
}

/** Conditions every write begins with: a record in a format that is not read is never written. */
export const READABLE = '#v BETWEEN :oldest AND :newest';
/** The same, and a record that is not there yet. */
export const READABLE_OR_NEW = `(attribute_not_exists(#id) OR ${READABLE})`;

/** Every method throws ServiceFault `ledger_unavailable`. */
export interface VersionedTable {
  readonly get: (key: string) => Promise<Item | undefined>;
  /** @returns Whether there was no such record, and now is. */
  readonly create: (key: string, item: Item) => Promise<boolean>;
  /**
   * Changes what it names and leaves the rest, also what only a newer release knows; `v` then says that
   * this release wrote last.
   *
   * @returns The record as it is now; undefined where the condition did not hold.
   */
  readonly update: (key: string, change: Change) => Promise<Item | undefined>;
  readonly isReadable: (item: Item) => boolean;
}

interface VersionedTableOptions {
  readonly call: DynamoDBCall;
  readonly table: string;
  readonly format: StoredFormat;
  /** From the last write of a record. */
  readonly lifetimeSeconds: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Reads are consistent. Every write puts off the end of its record: `lifetimeSeconds` from then on. */
export function createVersionedTable(options: VersionedTableOptions): VersionedTable {
  const { call, table, format, lifetimeSeconds, now } = options;
  const range: Item = { ':oldest': toN(format.oldest), ':newest': toN(format.newest) };
  const toStamp = (): Item => ({
    v: toN(format.written),
    expiresAt: toN(Math.floor(now() / 1000) + lifetimeSeconds),
  });

  return {
    isReadable: (item) => format.reads(readNumber(item, 'v')),

    get: (key) => getItem(call, { table, id: key }).catch(toFault),

    async create(key, item) {
      const input = {
        TableName: table,
        Item: { ...item, ...toStamp(), id: { S: key } },
        ConditionExpression: 'attribute_not_exists(id)',
      };
      return (await writeConditionally(() => call('PutItem', input)).catch(toFault)) !== undefined;
    },

    async update(key, change) {
      const input = {
        TableName: table,
        Key: { id: { S: key } },
        ...toExpressions({ ...change, set: { ...change.set, ...toStamp() } }, range),
        ReturnValues: 'ALL_NEW',
      } as const;
      const write = async (): Promise<Item> => toItemOf(key, (await call('UpdateItem', input)).Attributes);
      return writeConditionally(write).catch(toFault);
    },
  };
}

/** The number of an attribute; undefined where it is missing, or is none. */
export function readNumber(item: Item | undefined, name: string): number | undefined {
  const text = item?.[name]?.N;
  return text === undefined ? undefined : Number(text);
}

export function toN(value: number): AttributeValue {
  return { N: String(value) };
}

function toExpressions(
  { set = {}, remove = [], add = {}, delete: taken = {}, condition, values }: Change,
  range: Item,
) {
  const allValues: Item = { ...range, ...values };
  const toClause = (verb: string, changes: Item, operator: string): readonly string[] => {
    const parts = Object.entries(changes).map(([name, value]) => {
      allValues[`:new_${name}`] = value;
      return `#${name}${operator} :new_${name}`;
    });
    return parts.length === 0 ? [] : [`${verb} ${parts.join(', ')}`];
  };
  const update = [
    ...toClause('SET', set, ' ='),
    ...(remove.length === 0 ? [] : [`REMOVE ${remove.map((name) => `#${name}`).join(', ')}`]),
    ...toClause('ADD', add, ''),
    ...toClause('DELETE', taken, ''),
  ].join(' ');
  const names: Record<string, string> = {};
  for (const [alias, name = ''] of `${update} ${condition}`.matchAll(/#(\w+)/g)) names[alias] = name;
  return {
    UpdateExpression: update,
    ConditionExpression: condition,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: allValues,
  };
}

function toFault(cause: unknown): never {
  throw new ServiceFault('ledger_unavailable', 'DynamoDB did not read or write a record of the sweep.', {
    cause,
  });
}
