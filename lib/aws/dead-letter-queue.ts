/** Where the dead letters of a queue are. */
import { GetQueueAttributesCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { within } from '../async/abort.ts';
import type { Clock } from '../async/clock.ts';
import { readField } from '../json/json.ts';

/** Without a limit the SDK waits for ever. */
const LOOK_UP_TIMEOUT_MS = 5_000;

/** @throws Error where the queue has no redrive policy. */
export async function findDeadLetterUrl(client: SQSClient, queueUrl: string, clock: Clock): Promise<string> {
  const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['RedrivePolicy'] });
  const { Attributes } = await inTime(clock, (abortSignal) => client.send(command, { abortSignal }));
  const target = readField(JSON.parse(Attributes?.['RedrivePolicy'] ?? '{}'), 'deadLetterTargetArn');
  if (typeof target !== 'string') throw new Error('the queue has no redrive policy');
  return findQueueUrl(client, target, clock);
}

export async function findQueueUrl(client: SQSClient, arn: string, clock: Clock): Promise<string> {
  const [, , , , account, name] = arn.split(':');
  const command = new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: account });
  const { QueueUrl: url } = await inTime(clock, (abortSignal) => client.send(command, { abortSignal }));
  return url ?? '';
}

function inTime<T>(clock: Clock, send: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return within(clock, LOOK_UP_TIMEOUT_MS, send);
}
