/** A window of time in a world: deliveries come in, the worker's own code handles them, and everything is counted. */
import { createEnqueue } from '../../lib/queue/enqueue.ts';
import { createRandom } from '../../local/random.ts';
import { createClock } from './clock.ts';
import { createGitHub, type GitHubLimits } from './github.ts';
import { createHandlers, toPayload, type HandlerSettings } from './handler.ts';
import { createLambda, type LambdaSettings } from './lambda.ts';
import { createTable } from './ledger.ts';
import { arrive, type Load } from './load.ts';
import { countRepositories, createOrigins, NOISY_ID, type Population } from './population.ts';
import { createQueue, type Message, type Queue } from './queue.ts';
import { APP, createEnvironment } from './worker.ts';

export interface World {
  readonly seed: number;
  readonly load: Load;
  readonly population: Population;
  readonly handler: HandlerSettings;
  readonly lambda: LambdaSettings;
  readonly limits: GitHubLimits;
  readonly fromMs: number;
  /** Deliveries come until then; the run goes on until all of them are done. */
  readonly untilMs: number;
}

/** Of one delivery: how long it was in the queue until it was done, in seconds. */
export interface Wait {
  readonly seconds: number;
  readonly sentMs: number;
  readonly isBurst: boolean;
  readonly isNoisy: boolean;
}

export type Measured = Awaited<ReturnType<typeof simulate>>;

const VISIBILITY_FACTOR = 6;
const MAX_RECEIVE_COUNT = 1000;
const SAMPLE_MS = 10_000;

/** A token lives for an hour, and is not handed out in its last five minutes. */
const TOKEN_USE_MS = 55 * 60_000;

export async function simulate(world: World) {
  const { load, population, fromMs, untilMs } = world;
  const random = createRandom(world.seed);
  const clock = createClock(fromMs);
  const table = createTable(clock);
  const github = createGitHub({
    limits: world.limits,
    repositoriesOf: (id) => countRepositories(population, id),
    now: clock.now,
  });
  const waits: Wait[] = [];
  const kinds = new Map<string, Pick<Wait, 'isBurst' | 'isNoisy'>>();
  const log = { bytes: 0, errors: 0, cached: 0, minted: 0 };
  const sqs = { sends: 0, postpones: 0, buried: 0, mostReceives: 0, mostInFlight: 0, oldestSeconds: 0 };
  const received = new Map<string, Message>();
  /** Seen while a token of the end is of use. */
  const active = { installations: new Set<number>(), repositories: new Set<number>() };

  const queue: Queue = createQueue({
    clock,
    visibilityMs: world.lambda.timeoutMs * VISIBILITY_FACTOR,
    maxReceiveCount: MAX_RECEIVE_COUNT,
    onVisible: () => lambda.poke(),
  });
  const environmentDeps = {
    clock,
    random,
    github,
    ledger: table.ledger,
    handlers: createHandlers(world.handler, clock.sleep),
    queue: {
      postpone({ messageId }: { readonly messageId: string }, delaySeconds: number) {
        sqs.postpones += 1;
        const message = received.get(messageId);
        if (message !== undefined) queue.hide(message, delaySeconds * 1000);
        return Promise.resolve();
      },
      bury() {
        sqs.buried += 1;
        return Promise.resolve();
      },
    },
    onLine(line: string) {
      log.bytes += Buffer.byteLength(line) + 1;
      if (line.includes('"stack":')) log.errors += 1;
      if (line.includes('"token":"cached"')) log.cached += 1;
      else if (line.includes('"token":"minted"')) log.minted += 1;
    },
  };
  const lambda = createLambda({
    clock,
    queue,
    settings: world.lambda,
    createEnvironment: () => createEnvironment(environmentDeps),
    onDone(message) {
      received.delete(message.id);
      sqs.mostReceives = Math.max(sqs.mostReceives, message.receiveCount);
      const kind = kinds.get(message.id) ?? { isBurst: false, isNoisy: false };
      kinds.delete(message.id);
      waits.push({ ...kind, sentMs: message.sentMs, seconds: (clock.now() - message.sentMs) / 1000 });
    },
  });

  const nextOrigin = createOrigins(population, random);
  let kind = { isBurst: false, isNoisy: false };
  const enqueue = createEnqueue(
    {
      send(body, group) {
        sqs.sends += 1;
        const message = queue.send(body, group);
        received.set(message.id, message);
        kinds.set(message.id, kind);
        return Promise.resolve();
      },
    },
    APP.host,
  );
  const { signal } = new AbortController();
  const deliver = (isBurst: boolean): void => {
    const origin = nextOrigin();
    if (clock.now() >= untilMs - TOKEN_USE_MS) {
      active.installations.add(origin.installationId);
      active.repositories.add(origin.repositoryId);
    }
    kind = { isBurst, isNoisy: origin.installationId === NOISY_ID };
    const envelope = {
      id: random.guid(),
      event: 'issues',
      hookId: '458',
      targetAppId: APP.appId,
      receivedAt: new Date(clock.now()),
    };
    const body = Buffer.from(JSON.stringify(toPayload(origin)));
    const content = { kind: 'body', format: 'json', body } as const;
    void enqueue({ envelope, content, replay: false }, origin.installationId, signal);
  };

  const arrivals = arrive(load, fromMs, untilMs, random);
  let coming = true;
  const comeNext = (): void => {
    const { value: arrival } = arrivals.next();
    if (arrival === undefined) {
      coming = false;
      return;
    }
    clock.after(arrival.atMs - clock.now(), () => {
      deliver(arrival.isBurst);
      comeNext();
    });
  };
  const isOver = (): boolean => !coming && kinds.size === queue.dead.length + sqs.buried;
  const sample = (): void => {
    sqs.mostInFlight = Math.max(sqs.mostInFlight, queue.inFlight());
    sqs.oldestSeconds = Math.max(sqs.oldestSeconds, queue.oldestAgeSeconds());
    clock.after(SAMPLE_MS, sample);
  };
  comeNext();
  sample();
  await clock.run(isOver);

  return {
    world,
    waits,
    log,
    sqs: { ...sqs, dead: queue.dead.length },
    lambda: lambda.tally,
    table: table.tally,
    github: github.tally,
    active: { installations: active.installations.size, repositories: active.repositories.size },
    virtualMs: clock.now() - fromMs,
  };
}
