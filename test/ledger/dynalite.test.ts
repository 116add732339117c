import { createDynamoDB } from '../../local/aws/dynamodb.ts';
import { describeLedger } from './contract.ts';

describeLedger('dynalite', createDynamoDB);
