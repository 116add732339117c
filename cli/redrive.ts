/** `npm run redrive`: gives the dead letters of the delivery queue another chance. */
import { parseArgs } from 'node:util';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createDeadLetters, findDeadLetterUrl } from '../lib/aws/dead-letter-queue.ts';
import { decodeMessage } from '../lib/queue/message.ts';
import { type DeadLetter, redrive } from '../lib/queue/redrive.ts';
import { toDelivery } from '../lib/webhook/delivery.ts';
import { parsePayload } from '../lib/webhook/parse.ts';
import { LOCAL_AWS } from '../local/dynamodb.ts';

const USAGE = `npm run redrive -- --queue-url URL

  --queue-url URL        the delivery queue; default: DELIVERY_QUEUE_URL
  --dead-letter-url URL  default: the one that the queue's redrive policy names
  --dry-run              shows what is there, and why
  --replay               runs handlers again that are done, too

Region, credentials and endpoint come as the AWS SDK takes them; a queue on this machine needs none.`;

/** What ends the command, in words for whoever typed it. */
class CommandError extends Error {
  override readonly name = 'CommandError';
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? describeError(error) : error);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values } = readArguments();
  if (values.help) return console.log(USAGE);
  const queueUrl = values['queue-url'] ?? process.env['DELIVERY_QUEUE_URL'];
  if (queueUrl === undefined || !URL.canParse(queueUrl)) {
    throw new CommandError(`Which queue? Set --queue-url or DELIVERY_QUEUE_URL to its URL.\n\n${USAGE}`);
  }
  const { replay, 'dry-run': dryRun } = values;
  const client = new SQSClient(
    isLoopback(queueUrl) ? { ...LOCAL_AWS, endpoint: new URL(queueUrl).origin } : {},
  );
  const deadLetterUrl = values['dead-letter-url'] ?? (await findDeadLetterUrl(client, queueUrl));
  const letters = createDeadLetters({ queueUrl, deadLetterUrl, client });
  const count = await redrive(letters, { replay, dryRun, until: new Date(), onLetter: show });
  const what = count === 1 ? '1 dead letter' : `${count} dead letters`;
  console.log(dryRun ? `${what} in ${deadLetterUrl}` : `${what} sent to ${queueUrl}`);
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        'queue-url': { type: 'string' },
        'dead-letter-url': { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        replay: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    });
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
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
