/** A ledger table for the tests of this folder: in the stand-in, and in Amazon's own where there is Java. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoDBCall, type DynamoDBCall } from '../../lib/aws/dynamodb.ts';
import { createDynamoDB, createLedgerTable, LOCAL_AWS, type DynamoDB } from '../../local/aws/dynamodb.ts';
import { toCallDeps } from '../harness/aws-calls.ts';
import { startDynamoDBLocal } from '../harness/dynamodb-local.ts';

export { hasJava } from '../harness/dynamodb-local.ts';

export interface Dynamo {
  /** For the tests to look into the table. */
  readonly client: DynamoDBClient;
  /** What the functions call. */
  readonly call: DynamoDBCall;
  /** Done after each of their calls, before its answer is handed on. */
  after: (operation: string) => Promise<void> | void;
  /** Keyed by `id`, as the ledger's. */
  readonly table: string;
  stop(): Promise<void>;
}

const TABLE = 'ledger';

export async function startDynalite(): Promise<Dynamo> {
  return withTable(await createDynamoDB());
}

export async function startDynamoDbLocal(): Promise<Dynamo> {
  return withTable(await startDynamoDBLocal());
}

async function withTable(dynamodb: DynamoDB): Promise<Dynamo> {
  await createLedgerTable(dynamodb.url, TABLE);
  const client = new DynamoDBClient({ ...LOCAL_AWS, endpoint: dynamodb.url });
  const call = createDynamoDBCall(toCallDeps(dynamodb.url));
  const dynamo: Dynamo = {
    client,
    async call(operation, input, signal) {
      const answer = await call(operation, input, signal);
      await dynamo.after(operation);
      return answer;
    },
    after: () => {},
    table: TABLE,
    async stop() {
      client.destroy();
      await dynamodb.close();
    },
  };
  return dynamo;
}
