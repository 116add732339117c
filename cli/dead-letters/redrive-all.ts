/** Redrives as it was told on the command line, and tells what becomes of it. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { findDeadLetterUrl } from '../../lib/aws/dead-letter-queue.ts';
import { decodeMessage } from '../../lib/queue/message.ts';
import { toDelivery } from '../../lib/delivery/delivery.ts';
import { parsePayload } from '../../lib/delivery/payload.ts';
import { LOCAL_AWS } from '../../local/aws/dynamodb.ts';
import { CommandError } from '../command-error.ts';
import { printLines } from '../print-lines.ts';
import { type DeadLetter, redrive } from './redrive.ts';
import { createDeadLetters } from './sqs-dead-letters.ts';

export interface RedriveOptions {
  readonly queueUrl?: string;
  readonly deadLetterUrl?: string;
  readonly dryRun: boolean;
  readonly replay: boolean;
}

/** @throws CommandError Where no queue is named, or SQS refuses. */
export async function redriveAll(options: RedriveOptions): Promise<void> {
  await redriveQueue(options).catch(explainFailure);
}

/** What SQS refuses, or AWS's credentials are missing for. */
function explainFailure(error: unknown): never {
  if (error instanceof CommandError || !(error instanceof Error)) throw error;
  throw new CommandError(`SQS: ${error.name}: ${error.message}`, { cause: error });
}

async function redriveQueue({ replay, dryRun, ...options }: RedriveOptions): Promise<void> {
  const queueUrl = options.queueUrl ?? process.env['DELIVERY_QUEUE_URL'];
  if (queueUrl === undefined || !URL.canParse(queueUrl)) {
    throw new CommandError('Which queue? Set --queue-url or DELIVERY_QUEUE_URL to its URL.');
  }
  const client = new SQSClient(
    isLoopback(queueUrl) ? { ...LOCAL_AWS, endpoint: new URL(queueUrl).origin } : {},
  );
  const deadLetterUrl = options.deadLetterUrl ?? (await findDeadLetterUrl(client, queueUrl, SYSTEM_CLOCK));
  const letters = createDeadLetters({ queueUrl, deadLetterUrl, client });
  const count = await redrive(letters, { replay, dryRun, until: new Date(), onLetter: show });
  const what = count === 1 ? '1 dead letter' : `${count} dead letters`;
  console.log(dryRun ? `${what} in ${deadLetterUrl}` : `${what} sent to ${queueUrl}`);
}

/** Of the payload no more than its action. */
function show({ body, reason = 'received too often', sentAt }: DeadLetter): void {
  const why = `  ${sentAt.toISOString()}  ${reason}`;
  const decoded = decodeMessage(body);
  if (decoded.kind !== 'delivery')
    return printLines([`a message that cannot be read (${decoded.kind})`, why]);
  const { envelope, content } = decoded.delivery;
  const payload = content.kind === 'body' ? parsePayload(content.body, content.format) : undefined;
  const { event, action, id } = toDelivery(envelope, payload);
  printLines([`${action === null ? event : `${event}.${action}`}  ${id}`, why]);
}

function isLoopback(url: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
}
