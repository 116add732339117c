/**
 * The event source mapping: takes messages from the queue, invokes the worker with them, and takes
 * those off the queue that the worker did not hand back. As Lambda does it.
 */
import { DeleteMessageCommand, ReceiveMessageCommand, type Message } from '@aws-sdk/client-sqs';
import { type Clock, sleep, SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { LOCAL_AWS } from './dynamodb.ts';
import { toObject } from '../../lib/json/json.ts';
import type { Sqs } from './sqs.ts';

export interface EventSource {
  /** Stops after the batches under way. */
  stop(): Promise<void>;
}

interface EventSourceOptions {
  readonly sqs: Sqs;
  /** Throws where the function failed as a whole: then nothing is taken off. */
  readonly invoke: (event: unknown) => Promise<unknown>;
  /** Batches at work side by side. */
  readonly concurrency?: number;
  readonly batchSize?: number;
  readonly onError?: (error: unknown) => void;
  /** Default: this machine's, as is the queue's. */
  readonly clock?: Clock;
}

/** The stand-in rounds waiting up to whole seconds, so the wait is ours. */
const IDLE_MS = 50;

export function startEventSource({
  sqs,
  invoke,
  concurrency = 2,
  batchSize = 10,
  onError = () => {},
  clock = SYSTEM_CLOCK,
}: EventSourceOptions): EventSource {
  const stopped = new AbortController();
  const { signal } = stopped;
  const idle = (): Promise<void> => sleep(clock, IDLE_MS, signal).catch(() => {});

  const poll = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        const messages = await receive(sqs, batchSize);
        if (messages.length === 0 || signal.aborted) await idle();
        else await work(messages);
      } catch (error) {
        onError(error);
        await idle();
      }
    }
  };

  const work = async (messages: readonly Message[]): Promise<void> => {
    const back = toFailedIds(await invoke(toSqsEvent(messages, sqs.queueArn)));
    const done = messages.filter(({ MessageId }) => MessageId !== undefined && !back.has(MessageId));
    await Promise.all(
      done.map(({ ReceiptHandle }) =>
        sqs.client.send(new DeleteMessageCommand({ QueueUrl: sqs.queueUrl, ReceiptHandle })),
      ),
    );
  };

  const polls = Array.from({ length: concurrency }, poll);
  return {
    async stop() {
      stopped.abort();
      await Promise.all(polls);
    },
  };
}

/** Takes up to so many messages, hidden from others until their visibility ends. */
export async function receive({ client, queueUrl }: Sqs, most = 10): Promise<readonly Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: most,
    // Under its old name: the stand-in does not know `MessageSystemAttributeNames`.
    AttributeNames: ['All'],
    MessageAttributeNames: ['All'],
  });
  const { Messages: messages = [] } = await client.send(command);
  return messages;
}

/** The event that Lambda makes of a batch. */
export function toSqsEvent(messages: readonly Message[], queueArn: string) {
  return {
    Records: messages.map(({ MessageId, ReceiptHandle, Body, Attributes, MessageAttributes, MD5OfBody }) => ({
      messageId: MessageId,
      receiptHandle: ReceiptHandle,
      body: Body,
      attributes: Attributes ?? {},
      messageAttributes: toLambdaAttributes(MessageAttributes),
      md5OfBody: MD5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: queueArn,
      awsRegion: LOCAL_AWS.region,
    })),
  };
}

/** Lambda writes their fields small. */
function toLambdaAttributes(attributes: Message['MessageAttributes'] = {}) {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { StringValue, DataType }]) => [
      name,
      { stringValue: StringValue, dataType: DataType, stringListValues: [], binaryListValues: [] },
    ]),
  );
}

/** The messages that the worker hands back, by id. */
export function toFailedIds(result: unknown): ReadonlySet<string> {
  const { batchItemFailures } = toObject(result);
  const failures: readonly unknown[] = Array.isArray(batchItemFailures) ? batchItemFailures : [];
  return new Set(failures.map((failure) => String(toObject(failure)['itemIdentifier'])));
}
