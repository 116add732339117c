/** The stage with its doors, and the functions at work on it: all that a campaign needs, wired together. */
import type { GitHub } from '../../local/github/types.ts';
import type { LambdaFunction } from '../../local/aws/lambda.ts';
import type { Sqs } from '../../local/aws/sqs.ts';
import { createAwsClocks } from './aws-clocks.ts';
import { openAwsFronts } from './aws-fronts.ts';
import { type Counts, createCounts } from './counts.ts';
import { openGitHubFront } from './github-front.ts';
import { type Hook, openHook } from './hook.ts';
import { createReader } from './lines.ts';
import type { Plan } from './plan.ts';
import { createProcesses, WORKER_TIMEOUT_MS } from './processes.ts';
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

/** A lease, and the second until its message comes back, with time to spare. */
const FREEZE_MS = WORKER_TIMEOUT_MS + 2_500 + 3_000;

export async function openScene(plan: Plan): Promise<Scene> {
  const planOf = new Map(plan.deliveries.map((each) => [each.guid, each]));
  // A generator apart: what it decides, it decides in the order of events.
  const random = createRandom(plan.seed + 1);
  const counts = createCounts();
  const witness = createWitness();
  const reader = createReader({ counts, witness });

  await using opened = new AsyncDisposableStack();
  const stage = opened.adopt(await openStage((line) => reader.line(line)), (each) => each.stop());
  const { github, sqs } = stage;
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
  const clocks = createAwsClocks({ random, counts });
  const aws = opened.adopt(await openAwsFronts(stage, { planOf, counts, clocks }), (each) => each.close());
  const env = { ...aws.env, GITHUB_API_URL: gitHubFront.url };
  const processes = createProcesses({ stage, plan, env, random, counts });

  const hook = await openHook({
    github,
    appId: stage.appId,
    secret: stage.webhookSecret,
    queue: aws.queue,
    counts,
    reader,
    startWebhook: (refusals) => processes.startWebhook(refusals),
  });
  const sweeper = await processes.startSweeper();
  const started = await startWorkers({
    count: WORKERS,
    sqs,
    planOf,
    witness,
    counts,
    random,
    freezeMs: FREEZE_MS,
    start: (slot) => processes.startWorker(slot),
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
