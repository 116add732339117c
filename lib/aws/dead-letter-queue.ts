/** Where the dead letters of a queue are. */
import type {
  GetQueueAttributesCommandInput,
  GetQueueAttributesCommandOutput,
  GetQueueUrlCommandInput,
  GetQueueUrlCommandOutput,
} from '@aws-sdk/client-sqs';
import { within } from '../async/abort.ts';
import type { Clock } from '../async/clock.ts';
import { readField } from '../json/json.ts';

/** What SQS is asked: by our own calls in a function, by the SDK's client on a laptop. */
export interface QueueLookUps {
  attributes(
    input: GetQueueAttributesCommandInput,
    signal: AbortSignal,
  ): Promise<Pick<GetQueueAttributesCommandOutput, 'Attributes'>>;
  url(
    input: GetQueueUrlCommandInput,
    signal: AbortSignal,
  ): Promise<Pick<GetQueueUrlCommandOutput, 'QueueUrl'>>;
}

/** Of each look-up, its repetitions included. */
const LOOK_UP_TIMEOUT_MS = 5_000;

/** @throws Error where the queue has no redrive policy. */
export async function findDeadLetterUrl(
  lookUps: QueueLookUps,
  queueUrl: string,
  clock: Clock,
): Promise<string> {
  const { Attributes } = await within(clock, LOOK_UP_TIMEOUT_MS, (signal) =>
    lookUps.attributes({ QueueUrl: queueUrl, AttributeNames: ['RedrivePolicy'] }, signal),
  );
  const target = readField(JSON.parse(Attributes?.['RedrivePolicy'] ?? '{}'), 'deadLetterTargetArn');
  if (typeof target !== 'string') throw new Error('the queue has no redrive policy');
  return findQueueUrl(lookUps, target, clock);
}

export async function findQueueUrl(
  lookUps: Pick<QueueLookUps, 'url'>,
  arn: string,
  clock: Clock,
): Promise<string> {
  const [, , , , account, name] = arn.split(':');
  const { QueueUrl: url } = await within(clock, LOOK_UP_TIMEOUT_MS, (signal) =>
    lookUps.url({ QueueName: name, QueueOwnerAWSAccountId: account }, signal),
  );
  return url ?? '';
}
