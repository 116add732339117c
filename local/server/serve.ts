/** The functions at work on this machine, each in a process that is started anew when it dies, and watched. */
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { startEventSource } from '../aws/event-source.ts';
import type { FrontDoor } from '../aws/function-url.ts';
import { startLambda } from '../aws/lambda.ts';
import { createLastingFunction, type LastingFunction } from '../aws/lasting-function.ts';
import type { Sqs } from '../aws/sqs.ts';
import type { Journal } from '../console/journal.ts';
import type { Narrator } from '../terminal/narrate.ts';
import type { Paint } from '../terminal/paint.ts';
import { isIdleSweep } from '../terminal/idle-sweep.ts';
import { createWatch } from '../terminal/watch.ts';
import { createWorkerWatch } from '../terminal/watch-worker.ts';
import type { Build } from './builds.ts';
import { createHook } from './hook.ts';
import type { Recorded } from './recorded.ts';
import { startRounds } from './rounds.ts';
import type { Running } from './running.ts';
import type { FunctionEnvironments, FunctionName, StandIns } from './stand-ins.ts';

/** What all functions share. */
export interface Stage {
  /** What a process is started from, as it is now. */
  readonly deployed: () => Deployed;
  readonly standIns: StandIns;
  readonly narrator: Narrator;
  readonly recorded: Recorded;
  readonly journal: Journal;
  readonly paint: Paint;
  readonly keep: Running['keep'];
  /** Keeps a line of a function's output, for those who ask later. */
  readonly keepLine: (line: string) => void;
  /** Notes the route where a line tells of a handler's call. */
  readonly recordCall: (line: string, readAt: Date) => void;
  /** Prints what comes of itself. */
  readonly tell: (...lines: readonly string[]) => void;
  /** Resolves when no change is being taken up: what comes meanwhile meets the new code. */
  readonly settled: () => Promise<void>;
}

export interface Deployed {
  readonly bundles: Build['bundles'];
  readonly env: FunctionEnvironments;
}

/** A function that runs, and can be told to run anew. */
export type Renewable = Pick<LastingFunction, 'renew'>;

export interface Sweeper extends Renewable {
  /** Runs now, whatever the schedule says. What a run does, or why it failed, its own log line tells. */
  sweep(): Promise<void>;
  /** When the last run ended, with the line that it wrote. */
  last(): SweepRun | undefined;
}

export interface SweepRun {
  readonly at: Date;
  readonly line: string;
}

/** What the functions are told of Lambda's timeout; the webhook function has a shorter deadline of its own. */
const TIMEOUTS_MS = { webhook: 30_000, worker: 30_000, sweeper: 60_000 } as const;

/** From one run of the sweeper to the next. */
const SWEEP_EVERY_MS = 60_000;

/** Puts the webhook function behind the front door. */
export async function serveWebhook(
  frontDoor: FrontDoor,
  secret: () => string,
  stage: Stage,
): Promise<Renewable> {
  const { narrator, recorded, journal, standIns, tell, settled } = stage;
  const { github, sqs } = standIns;
  const watch = createWatch({
    // With a queue the calls are the worker's.
    calls: (sqs === undefined ? github?.calls : undefined) ?? [],
    onExchange(exchange) {
      const id = exchange.request.headers['x-github-delivery'];
      journal.answer(exchange, new Date());
      tell(narrator.exchange(exchange, recorded.nameOf(id)));
    },
    onStray: (line) => tellStray(line, stage),
    clock: SYSTEM_CLOCK,
  });
  const webhook = await startFunction('webhook', stage, (line) => watch.take(line));
  const logged = github && createHook({ deliveries: github.deliveries, url: frontDoor.url, secret });
  const invoke = (event: unknown): Promise<unknown> => webhook.invoke(event);
  frontDoor.serve(async (event) => {
    await settled();
    journal.receive(event, new Date());
    return watch.follow(event, logged?.(invoke) ?? invoke);
  });
  return webhook;
}

/** Starts the worker and what brings it the messages of the queue. */
export async function startWorker(sqs: Sqs, stage: Stage): Promise<Renewable> {
  const { narrator, recorded, journal, standIns, keep, tell, settled } = stage;
  const watch = createWorkerWatch({
    calls: standIns.github?.calls ?? [],
    onWork(work) {
      journal.work(work, new Date());
      tell(narrator.work(work));
      recorded.onWorked(work.delivery?.envelope.id);
    },
    onStray: (line) => tellStray(line, stage),
    clock: SYSTEM_CLOCK,
  });
  const worker = await startFunction('worker', stage, (line) => watch.take(line));
  const invoke = (event: unknown): Promise<unknown> => worker.invoke(event);
  const source = startEventSource({
    sqs,
    invoke: async (event) => {
      await settled();
      return watch.follow(event, invoke);
    },
  });
  keep({ close: async () => void source.stop() });
  return worker;
}

/** Starts the sweeper and its schedule. */
export async function startSweeper(stage: Stage): Promise<Sweeper> {
  const { keep } = stage;
  let last: SweepRun | undefined;
  /** Runs under way that somebody asked for, who wants to see what they came to. */
  let asked = 0;
  const sweeper = await startFunction('sweeper', stage, (line) => {
    if (line.includes('"code":"sweep"')) last = { at: new Date(), line };
    // Once a minute it would bury the deliveries.
    if (asked > 0 || !isIdleSweep(line)) tellStray(line, stage, '');
  });
  const rounds = startRounds({
    everyMs: SWEEP_EVERY_MS,
    round: () => sweeper.invoke({}),
    clock: SYSTEM_CLOCK,
  });
  keep({ close: async () => rounds.stop() });
  return {
    renew: () => sweeper.renew(),
    async sweep() {
      asked += 1;
      await sweeper.invoke({}).finally(() => (asked -= 1));
    },
    last: () => last,
  };
}

function tellStray(line: string, { narrator, tell }: Stage, ...more: readonly string[]): void {
  const told = narrator.stray(line);
  if (told !== undefined) tell(told, ...more);
}

async function startFunction(
  name: FunctionName,
  { deployed, paint, keep, tell, keepLine, recordCall }: Stage,
  onLine: (line: string) => void,
): Promise<LastingFunction> {
  const lasting = await createLastingFunction(
    () => {
      const { bundles, env } = deployed();
      const { file: bundle = '', readAt = new Date(0) } = bundles[name] ?? {};
      const take = (line: string): void => {
        keepLine(line);
        recordCall(line, readAt);
        onLine(line);
      };
      return startLambda({ bundle, env: env[name], timeoutMs: TIMEOUTS_MS[name], onLine: take });
    },
    (code) => {
      const how = code === null ? 'was killed' : `ended with exit code ${code}`;
      const text = `  The function's process ${how} (${name}); the next invocation starts it anew.`;
      tell(paint('red', text), '');
    },
  );
  return keep(lasting);
}
