/** From Lambda's SQS event to records. The one place that knows its shape. */
import { isObject, readField, readText } from '../json/json.ts';
import type { QueueRecord } from './queue.ts';

/**
 * @param nowMs Stands in where a record does not say when it was sent.
 * @throws TypeError for an event that is none of SQS's: the whole batch goes back.
 */
export function toRecords(event: unknown, nowMs: number): readonly QueueRecord[] {
  const records = readField(event, 'Records');
  if (!Array.isArray(records))
    throw new TypeError('The worker was invoked with something that is no SQS event.');
  return records.filter(isObject).map((record) => {
    const attributes = record['attributes'];
    return {
      messageId: toText(record['messageId']),
      body: toText(record['body']),
      receiptHandle: toText(record['receiptHandle']),
      queueArn: toText(record['eventSourceARN']),
      receiveCount: Number(readField(attributes, 'ApproximateReceiveCount') ?? 1),
      sentAt: new Date(Number(readField(attributes, 'SentTimestamp') ?? nowMs)),
      traceparent: readText(readField(record['messageAttributes'], 'traceparent'), 'stringValue'),
    };
  });
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
