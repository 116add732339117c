/**
 * A deployment of either shape on this machine: the built functions in processes of their own, and all that
 * they talk to, put together as `npm start` does it. Every test that needs one starts it here.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { isObject, type JsonObject, parseJson } from '../../lib/json/json.ts';
import { type EventSource, startEventSource } from '../../local/aws/event-source.ts';
import { type LambdaFunction, startLambda } from '../../local/aws/lambda.ts';
import type { Kms } from '../../local/aws/kms.ts';
import type { SecretsManager } from '../../local/aws/secrets-manager.ts';
import type { Sqs } from '../../local/aws/sqs.ts';
import type { RecordedWorld } from '../../local/fixtures/fixtures.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import type { GitHub, IssuedToken, RecordedCall } from '../../local/github/types.ts';
import {
  type DeployedFunction,
  type StandInOptions,
  type StandIns,
  startStandIns,
} from '../../local/server/stand-ins.ts';
import { buildTestFunctions } from './build.ts';
import {
  type Answer,
  type DeliverOptions,
  type Fixture,
  loadWorld,
  toAnswer,
  toSignedEvent,
} from './deliver.ts';
import { findLeaks } from './leaks.ts';

/** One for all Apps of a test file: making one takes a while. */
const APP_KEY = createAppKey();
const WEBHOOK_SECRET = 'the webhook secret of the tests';

type Environment = Readonly<Record<string, string>>;

interface StartOptions {
  /** What the function's configuration would say. Default 10 s. */
  readonly timeoutMs?: number;
  /** More environment, or other values. */
  readonly env?: Environment;
  /** Names of variables to leave out. */
  readonly without?: readonly string[];
  /** Folder of built functions of another release. */
  readonly functions?: string;
}

interface DeploymentOptions
  extends
    StartOptions,
    Pick<StandInOptions, 'queued' | 'ledger' | 'secretsFilled' | 'kms' | 'visibilitySeconds'> {
  /** Path of a handler table, from the project's folder, to build the functions with. Default: the test app's. */
  readonly handlers?: string;
  /** Default: `test/app/functions/fixtures/world.json`. */
  readonly world?: RecordedWorld;
  /** Default: one for all deployments of a test file. */
  readonly appKey?: ReturnType<typeof createAppKey>;
  readonly webhookSecret?: string;
  /** Told of every line that any function writes. */
  readonly onLine?: (line: string) => void;
}

export interface Delivered extends Answer {
  /** What GitHub was asked while this delivery was under way. Tell deliveries apart by sending them one by one. */
  readonly calls: readonly RecordedCall[];
  /** Tokens that were minted meanwhile. */
  readonly tokens: readonly IssuedToken[];
}

export interface Deployment {
  readonly github: GitHub;
  readonly secretsManager: SecretsManager;
  /** Only with the private key in it. */
  readonly kms: Kms;
  /** Only queued. */
  readonly sqs: Sqs;
  /** Only with a ledger. */
  readonly dynamodbUrl: string;
  readonly webhookSecret: string;
  readonly privateKeyPem: string;
  /** What the functions wrote so far: all that came before an answer, when that is there. */
  readonly lines: readonly string[];
  /** Starts a process of a function; it ends with the deployment. */
  start(name: DeployedFunction, options?: StartOptions): Promise<LambdaFunction>;
  /** The webhook function that `deliver` sends to: started with the first delivery, or asked for here. */
  webhook(): Promise<LambdaFunction>;
  /**
   * @param what       The name of a fixture, a fixture, or a payload (which needs `event`).
   * @param options.to Another process than that of `webhook()`.
   * @param options.timeoutMs For this delivery alone, in place of the function's.
   */
  deliver(
    what: string | Fixture | object,
    options?: DeliverOptions & { readonly to?: Pick<LambdaFunction, 'invoke'>; readonly timeoutMs?: number },
  ): Promise<Delivered>;
  /** Polls the queue for a worker. */
  poll(worker: Pick<LambdaFunction, 'invoke'>): EventSource;
  /**
   * Ends everything.
   *
   * @throws Error where anything that the functions wrote or answered holds a credential.
   */
  close(): Promise<void>;
  /** Ends everything, and leaves the search for credentials to the test. */
  readonly stop: () => Promise<void>;
}

export async function startDeployment(options: DeploymentOptions = {}): Promise<Deployment> {
  const { world = loadWorld(), appKey = APP_KEY, webhookSecret = WEBHOOK_SECRET } = options;
  await using started = new AsyncDisposableStack();
  const source = { kind: 'stand-in', world, appKey } as const;
  const standIns = started.adopt(
    await startStandIns({ ...toStandInOptions(options), github: source, webhookSecret }),
    (each) => each.close(),
  );
  const findBundle =
    options.handlers === undefined ? findBuilt : await createBuilds(options.handlers, started);
  const running = started.use(createProcesses(standIns, options, findBundle));
  const answers: string[] = [];
  const github = present(standIns.github, 'the stand-in of GitHub is missing');
  const getSqs = (): Sqs => present(standIns.sqs, 'inline there is no queue');
  let startedWebhook: Promise<LambdaFunction> | undefined;
  const webhook = (): Promise<LambdaFunction> => (startedWebhook ??= running.start('webhook'));

  const everything = started.move();
  return {
    github,
    secretsManager: standIns.secretsManager,
    get kms() {
      return present(standIns.kms, 'the private key is in Secrets Manager here');
    },
    get sqs() {
      return getSqs();
    },
    get dynamodbUrl() {
      return present(standIns.dynamodbUrl, 'this deployment has no ledger');
    },
    webhookSecret,
    privateKeyPem: standIns.privateKeyPem,
    lines: running.lines,
    start: (name, more) => running.start(name, more),
    webhook,
    async deliver(what, { to, timeoutMs, ...sent } = {}) {
      const lambda = to ?? (await webhook());
      const { calls, tokens } = github;
      const before = { calls: calls.length, tokens: tokens.length };
      const result = await lambda.invoke(toSignedEvent(what, { secret: webhookSecret, ...sent }), timeoutMs);
      answers.push(JSON.stringify(result));
      const meanwhile = { calls: calls.slice(before.calls), tokens: tokens.slice(before.tokens) };
      return { ...toAnswer(result), ...meanwhile };
    },
    poll(worker) {
      const polling = startEventSource({ sqs: getSqs(), invoke: (event) => worker.invoke(event) });
      running.defer(() => polling.stop());
      return polling;
    },
    stop: () => everything.disposeAsync(),
    async close() {
      await everything.disposeAsync();
      const leaks = findLeaks([...running.lines, ...answers], [webhookSecret]);
      if (leaks.length > 0) throw new Error(`lines or answers of the functions hold ${leaks.join(' and ')}`);
    },
  };
}

/** The processes of a deployment, the latest of which ends first. */
function createProcesses(standIns: StandIns, options: DeploymentOptions, findBundle: FindBundle) {
  const stack = new AsyncDisposableStack();
  const lines: string[] = [];
  return {
    lines,
    async start(name: DeployedFunction, more: StartOptions = {}): Promise<LambdaFunction> {
      const { timeoutMs = options.timeoutMs, without = options.without ?? [] } = more;
      const variables = { ...standIns.env[name], ...options.env, ...more.env };
      const functions = more.functions ?? options.functions;
      const lambda = await startLambda({
        bundle: functions === undefined ? await findBundle(name) : join(functions, `${name}.mjs`),
        env: Object.fromEntries(Object.entries(variables).filter(([each]) => !without.includes(each))),
        ...(timeoutMs !== undefined && { timeoutMs }),
        onLine(line) {
          lines.push(line);
          options.onLine?.(line);
        },
      });
      return stack.adopt(lambda, (running) => running.close());
    },
    defer: (end: () => Promise<void>) => stack.defer(end),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** The log lines of a function, or of a whole deployment, with this message. */
export function linesOf({ lines }: Pick<LambdaFunction, 'lines'>, message: string): readonly JsonObject[] {
  return lines
    .map(parseJson)
    .filter(isObject)
    .filter((line) => line['message'] === message);
}

function toStandInOptions({ queued, ledger, secretsFilled, kms, visibilitySeconds }: DeploymentOptions) {
  const given = { queued, ledger, secretsFilled, kms, visibilitySeconds };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** @returns The path of a function's module. */
type FindBundle = (name: DeployedFunction) => Promise<string>;

/** Those that are built before any test runs. */
const findBuilt: FindBundle = async (name) => join(inject('functions'), `${name}.mjs`);

/** @returns Functions with these handlers, built when the first process of each starts. They go with the stack. */
async function createBuilds(handlers: string, stack: AsyncDisposableStack): Promise<FindBundle> {
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'hookmint-')), (path) =>
    rm(path, { recursive: true }),
  );
  const builds = new Map<DeployedFunction, Promise<string>>();
  const build = async (name: DeployedFunction): Promise<string> => {
    const outdir = join(folder, name);
    await buildTestFunctions({ handlers, outdir, only: [name] });
    return join(outdir, 'functions', `${name}.mjs`);
  };
  return (name) => {
    const building = builds.get(name) ?? build(name);
    builds.set(name, building);
    return building;
  };
}

function present<T>(value: T | undefined, otherwise: string): T {
  if (value === undefined) throw new Error(otherwise);
  return value;
}
