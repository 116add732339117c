import { createDynamoDB } from '../../local/dynamodb.ts';
import { describeLedger } from './contract.ts';

describeLedger('dynalite', createDynamoDB);
