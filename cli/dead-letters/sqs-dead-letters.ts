/** The dead letters of a queue, taken and sent back with SQS. */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { DeadLetter, DeadLetters } from './redrive.ts';

/** The most that SQS gives at once. */
const BATCH_SIZE = 10;

/** Long polling asks all of SQS's servers: an empty answer means that there are no more. */
const WAIT_SECONDS = 1;

/** Nobody else gets a letter that is being moved. */
const VISIBILITY_SECONDS = 300;

/** One for all of them: in a fair queue they wait for fresh deliveries, not the other way round. */
const GROUP = 'redriven';

interface DeadLetterDeps {
  readonly queueUrl: string;
  readonly deadLetterUrl: string;
  readonly client: SQSClient;
}

/** Errors are the SDK's own: whoever redrives has credentials to mend. */
export function createDeadLetters({ queueUrl, deadLetterUrl, client }: DeadLetterDeps): DeadLetters {
  const QueueUrl = deadLetterUrl;
  return {
    async take(abortSignal) {
      const command = new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: BATCH_SIZE,
        WaitTimeSeconds: WAIT_SECONDS,
        VisibilityTimeout: VISIBILITY_SECONDS,
        // Under its old name, which stand-ins know as well.
        AttributeNames: ['All'],
        MessageAttributeNames: ['reason'],
      });
      const { Messages: messages = [] } = await client.send(command, { abortSignal });
      return messages.map(toDeadLetter);
    },
    async sendBack({ receiptHandle: ReceiptHandle }, message) {
      const command = new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: message,
        MessageGroupId: GROUP,
      });
      await client.send(command);
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    },
    async release({ receiptHandle: ReceiptHandle }) {
      const command = new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 });
      await client.send(command);
    },
  };
}

function toDeadLetter({ Body, ReceiptHandle, Attributes, MessageAttributes }: Message): DeadLetter {
  return {
    body: Body ?? '',
    reason: MessageAttributes?.['reason']?.StringValue,
    sentAt: new Date(Number(Attributes?.['SentTimestamp'] ?? 0)),
    receiptHandle: ReceiptHandle ?? '',
  };
}
