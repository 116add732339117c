/** DynamoDB on loopback, with a ledger table as the deployment makes it. */
import { once } from 'node:events';
import {
  CreateTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { closeServer, toUrl } from '../http/loopback.ts';

export interface DynamoDB {
  /** What `AWS_ENDPOINT_URL_DYNAMODB` is set to. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * A conditional write has one winner, as in the real one.
 *
 * @param path The folder of its tables, which no other process has open. Default: in memory.
 */
export async function createDynamoDB(path?: string): Promise<DynamoDB> {
  const server = dynalite({ createTableMs: 0, ...(path !== undefined && { path }) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: toUrl(server), close: () => closeServer(server) };
}

/** Credentials for stand-ins, which check none. */
export const LOCAL_AWS = {
  region: 'eu-west-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
} as const;

/** Makes the table that `LEDGER_TABLE` names, unless it is there. */
export async function createLedgerTable(url: string, table: string): Promise<void> {
  const client = new DynamoDBClient({ ...LOCAL_AWS, endpoint: url });
  const command = new CreateTableCommand({
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  });
  await client.send(command).catch((error: unknown) => {
    if (!(error instanceof ResourceInUseException)) throw error;
  });
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1, maxDelay: 1 }, { TableName: table });
  client.destroy();
}
