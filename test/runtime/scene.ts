/** The packaged functions as Lambda runs them, with all stand-ins. */
import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { type EventSource, startEventSource } from '../../local/aws/event-source.ts';
import type { GitHub } from '../../local/github/types.ts';
import { isObject, type JsonObject, parseJson, toObject } from '../../lib/json/json.ts';
import { createLastingFunction, type LastingFunction } from '../../local/aws/lasting-function.ts';
import type { Sqs } from '../../local/aws/sqs.ts';
import { type FunctionName, startStandIns } from '../../local/server/stand-ins.ts';
import { type Fixture, loadFixture, loadWorld, toAnswer, toSignedEvent } from '../harness/deliver.ts';
import { findLeaks } from '../harness/leaks.ts';
import type { Shape } from './package-functions.ts';
import { startRuntime } from './runtime.ts';

const WEBHOOK_SECRET = 'the webhook secret of the runtime test';

/** Long enough to come back from, short enough to wait for. */
const VISIBILITY_SECONDS = 1;

interface SceneOptions {
  readonly shape: Shape;
  /** Functions built with `handlers.ts` in place of those in the zips. */
  readonly misbehaving?: boolean;
}

interface StartOptions {
  /** Default: what the package says. */
  readonly timeoutMs?: number;
  /** More environment, or other values. */
  readonly env?: Readonly<Record<string, string>>;
}

interface SceneFunction extends LastingFunction {
  /** Log lines of all its processes. */
  lines(message?: string): readonly JsonObject[];
  /** How many processes it had. */
  readonly processes: () => number;
}

interface Answer {
  readonly status: unknown;
  readonly body: JsonObject;
}

export interface Scene {
  readonly github: GitHub;
  /** Only queued. */
  readonly sqs: Sqs;
  start(name: FunctionName, options?: StartOptions): Promise<SceneFunction>;
  /** Everything that the processes wrote, and what they reported to Lambda. */
  readonly written: readonly string[];
  /** Polls the queue for a worker. */
  poll(worker: LastingFunction): EventSource;
  /** Bodies of the comments on the issue of the fixture and of `issue()`. */
  comments(): Promise<readonly string[]>;
  /** @throws Error where anything that was written or reported holds a credential. */
  close(): Promise<void>;
}

export async function startScene({ shape, misbehaving = false }: SceneOptions): Promise<Scene> {
  await using started = new AsyncDisposableStack();
  const standIns = started.adopt(
    await startStandIns({
      github: { kind: 'stand-in', world: loadWorld() },
      webhookSecret: WEBHOOK_SECRET,
      queued: shape === 'queued',
      visibilitySeconds: VISIBILITY_SECONDS,
    }),
    (each) => each.close(),
  );
  const { github, sqs } = standIns;
  if (github === undefined) throw new Error('the stand-in of GitHub is missing');
  const running = started.use(new AsyncDisposableStack());
  const scene = started.move();
  const written: string[] = [];

  return {
    github,
    written,
    get sqs() {
      if (sqs === undefined) throw new Error('inline there is no queue');
      return sqs;
    },
    async start(name, { timeoutMs, env = {} } = {}) {
      const packaged = inject('packaged')[shape][name];
      if (packaged === undefined) throw new Error(`the package for ${shape} has no ${name}`);
      const lines: string[] = [];
      let processes = 0;
      const launch = () => {
        processes += 1;
        return startRuntime({
          client: inject('runtimeClient'),
          taskRoot: misbehaving ? inject('misbehaving') : packaged.taskRoot,
          handler: packaged.handler,
          timeoutMs: timeoutMs ?? packaged.timeoutMs,
          env: { ...toEnvironment(packaged.variables, standIns.env[name]), ...env },
          onLine(line) {
            lines.push(line);
            written.push(line);
          },
          onReport: (body) => void written.push(body),
        });
      };
      const lasting = await createLastingFunction(launch, () => {});
      running.defer(() => lasting.close());
      return {
        ...lasting,
        processes: () => processes,
        lines: (message) =>
          lines
            .map(parseJson)
            .filter(isObject)
            .filter((line) => message === undefined || line['message'] === message),
      };
    },
    poll(worker) {
      if (sqs === undefined) throw new Error('inline there is no queue');
      const source = startEventSource({ sqs, concurrency: 1, invoke: (event) => worker.invoke(event) });
      running.defer(() => source.stop());
      return source;
    },
    comments: async () => (await github.seen.comments('octo-org/widgets', 14)).map(({ body }) => body),
    async close() {
      await scene.disposeAsync();
      const leaks = findLeaks(written, [WEBHOOK_SECRET]);
      if (leaks.length > 0) throw new Error(`what the functions wrote holds ${leaks.join(' and ')}`);
    },
  };
}

/** Sends a delivery as GitHub does, by default the issue that somebody opened for the first time. */
export async function deliver(
  webhook: LastingFunction,
  fixture: Fixture = loadFixture('issues-opened-first-time'),
): Promise<Answer> {
  const { status, body } = toAnswer(await webhook.invoke(toSignedEvent(fixture, { secret: WEBHOOK_SECRET })));
  return { status, body: toObject(body) };
}

/** A delivery of its own about the issue. */
export function issue(action: string, id: string = randomUUID()) {
  const { headers, body } = loadFixture('issues-opened-first-time');
  return { headers: { ...headers, 'X-GitHub-Delivery': id }, body: { ...body, action } };
}

/**
 * What the package names, with values that lead to the stand-ins, and what Lambda and the SDK need: no
 * more, so that a variable which the package forgets is missing here, too.
 */
function toEnvironment(
  variables: Readonly<Record<string, string | null>>,
  standIns: Readonly<Record<string, string>>,
): Record<string, string> {
  const own = Object.entries(variables).map(([name, literal]) => {
    const value = standIns[name] ?? literal;
    if (value === null) throw new Error(`nothing here stands in for ${name}`);
    return [name, value] as const;
  });
  const platform = Object.entries(standIns).filter(([name]) => name.startsWith('AWS_'));
  return Object.fromEntries([...platform, ...own]);
}
