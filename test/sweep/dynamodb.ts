/** A ledger table for the tests of this folder: in the stand-in, and in Amazon's own where there is Java. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoDB, createLedgerTable, LOCAL_AWS, type DynamoDB } from '../../local/aws/dynamodb.ts';
import { startDynamoDBLocal } from '../harness/dynamodb-local.ts';

export { hasJava } from '../harness/dynamodb-local.ts';

export interface Dynamo {
  readonly client: DynamoDBClient;
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
  return {
    client,
    table: TABLE,
    async stop() {
      client.destroy();
      await dynamodb.close();
    },
  };
}
