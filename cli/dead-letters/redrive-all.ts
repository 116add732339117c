/** Redrives as it was told on the command line, and tells what becomes of it. */
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import { findDeadLetterUrl, type QueueLookUps } from '../../lib/aws/dead-letter-queue.ts';
import { LOCAL_AWS } from '../../local/aws/dynamodb.ts';
import { toAwsOptions } from '../app/aws-options.ts';
import { loadDeployed } from '../app/target.ts';
import { CommandError } from '../command-error.ts';
import { Interrupted } from '../io/ask.ts';
import type { CommandIo } from '../io/io.ts';
import { explainAws } from '../stage/explain-aws.ts';
import { readLetter, type ReadLetter } from './read-letter.ts';
import { redrive } from './redrive.ts';
import { createDeadLetters } from './sqs-dead-letters.ts';

export interface RedriveOptions {
  readonly queueUrl?: string;
  readonly deadLetterUrl?: string;
  readonly stage?: string;
  /** Only the letters of this delivery. */
  readonly guid?: string;
  readonly dryRun: boolean;
  readonly replay: boolean;
  readonly json: boolean;
}

/** @throws CommandError Where no queue is named, SQS refuses, or no letter is of the delivery that was asked for. */
export async function redriveAll(options: RedriveOptions, io: CommandIo): Promise<void> {
  const { guid, replay, dryRun, json } = options;
  const { queueUrl, deadLetterUrl: named, client } = await findQueue(options, io);
  const letters: ReadLetter[] = [];
  try {
    const deadLetterUrl = named ?? (await findDeadLetterUrl(toLookUps(client), queueUrl, io.clock));
    await io.interruptible((signal) =>
      io.showing(`Reading the dead letters of ${deadLetterUrl}`, () =>
        redrive(createDeadLetters({ queueUrl, deadLetterUrl, client }), {
          replay,
          dryRun,
          until: new Date(io.clock.now()),
          ...(guid !== undefined && { wants: (letter) => readLetter(letter).guid === guid }),
          onLetter: (letter) => letters.push(readLetter(letter)),
          signal,
        }),
      ),
    );
    if (guid !== undefined && letters.length === 0) {
      throw new CommandError(`No dead letter is of the delivery ${guid}.`);
    }
    io.report(json, {
      value: { queueUrl, deadLetterUrl, dryRun, letters },
      lines: [...letters.flatMap(describe), summarise(letters.length, { dryRun, queueUrl, deadLetterUrl })],
    });
  } catch (error) {
    if (error instanceof Interrupted) {
      io.tell(...(letters.length === 0 || dryRun ? [] : [`${letters.length} were sent; the others stay.`]));
      throw error;
    }
    throw explainAws(
      error,
      'redrives the dead letters',
      'sqs:ReceiveMessage on them, sqs:SendMessage on the queue',
    );
  } finally {
    client.destroy();
  }
}

async function findQueue({ queueUrl, deadLetterUrl, stage }: RedriveOptions, io: CommandIo) {
  const named = queueUrl ?? (stage === undefined ? io.env['DELIVERY_QUEUE_URL'] : undefined);
  if (named !== undefined) {
    if (!URL.canParse(named))
      throw new CommandError('--queue-url and DELIVERY_QUEUE_URL take the URL of a queue.');
    const options = isLoopback(named) ? { ...LOCAL_AWS, endpoint: new URL(named).origin } : {};
    return { queueUrl: named, deadLetterUrl, client: new SQSClient(options) };
  }
  const deployed = await loadDeployed(stage, io);
  if (deployed === undefined) {
    throw new CommandError(
      'Which queue? Name the stage with --stage, or set --queue-url or DELIVERY_QUEUE_URL to its URL.',
    );
  }
  if (deployed.queue === undefined)
    throw new CommandError(`There is no queue: ${deployed.name} runs inline.`);
  const client = new SQSClient(toAwsOptions(deployed, 'sqs'));
  return {
    queueUrl: deployed.queue.url,
    deadLetterUrl: deadLetterUrl ?? deployed.queue.deadLetterUrl,
    client,
  };
}

function describe({ guid, event, action, reason, deadSince, unreadable }: ReadLetter): readonly string[] {
  const name = action === null ? event : `${event}.${action}`;
  const what = unreadable === null ? `${name}  ${guid}` : `a message that cannot be read (${unreadable})`;
  return [what, `  ${deadSince.toISOString()}  ${reason}`];
}

function summarise(
  count: number,
  { dryRun, queueUrl, deadLetterUrl }: { dryRun: boolean; queueUrl: string; deadLetterUrl: string },
): string {
  const what = count === 1 ? '1 dead letter' : `${count} dead letters`;
  return dryRun ? `${what} in ${deadLetterUrl}` : `${what} sent to ${queueUrl}`;
}

function toLookUps(client: SQSClient): QueueLookUps {
  return {
    attributes: (input, abortSignal) => client.send(new GetQueueAttributesCommand(input), { abortSignal }),
    url: (input, abortSignal) => client.send(new GetQueueUrlCommand(input), { abortSignal }),
  };
}

function isLoopback(url: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
}
