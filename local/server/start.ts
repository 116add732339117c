/**
 * `npm start`: hookmint on this machine, without an account and without a network. Builds the
 * functions, starts what stands in for GitHub and AWS, serves the webhook function, sends it the
 * recorded deliveries, and tells what becomes of every delivery. With `--queued` a worker handles
 * what the webhook function puts into the queue.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildFunctions } from '../../lib/build/build-functions.ts';
import { startEventSource } from '../aws/event-source.ts';
import { loadFixtures, toSignedRequest } from '../fixtures/fixtures.ts';
import { createHook } from './hook.ts';
import { type FrontDoor, openFrontDoor } from '../aws/function-url.ts';
import { describeMode, describeNext, describeParts } from '../terminal/introduce.ts';
import { parseJson, toObject } from '../../lib/json/json.ts';
import { startLambda } from '../aws/lambda.ts';
import { createLastingFunction, type LastingFunction } from '../aws/lasting-function.ts';
import { loadLocalSettings, SettingsError } from './settings.ts';
import { createNarrator, type Narrator } from '../terminal/narrate.ts';
import { createPaint } from '../terminal/paint.ts';
import { LOCAL_FOLDER } from './project.ts';
import { startRounds } from './rounds.ts';
import type { Sqs } from '../aws/sqs.ts';
import { type FunctionName, type StandIns, startStandIns } from './stand-ins.ts';
import { createWatch, type Watch } from '../terminal/watch.ts';
import { createWorkerWatch } from '../terminal/watch-worker.ts';
import { keepWebhookSecret } from './webhook-secret.ts';

/** What stops `npm start`, in words for whoever typed it. */
class StartError extends Error {
  override readonly name = 'StartError';
}

/** What the functions are told of Lambda's timeout; the webhook function has a shorter deadline of its own. */
const TIMEOUTS_MS = { webhook: 30_000, worker: 30_000, sweeper: 60_000 } as const;

/** From one run of the sweeper to the next. */
const SWEEP_EVERY_MS = 60_000;

/** Longer lines are hard to read, shorter ones hold too little, however wide the terminal is. */
const MAX_WIDTH = 120;
const MIN_WIDTH = 80;
/** Of a pipe or a file. */
const DEFAULT_WIDTH = 100;

const CLOSE_TIMEOUT_MS = 3_000;

const paint = createPaint(process.stdout.isTTY, process.env['NO_COLOR']);
const width = Math.max(MIN_WIDTH, Math.min(process.stdout.columns || DEFAULT_WIDTH, MAX_WIDTH));
const running: { close(): Promise<void> }[] = [];
/** Names of the recorded deliveries by their ids. */
const recorded = new Map<string, string>();
/** By delivery: called when the worker's work was told. */
const onWorked = new Map<string | undefined, () => void>();
let stopping = false;

interface StartOptions {
  /** A queue and a worker, in place of handling what comes at once. */
  readonly queued: boolean;
}

/** Runs the app of the current folder until a signal ends the process. */
export async function start({ queued }: StartOptions): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void stop(0));
  await run(queued).catch(fail);
}

async function run(queued: boolean): Promise<void> {
  const settings = await loadLocalSettings(process.cwd(), process.env);
  const frontDoor = await takePort(settings.port);
  say(`${paint('bold', 'hookmint')}: ${describeMode(settings.github)}`, '');

  // In a folder of its own: neither `npm run build` nor another server takes its files away.
  const outdir = join(LOCAL_FOLDER, String(frontDoor.port));
  running.push({ close: () => rm(outdir, { recursive: true, force: true }) });
  const { handlers } = await buildFunctions({ outdir }).catch(explainBuild);
  const webhookSecret = settings.webhookSecret ?? (await keepWebhookSecret(process.cwd()));
  const standIns = await startStandIns({ settings, webhookSecret, queued });
  running.push(standIns);
  const { github, sqs } = standIns;
  say(...describeParts(standIns, settings, handlers, paint), '');

  const scene = {
    outdir,
    standIns,
    narrator: createNarrator({ paint, width, tokens: github?.tokens ?? [] }),
  };
  if (sqs !== undefined) await startWorker(sqs, scene);
  const watch = await serveWebhook(frontDoor, webhookSecret, scene);
  if (settings.github.kind !== 'other-stand-in') await startSweeper(scene);
  say(`listening on ${frontDoor.url}`, '');

  if (github !== undefined) await sendRecorded(frontDoor, webhookSecret, watch);
  say(...describeNext(frontDoor, standIns, settings.github, paint), '');
}

/** What all functions share. */
interface Scene {
  readonly outdir: string;
  readonly standIns: StandIns;
  readonly narrator: Narrator;
}

async function serveWebhook(frontDoor: FrontDoor, secret: string, scene: Scene): Promise<Watch> {
  const { narrator, standIns } = scene;
  const { github, sqs } = standIns;
  const watch = createWatch({
    // With a queue the calls are the worker's.
    calls: (sqs === undefined ? github?.calls : undefined) ?? [],
    onExchange: (exchange) =>
      tell(narrator.exchange(exchange, recorded.get(exchange.request.headers['x-github-delivery'] ?? ''))),
    onStray: (line) => tell(narrator.stray(line)),
  });
  const webhook = await startFunction('webhook', scene, (line) => watch.take(line));
  const logged = github && createHook({ deliveries: github.deliveries, url: frontDoor.url, secret });
  const invoke = (event: unknown): Promise<unknown> => webhook.invoke(event);
  frontDoor.serve((event) => watch.follow(event, logged?.(invoke) ?? invoke));
  return watch;
}

async function startWorker(sqs: Sqs, scene: Scene): Promise<void> {
  const { narrator, standIns } = scene;
  const watch = createWorkerWatch({
    calls: standIns.github?.calls ?? [],
    onWork: (work) => {
      tell(narrator.work(work));
      onWorked.get(work.delivery?.envelope.id)?.();
    },
    onStray: (line) => tell(narrator.stray(line)),
  });
  const lasting = await startFunction('worker', scene, (line) => watch.take(line));
  const invoke = (event: unknown): Promise<unknown> => lasting.invoke(event);
  const source = startEventSource({ sqs, invoke: (event) => watch.follow(event, invoke) });
  running.push({ close: async () => void source.stop() });
}

/** What it does, its own log line tells. */
async function startSweeper(scene: Scene): Promise<void> {
  const onLine = (line: string): void => tell(scene.narrator.stray(line), '');
  const sweeper = await startFunction('sweeper', scene, onLine);
  // A fault of a run is in its log line.
  const rounds = startRounds(
    SWEEP_EVERY_MS,
    () => sweeper.invoke({}),
    () => {},
  );
  running.push({ close: async () => rounds.stop() });
}

async function startFunction(
  name: FunctionName,
  { outdir, standIns }: Scene,
  onLine: (line: string) => void,
): Promise<LastingFunction> {
  const bundle = join(outdir, 'functions', `${name}.mjs`);
  const lasting = await createLastingFunction(
    () => startLambda({ bundle, env: standIns.env[name], timeoutMs: TIMEOUTS_MS[name], onLine }),
    (code) => {
      const how = code === null ? 'was killed' : `ended with exit code ${code}`;
      const text = `  The function's process ${how} (${name}); the next invocation starts it anew.`;
      tell(paint('red', text), '');
    },
  );
  running.push(lasting);
  return lasting;
}

async function takePort(port: number): Promise<FrontDoor> {
  try {
    const frontDoor = await openFrontDoor(port);
    running.push(frontDoor);
    return frontDoor;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    const why =
      code === 'EADDRINUSE' ? 'is taken: something else listens there' : 'is not yours to listen on';
    throw new StartError(
      `Port ${port} ${why}. Choose another one: PORT=${port === 4000 ? 5000 : 4000} npm start`,
    );
  }
}

/** Once, one after the other, as GitHub sent them. */
async function sendRecorded(frontDoor: FrontDoor, secret: string, watch: Watch): Promise<void> {
  const fixtures = await loadFixtures();
  say(
    `Sending the ${fixtures.length} recorded deliveries of functions/fixtures, signed as GitHub signs:`,
    '',
  );
  for (const fixture of fixtures) {
    recorded.set(fixture.id, fixture.name);
    const worked = new Promise<void>((resolve) => {
      onWorked.set(fixture.id, resolve);
    });
    const response = await fetch(frontDoor.url, { method: 'POST', ...toSignedRequest(fixture, { secret }) });
    const { outcome } = toObject(parseJson(await response.text()));
    await watch.settled();
    if (outcome === 'queued') await worked;
  }
}

/** Where esbuild found the mistake, it has printed itself; what the check of the handlers found is in the error. */
function explainBuild(error: unknown): never {
  const [what = ''] = (error instanceof Error ? error.message : String(error)).split(':\n');
  const because = error instanceof Error && error.cause instanceof Error ? `\n  ${error.cause.message}` : '';
  throw new StartError(`The functions could not be built: ${what}${because}`);
}

async function fail(error: unknown): Promise<void> {
  if (stopping) return;
  const text =
    error instanceof SettingsError
      ? `The settings in .env or the environment cannot be used:\n${error.message.replaceAll(/^/gm, '  - ')}`
      : error instanceof StartError
        ? error.message
        : `hookmint could not start: ${error instanceof Error ? error.stack : String(error)}`;
  process.stderr.write(`${paint('red', text)}\n`);
  await stop(1);
}

/** Ends what was started, the latest first. */
async function stop(exitCode: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(exitCode), CLOSE_TIMEOUT_MS).unref();
  for (const part of running.toReversed()) await part.close().catch(() => {});
  process.exit(exitCode);
}

/** What comes of itself is not told once the end has begun. */
function tell(...lines: readonly string[]): void {
  if (!stopping) say(...lines);
}

function say(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
