/** SQS on loopback, with the delivery queue and its dead letters as the deployment makes them. */
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs';
import { createSqsServer } from 'local-aws-sqs';
import { LOCAL_AWS } from './dynamodb.ts';
import { closeServer, toUrl } from '../http/loopback.ts';

export interface Sqs {
  /** What `AWS_ENDPOINT_URL_SQS` is set to. */
  readonly url: string;
  /** What `DELIVERY_QUEUE_URL` is set to. */
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly deadLetterUrl: string;
  readonly client: SQSClient;
  /** Takes all dead letters, for good. */
  takeDeadLetters(): Promise<readonly Message[]>;
  /** Messages in the queue: visible, and hidden while they are worked on or wait. */
  depth(): Promise<{ readonly visible: number; readonly hidden: number }>;
  close(): Promise<void>;
}

interface SqsOptions {
  /** Default 180, six times the worker's 30 s. */
  readonly visibilitySeconds?: number;
  /** How often a message may be received before SQS itself takes it for dead. Guards against crashes only. */
  readonly maxReceiveCount?: number;
}

export async function createSqs({
  visibilitySeconds = 180,
  maxReceiveCount = 1000,
}: SqsOptions = {}): Promise<Sqs> {
  const server = await createSqsServer({ port: 0, hostname: '127.0.0.1', region: LOCAL_AWS.region });
  const url = toUrl(server);
  const client = new SQSClient({ ...LOCAL_AWS, endpoint: url });
  const create = async (name: string, attributes: Record<string, string>) => {
    const { QueueUrl: queueUrl = '' } = await client.send(
      new CreateQueueCommand({ QueueName: name, Attributes: attributes }),
    );
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['QueueArn'] }),
    );
    return { queueUrl, queueArn: Attributes?.['QueueArn'] ?? '' };
  };
  const dead = await create('hookmint-dead-letters', { MessageRetentionPeriod: '1209600' });
  const queue = await create('hookmint-deliveries', {
    VisibilityTimeout: String(visibilitySeconds),
    MessageRetentionPeriod: '1209600',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.queueArn, maxReceiveCount }),
  });

  return {
    url,
    ...queue,
    deadLetterUrl: dead.queueUrl,
    client,
    async takeDeadLetters() {
      const letters: Message[] = [];
      // That nothing was received says nothing: on a busy machine the stand-in answers so although there is something.
      while ((await countMessages(client, dead.queueUrl)).visible > 0) {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl: dead.queueUrl,
            MaxNumberOfMessages: 10,
            MessageAttributeNames: ['All'],
            VisibilityTimeout: 43_200,
          }),
        );
        letters.push(...Messages);
      }
      return letters;
    },
    depth: () => countMessages(client, queue.queueUrl),
    async close() {
      client.destroy();
      await closeServer(server);
    },
  };
}

async function countMessages(client: SQSClient, queueUrl: string): ReturnType<Sqs['depth']> {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
  );
  const all = Number(Attributes?.['ApproximateNumberOfMessages']); // in the stand-in, hidden ones too
  const hidden = Number(Attributes?.['ApproximateNumberOfMessagesNotVisible']);
  return { visible: all - hidden, hidden };
}
