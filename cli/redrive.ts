/** `hookmint redrive`: gives the dead letters of the delivery queue another chance. */
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Command } from 'commander';
import { findDeadLetterUrl } from '../lib/aws/dead-letter-queue.ts';
import { decodeMessage } from '../lib/queue/message.ts';
import { type DeadLetter, redrive } from './dead-letters/redrive.ts';
import { createDeadLetters } from './dead-letters/sqs-dead-letters.ts';
import { toDelivery } from '../lib/webhook/delivery.ts';
import { parsePayload } from '../lib/webhook/parse.ts';
import { LOCAL_AWS } from '../local/aws/dynamodb.ts';

/** What ends the command, in words for whoever typed it. */
class CommandError extends Error {
  override readonly name = 'CommandError';
}

interface RedriveOptions {
  readonly queueUrl?: string;
  readonly deadLetterUrl?: string;
  readonly dryRun: boolean;
  readonly replay: boolean;
}

export function addRedrive(program: Command): void {
  program
    .command('redrive')
    .description('gives the dead letters of the delivery queue another chance')
    .option('--queue-url <url>', 'the delivery queue; default: DELIVERY_QUEUE_URL')
    .option('--dead-letter-url <url>', "default: the one that the queue's redrive policy names")
    .option('--dry-run', 'shows what is there, and why', false)
    .option('--replay', 'runs handlers again that are done, too', false)
    .addHelpText(
      'after',
      '\nRegion, credentials and endpoint come as the AWS SDK takes them; a queue on this machine needs none.',
    )
    .action((options: RedriveOptions) => redriveAll(options).catch(explain));
}

function explain(error: unknown): void {
  console.error(error instanceof Error ? describeError(error) : error);
  process.exitCode = 1;
}

async function redriveAll({ replay, dryRun, ...options }: RedriveOptions): Promise<void> {
  const queueUrl = options.queueUrl ?? process.env['DELIVERY_QUEUE_URL'];
  if (queueUrl === undefined || !URL.canParse(queueUrl)) {
    throw new CommandError('Which queue? Set --queue-url or DELIVERY_QUEUE_URL to its URL.');
  }
  const client = new SQSClient(
    isLoopback(queueUrl) ? { ...LOCAL_AWS, endpoint: new URL(queueUrl).origin } : {},
  );
  const deadLetterUrl = options.deadLetterUrl ?? (await findDeadLetterUrl(client, queueUrl));
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
    return console.log(`a message that cannot be read (${decoded.kind})\n${why}`);
  const { envelope, content } = decoded.delivery;
  const payload = content.kind === 'body' ? parsePayload(content.body, content.format) : undefined;
  const { event, action, id } = toDelivery(envelope, payload);
  console.log(`${action === null ? event : `${event}.${action}`}  ${id}\n${why}`);
}

function isLoopback(url: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
}

function describeError(error: Error): string {
  return error instanceof CommandError ? error.message : `SQS: ${error.name}: ${error.message}`;
}
