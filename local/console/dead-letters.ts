/** The dead letters of this machine's queue: looked at where they lie, and sent back. */
import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { toDelivery } from '../../lib/delivery/delivery.ts';
import { parsePayload } from '../../lib/delivery/payload.ts';
import { decodeMessage } from '../../lib/queue/message.ts';
import type { Sqs } from '../aws/sqs.ts';
import type { DeadLetterView } from './messages.ts';

/** The most that SQS gives at once; the console shows no more. */
const MOST = 10;

export async function listDeadLetters(sqs: Sqs): Promise<readonly DeadLetterView[]> {
  return (await receive(sqs, 0)).map(toView);
}

/** @returns How many were sent back to the queue. */
export async function sendDeadLettersBack(sqs: Sqs): Promise<number> {
  let count = 0;
  for (;;) {
    const letters = await receive(sqs, 300);
    if (letters.length === 0) return count;
    for (const { Body, ReceiptHandle } of letters) {
      await sqs.client.send(new SendMessageCommand({ QueueUrl: sqs.queueUrl, MessageBody: Body }));
      await sqs.client.send(new DeleteMessageCommand({ QueueUrl: sqs.deadLetterUrl, ReceiptHandle }));
      count += 1;
    }
  }
}

async function receive(sqs: Sqs, hiddenSeconds: number): Promise<readonly Message[]> {
  const { Messages = [] } = await sqs.client.send(
    new ReceiveMessageCommand({
      QueueUrl: sqs.deadLetterUrl,
      MaxNumberOfMessages: MOST,
      VisibilityTimeout: hiddenSeconds,
      AttributeNames: ['All'],
      MessageAttributeNames: ['reason'],
    }),
  );
  return Messages;
}

function toView({ Body = '', Attributes, MessageAttributes, MessageId = '' }: Message): DeadLetterView {
  const shared = {
    reason: MessageAttributes?.['reason']?.StringValue ?? 'received too often',
    at: new Date(Number(Attributes?.['SentTimestamp'] ?? 0)).toISOString(),
  };
  const decoded = decodeMessage(Body);
  if (decoded.kind !== 'delivery')
    return { ...shared, title: 'a message that cannot be read', deliveryId: MessageId };
  const { envelope, content } = decoded.delivery;
  const payload = content.kind === 'body' ? parsePayload(content.body, content.format) : undefined;
  const { event, action, id } = toDelivery(envelope, payload);
  return { ...shared, title: action === null ? event : `${event}.${action}`, deliveryId: id };
}
