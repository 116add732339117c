/** DynamoDB, as far as hookmint calls it. */
import type {
  AttributeValue,
  GetItemCommandInput,
  GetItemCommandOutput,
  PutItemCommandInput,
  PutItemCommandOutput,
  UpdateItemCommandInput,
  UpdateItemCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { type AwsCall, type CallDeps, createAwsCall } from './call.ts';

/** Without binary attributes: in JSON these are base64, which nobody here writes or reads. */
export interface DynamoDBOperations {
  readonly GetItem: {
    readonly input: GetItemCommandInput;
    readonly output: Pick<GetItemCommandOutput, 'Item'>;
  };
  readonly PutItem: {
    readonly input: PutItemCommandInput;
    readonly output: Pick<PutItemCommandOutput, 'Attributes'>;
  };
  readonly UpdateItem: {
    readonly input: UpdateItemCommandInput;
    readonly output: Pick<UpdateItemCommandOutput, 'Attributes'>;
  };
}

/** Calls of DynamoDB. What `AwsCall` says of tries and errors holds. */
export type DynamoDBCall = AwsCall<DynamoDBOperations>;

/** @throws Error As `toEndpoint`: where the environment does not say where DynamoDB is. */
export function createDynamoDBCall(deps: CallDeps): DynamoDBCall {
  return createAwsCall('dynamodb', deps);
}

export type Item = Record<string, AttributeValue>;

/** Reads a record, as it is after all writes that were answered; undefined where there is none. @throws As `toItemOf`. */
export async function getItem(
  call: AwsCall<Pick<DynamoDBOperations, 'GetItem'>>,
  { table, id }: { readonly table: string; readonly id: string },
  signal?: AbortSignal,
): Promise<Item | undefined> {
  const input = { TableName: table, Key: { id: { S: id } }, ConsistentRead: true };
  const { Item: item } = await call('GetItem', input, signal);
  return item === undefined ? undefined : toItemOf(id, item);
}

/** @throws Error for an item that is not this record's: whoever believed it would take another's work for done. */
export function toItemOf(id: string, item: Item | undefined): Item {
  if (item?.['id']?.S === id) return item;
  throw new Error('DynamoDB answered with another record than it was asked for');
}

/**
 * Makes a conditional write.
 *
 * @returns undefined where its condition did not hold, and nothing was written.
 * @throws What `AwsCall` throws: whether it was written is then unknown.
 */
export async function writeConditionally<T>(write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return undefined;
    throw error;
  }
}
