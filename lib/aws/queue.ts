/** Keeps the queue with SQS. */
import { hash } from 'node:crypto';
import { within } from '../async/abort.ts';
import type { Clock } from '../async/clock.ts';
import { createMemo } from '../async/memo.ts';
import { ServiceFault } from '../faults.ts';
import type { Log } from '../log/log.ts';
import type { Tracer } from '../tracing/tracer.ts';
import type { QueueReader, QueueRecord, QueueWriter } from '../queue/queue.ts';
import { findDeadLetterUrl, findQueueUrl, type QueueLookUps } from './dead-letter-queue.ts';
import { heldTo } from './rights.ts';
import type { SqsCall, SqsOperations, Taken } from './sqs.ts';

/**
 * Largest message: 1 MiB with its attributes, less what it takes to bury it with a reason. Source: SQS,
 * "Message quotas".
 */
const MAX_MESSAGE_BYTES = 1024 * 1024 - 4096;

/** Three bytes at most for each. */
const MAX_REASON_LENGTH = 1_000;

/** Only ASCII punctuation and alphanumerics, 128 at most. Source: SQS, `MessageGroupId`. */
const MAX_GROUP_LENGTH = 128;

interface WriterDeps {
  readonly queueUrl: string;
  readonly call: SqsCall;
  /** What is under way here goes with the message, and what the worker does continues it. */
  readonly tracer?: Pick<Tracer, 'carry'> | undefined;
}

/** Fair queues: on a standard queue the group is a tenant, not an order. */
export function createQueueWriter({ queueUrl, call: anyCall, tracer }: WriterDeps): QueueWriter {
  const call = heldTo<SqsOperations>('queueWriter', anyCall);
  return {
    async send(message, group, signal) {
      if (Buffer.byteLength(message) > MAX_MESSAGE_BYTES) {
        throw new ServiceFault(
          'delivery_too_large',
          'The delivery does not fit into a message; the sweep hands it over.',
        );
      }
      const traceparent = tracer?.carry();
      const input = {
        QueueUrl: queueUrl,
        MessageBody: message,
        ...(traceparent !== undefined && {
          MessageAttributes: { traceparent: { DataType: 'String', StringValue: traceparent } },
        }),
        MessageGroupId: group.slice(0, MAX_GROUP_LENGTH),
      };
      try {
        checkTaken(message, await call('SendMessage', input, signal));
      } catch (cause) {
        throw unavailable(cause);
      }
    },
  };
}

interface ReaderDeps {
  /** Of the queue that the worker is fed from; where it is not configured, the record's ARN tells. */
  readonly queueUrl: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly call: SqsCall;
}

const BURY_TIMEOUT_MS = 5_000;
const POSTPONE_TIMEOUT_MS = 2_000;

/** Finds the dead letters by the redrive policy of the queue, so that no setting can name others. */
export function createQueueReader({ queueUrl, clock, log, call: anyCall }: ReaderDeps): QueueReader {
  const call = heldTo<SqsOperations>('queueReader', anyCall);
  const lookUps: QueueLookUps = {
    attributes: (input, signal) => call('GetQueueAttributes', input, signal),
    url: (input, signal) => call('GetQueueUrl', input, signal),
  };
  const urls = createMemo<string>();
  const deadLetters = createMemo<string>();

  const toUrl = async (arn: string): Promise<string> =>
    queueUrl ?? urls(arn, () => findQueueUrl(lookUps, arn, clock));
  const toDeadLetterUrl = (arn: string): Promise<string> =>
    deadLetters(arn, async () => findDeadLetterUrl(lookUps, await toUrl(arn), clock));

  return {
    async postpone(record, delaySeconds) {
      try {
        const input = {
          QueueUrl: await toUrl(record.queueArn),
          ReceiptHandle: record.receiptHandle,
          VisibilityTimeout: Math.max(0, Math.floor(delaySeconds)),
        };
        await within(clock, POSTPONE_TIMEOUT_MS, (signal) => call('ChangeMessageVisibility', input, signal));
      } catch (error) {
        log.warn('message not postponed: it comes back when its visibility ends', {
          error,
          queueMessage: record.messageId,
        });
      }
    },
    async bury(record: QueueRecord, reason) {
      try {
        const input = {
          QueueUrl: await toDeadLetterUrl(record.queueArn),
          MessageBody: record.body,
          MessageAttributes: { reason: { DataType: 'String', StringValue: toAttribute(reason) } },
        };
        const taken = await within(clock, BURY_TIMEOUT_MS, (signal) => call('SendMessage', input, signal));
        checkTaken(record.body, taken);
      } catch (cause) {
        throw unavailable(cause);
      }
    },
  };
}

/**
 * The message is in the queue only where SQS says what it took: something on the way may answer 200 as well.
 *
 * @throws Error
 */
function checkTaken(body: string, { MD5OfMessageBody: taken }: Taken): void {
  if (taken !== hash('md5', body)) throw new Error('SQS did not say that it took this message');
}

/** A reason may hold a handler's words, and half a character where they were cut: SQS refuses what XML does. */
function toAttribute(reason: string): string {
  const text = reason.slice(0, MAX_REASON_LENGTH).toWellFormed();
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd') || 'unknown';
}

function unavailable(cause: unknown): ServiceFault {
  return new ServiceFault(
    'queue_unavailable',
    'SQS did not take the message: check the queue and the role of the function.',
    {
      cause,
    },
  );
}
