/** The stage with its doors, and the functions at work on it: all that a campaign needs, wired together. */
import type { GitHub } from '../../local/github/types.ts';
import type { LambdaFunction } from '../../local/aws/lambda.ts';
import type { Sqs } from '../../local/aws/sqs.ts';
import { openLedgerFront, openQueueFront } from './aws-fronts.ts';
import { type Counts, createCounts } from './counts.ts';
import { openGitHubFront } from './github-front.ts';
import { type Hook, openHook } from './hook.ts';
import { createReader } from './lines.ts';
import type { Plan } from './plan.ts';
import { createRandom } from '../../local/random.ts';
import { openStage, type Stage } from './stage.ts';
import { createWitness, type Witness } from './witness.ts';
import { startWorkers, type Workers } from './workers.ts';

export interface Scene {
  readonly github: GitHub;
  readonly sqs: Sqs;
  readonly hook: Hook;
  readonly workers: Workers;
  readonly sweeper: LambdaFunction;
  readonly counts: Counts;
  readonly witness: Witness;
  readonly readLedger: Stage['readLedger'];
  close(): Promise<void>;
}

const WORKERS = 3;

/** What the functions are told of Lambda's. A lease lasts 2.5 s longer than a worker may. */
const WORKER_TIMEOUT_MS = 5_000;
const WEBHOOK_TIMEOUT_MS = 10_000;
const SWEEPER_TIMEOUT_MS = 60_000;

/** A lease, and the second until its message comes back, with time to spare. */
const FREEZE_MS = WORKER_TIMEOUT_MS + 2_500 + 3_000;

/** The share of the workers' starts at which Secrets Manager refuses at first. */
const THROTTLED_STARTS = 0.4;

export async function openScene(plan: Plan): Promise<Scene> {
  const planOf = new Map(plan.deliveries.map((each) => [each.guid, each]));
  // A generator apart: what it decides, it decides in the order of events.
  const random = createRandom(plan.seed + 1);
  const counts = createCounts();
  const witness = createWitness();
  const reader = createReader({ counts, witness });

  await using opened = new AsyncDisposableStack();
  const stage = opened.adopt(await openStage((line) => reader.line(line)), (each) => each.stop());
  const { github, sqs, secretsManager } = stage;
  reader.guard(stage.secrets);

  let workers: Workers | undefined;
  const gitHubFront = await openGitHubFront({
    github,
    planOf,
    witness,
    counts,
    random,
    kill: (process) => workers?.kill(process),
    freeze: (process) => workers?.freeze(process),
  });
  opened.defer(() => gitHubFront.close());
  const queueFront = await openQueueFront({ url: sqs.url, planOf, counts }, sqs.queueUrl);
  opened.defer(() => queueFront.close());
  const ledgerFront = await openLedgerFront({ url: stage.dynamodbUrl, planOf, counts });
  opened.defer(() => ledgerFront.close());

  const env = {
    GITHUB_API_URL: gitHubFront.url,
    AWS_ENDPOINT_URL_SQS: queueFront.url,
    AWS_ENDPOINT_URL_DYNAMODB: ledgerFront.url,
  };
  const toQueue = {
    ...env,
    DELIVERY_QUEUE_URL: new URL(new URL(sqs.queueUrl).pathname, queueFront.url).href,
  };

  function throttle(when: string, times: number): void {
    counts.add('faults: Secrets Manager', `throttled at a start of ${when}`, times);
    secretsManager.faults.next('throttling', times);
  }

  const hook = await openHook({
    github,
    appId: stage.appId,
    secret: stage.webhookSecret,
    queue: queueFront,
    counts,
    reader,
    startWebhook() {
      return stage.start('webhook', {
        env: toQueue,
        timeoutMs: WEBHOOK_TIMEOUT_MS,
      });
    },
    throttle: (times) => throttle('the webhook', times),
  });
  const sweeper = await stage.start('sweeper', { env: toQueue, timeoutMs: SWEEPER_TIMEOUT_MS });
  const started = await startWorkers({
    count: WORKERS,
    sqs,
    planOf,
    witness,
    counts,
    random,
    freezeMs: FREEZE_MS,
    start(slot) {
      counts.add('processes', 'workers started');
      if (random.chance(THROTTLED_STARTS)) throttle('a worker', random.int(1, 2));
      const CHAOS_WORKER = String(slot);
      return stage.start('worker', { env: { ...toQueue, CHAOS_WORKER }, timeoutMs: WORKER_TIMEOUT_MS });
    },
  });
  workers = started;
  opened.defer(() => started.close());
  const scene = opened.move();

  return {
    github,
    sqs,
    hook,
    workers: started,
    sweeper,
    counts,
    witness,
    readLedger: () => stage.readLedger(),
    close: () => scene.disposeAsync(),
  };
}
