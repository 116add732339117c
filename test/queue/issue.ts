/** One issue of `octo-org/widgets` in a queued deployment: deliveries about it, their messages, and its comments. */
import { randomUUID } from 'node:crypto';
import { DeleteMessageCommand, type Message } from '@aws-sdk/client-sqs';
import { type JsonObject, toObject } from '../../lib/json/json.ts';
import { receive, toSqsEvent } from '../../local/aws/event-source.ts';
import type { LambdaFunction } from '../../local/aws/lambda.ts';
import type { Deployment } from '../harness/deployment.ts';

/** What a payload needs for a token of the repository. */
export const PAYLOAD = {
  issue: { number: 14 },
  repository: { id: 186853002, name: 'widgets', full_name: 'octo-org/widgets', owner: { login: 'octo-org' } },
  installation: { id: 51230417 },
};

/** Of which nothing runs out, however busy the machine is. */
export const LONG_MS = 60_000;

export interface Delivered {
  readonly id: string;
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly answer: JsonObject;
}

/** Sends a delivery of `issues` to the webhook function. */
export async function deliver(
  scene: Deployment,
  payload: object,
  { id = randomUUID(), event = 'issues' }: { readonly id?: string; readonly event?: string } = {},
): Promise<Delivered> {
  const { status, headers, body } = await scene.deliver(payload, { event, id });
  return { id, status, retryAfter: headers['retry-after'], answer: toObject(body) };
}

/** Takes the next message of the queue, which hides it from others for a while. */
export async function takeOne({ sqs }: Deployment): Promise<Message> {
  const [message] = await receive(sqs, 1);
  if (message === undefined) throw new Error('the queue is empty');
  return message;
}

/**
 * Hands a message to a worker, as though its waiting time had passed.
 *
 * @param timeoutMs For this once, in place of the worker's.
 * @returns What the worker hands back.
 */
export async function hand(
  { sqs }: Deployment,
  worker: LambdaFunction,
  message: Message,
  timeoutMs?: number,
): Promise<readonly unknown[]> {
  const { batchItemFailures } = toObject(await worker.invoke(toSqsEvent([message], sqs.queueArn), timeoutMs));
  return Array.isArray(batchItemFailures) ? batchItemFailures : [];
}

/** Has a worker load all that it needs, by a message of its own: what it is to do next takes it little time. */
export async function warm(scene: Deployment, worker: LambdaFunction): Promise<void> {
  await deliver(scene, { ...PAYLOAD, action: 'edited' });
  const message = await takeOne(scene);
  const back = await hand(scene, worker, message, LONG_MS);
  if (back.length > 0) throw new Error('the worker could not be warmed');
  const { client, queueUrl } = scene.sqs;
  await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }));
}

/** Bodies of the comments on the issue. */
export async function commentsOn({ github }: Deployment): Promise<readonly string[]> {
  return (await github.seen.comments('octo-org/widgets', 14)).map(({ body }) => body);
}
