/** The functions at work on this machine, each in a process that is started anew when it dies, and watched. */
import { join } from 'node:path';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { startEventSource } from '../aws/event-source.ts';
import type { FrontDoor } from '../aws/function-url.ts';
import { startLambda } from '../aws/lambda.ts';
import { createLastingFunction, type LastingFunction } from '../aws/lasting-function.ts';
import type { Sqs } from '../aws/sqs.ts';
import type { Narrator } from '../terminal/narrate.ts';
import type { Paint } from '../terminal/paint.ts';
import { createWatch, type Watch } from '../terminal/watch.ts';
import { createWorkerWatch } from '../terminal/watch-worker.ts';
import { createHook } from './hook.ts';
import type { Recorded } from './recorded.ts';
import { startRounds } from './rounds.ts';
import type { Running } from './running.ts';
import type { FunctionName, StandIns } from './stand-ins.ts';

/** What all functions share. */
export interface Stage {
  /** Folder of the built functions. */
  readonly functions: string;
  readonly standIns: StandIns;
  readonly narrator: Narrator;
  readonly recorded: Recorded;
  readonly paint: Paint;
  readonly keep: Running['keep'];
  /** Prints what comes of itself. */
  readonly tell: (...lines: readonly string[]) => void;
}

/** What the functions are told of Lambda's timeout; the webhook function has a shorter deadline of its own. */
const TIMEOUTS_MS = { webhook: 30_000, worker: 30_000, sweeper: 60_000 } as const;

/** From one run of the sweeper to the next. */
const SWEEP_EVERY_MS = 60_000;

/** Puts the webhook function behind the front door. */
export async function serveWebhook(frontDoor: FrontDoor, secret: string, stage: Stage): Promise<Watch> {
  const { narrator, recorded, standIns, tell } = stage;
  const { github, sqs } = standIns;
  const watch = createWatch({
    // With a queue the calls are the worker's.
    calls: (sqs === undefined ? github?.calls : undefined) ?? [],
    onExchange(exchange) {
      const id = exchange.request.headers['x-github-delivery'];
      tell(narrator.exchange(exchange, recorded.nameOf(id)));
    },
    onStray: (line) => tell(narrator.stray(line)),
    clock: SYSTEM_CLOCK,
  });
  const webhook = await startFunction('webhook', stage, (line) => watch.take(line));
  const logged = github && createHook({ deliveries: github.deliveries, url: frontDoor.url, secret });
  const invoke = (event: unknown): Promise<unknown> => webhook.invoke(event);
  frontDoor.serve((event) => watch.follow(event, logged?.(invoke) ?? invoke));
  return watch;
}

/** Starts the worker and what brings it the messages of the queue. */
export async function startWorker(sqs: Sqs, stage: Stage): Promise<void> {
  const { narrator, recorded, standIns, keep, tell } = stage;
  const watch = createWorkerWatch({
    calls: standIns.github?.calls ?? [],
    onWork(work) {
      tell(narrator.work(work));
      recorded.onWorked(work.delivery?.envelope.id);
    },
    onStray: (line) => tell(narrator.stray(line)),
    clock: SYSTEM_CLOCK,
  });
  const worker = await startFunction('worker', stage, (line) => watch.take(line));
  const invoke = (event: unknown): Promise<unknown> => worker.invoke(event);
  const source = startEventSource({ sqs, invoke: (event) => watch.follow(event, invoke) });
  keep({ close: async () => void source.stop() });
}

/** Starts the sweeper and its schedule. What a run does, or why it failed, its own log line tells. */
export async function startSweeper(stage: Stage): Promise<void> {
  const { narrator, keep, tell } = stage;
  const sweeper = await startFunction('sweeper', stage, (line) => tell(narrator.stray(line), ''));
  const rounds = startRounds({
    everyMs: SWEEP_EVERY_MS,
    round: () => sweeper.invoke({}),
    clock: SYSTEM_CLOCK,
  });
  keep({ close: async () => rounds.stop() });
}

async function startFunction(
  name: FunctionName,
  { functions, standIns, paint, keep, tell }: Stage,
  onLine: (line: string) => void,
): Promise<LastingFunction> {
  const bundle = join(functions, `${name}.mjs`);
  const lasting = await createLastingFunction(
    () => startLambda({ bundle, env: standIns.env[name], timeoutMs: TIMEOUTS_MS[name], onLine }),
    (code) => {
      const how = code === null ? 'was killed' : `ended with exit code ${code}`;
      const text = `  The function's process ${how} (${name}); the next invocation starts it anew.`;
      tell(paint('red', text), '');
    },
  );
  return keep(lasting);
}
