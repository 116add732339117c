/** Where a queued delivery lies: among the dead letters, which can be looked through, or in the queue, which cannot. */
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { toAwsOptions } from '../app/aws-options.ts';
import type { Deployed } from '../app/deployed.ts';
import { readLetter, type ReadLetter } from '../dead-letters/read-letter.ts';
import { redrive } from '../dead-letters/redrive.ts';
import { createDeadLetters } from '../dead-letters/sqs-dead-letters.ts';
import { explainAws } from '../stage/explain-aws.ts';

export interface QueueState {
  /** Messages that wait to be taken, and that are at work or wait for another try. */
  readonly messages: { readonly visible: number; readonly hidden: number };
  readonly deadLetters: readonly ReadLetter[];
}

/**
 * @param wanted Of these deliveries alone; undefined: every dead letter.
 * @throws CommandError Where SQS refuses.
 */
export async function readQueue(
  { deployed, queue }: { readonly deployed: Deployed; readonly queue: NonNullable<Deployed['queue']> },
  wanted: string | undefined,
  { now, signal }: { readonly now: Date; readonly signal: AbortSignal },
): Promise<QueueState> {
  const client = new SQSClient(toAwsOptions(deployed, 'sqs'));
  const deadLetters: ReadLetter[] = [];
  try {
    const { Attributes: attributes } = await client.send(
      // Under their old name: a stand-in knows no other way to ask.
      new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: ['All'] }),
    );
    const letters = createDeadLetters({ queueUrl: queue.url, deadLetterUrl: queue.deadLetterUrl, client });
    await redrive(letters, {
      replay: false,
      dryRun: true,
      until: now,
      signal,
      onLetter(letter) {
        const read = readLetter(letter);
        if (wanted === undefined || read.guid === wanted) deadLetters.push(read);
      },
    });
    const count = (part: '' | 'NotVisible' | 'Delayed'): number =>
      Number(attributes?.[`ApproximateNumberOfMessages${part}`] ?? 0);
    return {
      messages: { visible: count(''), hidden: count('NotVisible') + count('Delayed') },
      deadLetters,
    };
  } catch (error) {
    throw explainAws(
      error,
      'looks at the queue',
      'sqs:GetQueueAttributes on it, sqs:ReceiveMessage and sqs:ChangeMessageVisibility on the dead letters',
    );
  } finally {
    client.destroy();
  }
}
