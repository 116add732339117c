/** Whether the ledger has a record: all that the sweep asks of it. */
import { ServiceFault } from '../faults.ts';
import type { LedgerKey } from '../ledger/ledger.ts';
import type { DynamoDBCall, DynamoDBOperations } from './dynamodb.ts';
import { toRecordId } from './ledger-items.ts';
import { heldTo } from './rights.ts';

interface LedgerReader {
  /** @throws ServiceFault `ledger_unavailable` */
  has(key: LedgerKey, signal: AbortSignal): Promise<boolean>;
}

/** The call is held to `GetItem`: whoever only reads has no right to more. */
export function createLedgerReader({
  table,
  call: anyCall,
}: {
  readonly table: string;
  readonly call: DynamoDBCall;
}): LedgerReader {
  const call = heldTo<DynamoDBOperations>('ledgerReader', anyCall);
  return {
    async has(key, signal) {
      const input = { TableName: table, Key: { id: { S: toRecordId(key) } }, ProjectionExpression: 'id' };
      try {
        return (await call('GetItem', input, signal)).Item !== undefined;
      } catch (cause) {
        throw new ServiceFault('ledger_unavailable', 'DynamoDB did not read a record of the ledger.', {
          cause,
        });
      }
    },
  };
}
