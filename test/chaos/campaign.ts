/**
 * The fault campaign: deliveries through the built functions, while everything that can fail does. When
 * all is quiet again, every delivery is accounted for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { toObject } from '../../lib/json/json.ts';
import type { Sqs } from '../../local/aws/sqs.ts';
import { type Account, takeStock } from './account.ts';
import { guidOf } from './aws-fronts.ts';
import type { Counts } from './counts.ts';
import { makePlan } from './plan.ts';
import { openScene, type Scene } from './scene.ts';

interface CampaignOptions {
  readonly seed: number;
  readonly deliveries: number;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly sent: number;
  readonly waiting: number;
  readonly killed: number;
}

export interface CampaignResult extends Account {
  readonly counts: Counts;
  readonly mints: number;
  readonly seconds: number;
}

/** What is not done by then counts as lost. */
const LIMIT_MS = 120_000;
const LIMIT_FOR_EACH_MS = 1_000;

const LOOK_MS = 250;
const PROGRESS_MS = 5_000;

export async function runCampaign({
  seed,
  deliveries,
  onProgress = () => {},
}: CampaignOptions): Promise<CampaignResult> {
  const startedMs = Date.now();
  const isLate = (): boolean => Date.now() - startedMs > LIMIT_MS + deliveries * LIMIT_FOR_EACH_MS;
  const plan = makePlan(seed, deliveries);
  await using running = new AsyncDisposableStack();
  const scene = running.adopt(await openScene(plan), (each) => each.close());
  const { github, sqs, hook, workers, witness, counts } = scene;
  const report = async (): Promise<void> =>
    onProgress({
      sent: hook.sent(),
      waiting: await countMessages(sqs),
      killed: counts.get('processes', 'killed'),
    });
  const progress = setInterval(() => void report().catch(() => {}), PROGRESS_MS);
  running.defer(() => clearInterval(progress));

  for (const body of plan.garbage)
    await sqs.client.send(new SendMessageCommand({ QueueUrl: sqs.queueUrl, MessageBody: body }));
  await hook.deliverAll(plan);
  const open = await sweep(scene, isLate);
  await github.deliveries.settled();
  const isQuiet = async (): Promise<boolean> => workers.busy() === 0 && (await countMessages(sqs)) === 0;
  // Twice in a row: a message on its way from one state to the next may be seen in neither.
  for (let quiet = 0; quiet < 2 && !isLate(); quiet = (await isQuiet()) ? quiet + 1 : 0) await sleep(LOOK_MS);

  const evidence = {
    ledger: await scene.readLedger(),
    deadLetters: await takeDeadLetters(sqs),
    witness,
    waiting: await countMessages(sqs),
    open,
  };
  return {
    ...takeStock(plan, evidence),
    counts,
    mints: github.tokens.length,
    seconds: Math.round((Date.now() - startedMs) / 1000),
  };
}

/** Runs the sweeper until nothing is open. @returns How many failures still are. */
async function sweep({ sweeper, counts }: Scene, isLate: () => boolean): Promise<number> {
  for (;;) {
    // A run that fails is one more thing that the next one has to mend.
    const summary = toObject(await sweeper.invoke({}).catch(() => undefined));
    for (const kind of ['asked', 'recovered', 'pulled', 'lost', 'gaveUp'])
      counts.add('sweep', kind, Number(summary[kind] ?? 0));
    const open = Number(summary['open'] ?? Infinity);
    if ((open === 0 && summary['finished'] === true) || isLate()) return open;
    await sleep(LOOK_MS);
  }
}

/** All messages of the queue, hidden and delayed ones included. */
async function countMessages(sqs: Sqs): Promise<number> {
  const { Attributes } = await sqs.client.send(
    new GetQueueAttributesCommand({ QueueUrl: sqs.queueUrl, AttributeNames: ['All'] }),
  );
  // The stand-in counts the hidden ones among the first.
  return (
    Number(Attributes?.['ApproximateNumberOfMessages']) +
    Number(Attributes?.['ApproximateNumberOfMessagesDelayed'])
  );
}

async function takeDeadLetters(sqs: Sqs) {
  return (await sqs.takeDeadLetters()).map(({ Body, MessageAttributes }) => ({
    guid: guidOf(Body),
    reason: MessageAttributes?.['reason']?.StringValue ?? '',
  }));
}
