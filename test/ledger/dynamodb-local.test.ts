import { describe } from 'vitest';
import { hasJava, startDynamoDBLocal } from '../harness/dynamodb-local.ts';
import { describeLedger } from './contract.ts';

describe.skipIf(!hasJava)('on a host with Java (skipped where there is none)', () => {
  describeLedger('DynamoDB Local', startDynamoDBLocal);
});
