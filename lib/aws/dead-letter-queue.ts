/** Where the dead letters of a queue are. */
import { GetQueueAttributesCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { readField } from '../json/json.ts';

const LOOK_UP_TIMEOUT_MS = 5_000;

/** @throws Error where the queue has no redrive policy. */
export async function findDeadLetterUrl(client: SQSClient, queueUrl: string): Promise<string> {
  const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['RedrivePolicy'] });
  const { Attributes } = await client.send(command, inTime());
  const target = readField(JSON.parse(Attributes?.['RedrivePolicy'] ?? '{}'), 'deadLetterTargetArn');
  if (typeof target !== 'string') throw new Error('the queue has no redrive policy');
  return findQueueUrl(client, target);
}

export async function findQueueUrl(client: SQSClient, arn: string): Promise<string> {
  const [, , , , account, name] = arn.split(':');
  const command = new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: account });
  const { QueueUrl: url } = await client.send(command, inTime());
  return url ?? '';
}

/** Without it the SDK waits for ever. */
function inTime() {
  return { abortSignal: AbortSignal.timeout(LOOK_UP_TIMEOUT_MS) };
}
