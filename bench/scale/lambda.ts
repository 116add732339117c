/**
 * The worker's execution environments, and the event source mapping that invokes them. Lambda's rules as
 * far as they are known; which environment it picks is not, and here it is the one that worked last.
 */
import type { Clock } from './clock.ts';
import type { Message, Queue } from './queue.ts';
import type { Invoke } from './worker.ts';

export interface LambdaSettings {
  readonly maximumConcurrency: number;
  /** Messages of a batch, 10 at most without a batching window. */
  readonly batchSize: number;
  readonly timeoutMs: number;
}

export interface Lambda {
  /** There may be something to do. */
  poke(): void;
  readonly tally: LambdaTally;
}

interface LambdaTally {
  invocations: number;
  coldStarts: number;
  /** Initialisation included, as it is billed. */
  billedMs: number;
  longestMs: number;
  receives: number;
  deletes: number;
  mostEnvironments: number;
}

interface LambdaDeps {
  readonly clock: Clock;
  readonly queue: Queue;
  readonly settings: LambdaSettings;
  readonly createEnvironment: () => Invoke;
  readonly onDone: (message: Message) => void;
}

/** Batches at once to begin with, and how many more a second while there is a backlog. Source: Lambda, SQS scaling. */
const FIRST_BATCHES = 5;
const MORE_BATCHES_PER_SECOND = 5;

/** From a message being visible to its batch being invoked. An assumption. */
const POLL_MS = 15;
const INIT_MS = 350;

/** An idle environment is let go after so long, and any after so long. AWS promises neither. */
const IDLE_MS = 10 * 60_000;
const LIFETIME_MS = 2 * 60 * 60_000;

interface Environment {
  readonly invoke: Invoke;
  readonly bornMs: number;
  idleSinceMs: number;
}

const QUEUE_ARN = 'arn:aws:sqs:eu-west-1:123456789012:deliveries';

export function createLambda({ clock, queue, settings, createEnvironment, onDone }: LambdaDeps): Lambda {
  const { maximumConcurrency, batchSize, timeoutMs } = settings;
  const { now } = clock;
  const tally: LambdaTally = {
    invocations: 0,
    coldStarts: 0,
    billedMs: 0,
    longestMs: 0,
    receives: 0,
    deletes: 0,
    mostEnvironments: 0,
  };
  let idle: Environment[] = [];
  let busy = 0;
  let limit = Math.min(FIRST_BATCHES, maximumConcurrency);
  let isScaling = false;

  const hasRoom = (): boolean => busy < limit && queue.visible() > 0;

  const poke = (): void => {
    while (hasRoom()) {
      const messages = queue.receive(batchSize);
      if (messages.length > 0) start(messages);
    }
    if (isScaling || (limit === FIRST_BATCHES && queue.visible() === 0)) return;
    isScaling = true;
    clock.after(1000, scale);
  };

  const scale = (): void => {
    isScaling = false;
    if (queue.visible() > 0) limit = Math.min(maximumConcurrency, limit + MORE_BATCHES_PER_SECOND);
    else if (busy < limit / 2)
      limit = Math.max(Math.min(FIRST_BATCHES, maximumConcurrency), limit - MORE_BATCHES_PER_SECOND);
    poke();
  };

  const start = (messages: readonly Message[]): void => {
    busy += 1;
    tally.receives += 1;
    run(messages).catch((error: unknown) => {
      clock.after(0, () => {
        throw error;
      });
    });
  };

  const run = async (messages: readonly Message[]): Promise<void> => {
    await clock.sleep(POLL_MS);
    const startedMs = now();
    const environment = await acquire();
    tally.invocations += 1;
    const invokedMs = now();
    const back = new Set(await environment.invoke(toSqsEvent(messages), timeoutMs));
    const tookMs = now() - invokedMs;
    // Some timers of the product run on the real clock: they must never have had a reason to go off.
    if (tookMs > timeoutMs - 1_000)
      throw new Error(`an invocation took ${tookMs} ms: it would have been cut off`);
    tally.billedMs += now() - startedMs;
    tally.longestMs = Math.max(tally.longestMs, tookMs);
    environment.idleSinceMs = now();
    idle.push(environment);
    const done = messages.filter(({ id }) => !back.has(id));
    if (done.length > 0) tally.deletes += 1;
    for (const message of done) {
      queue.remove(message);
      onDone(message);
    }
    busy -= 1;
    poke();
  };

  const acquire = async (): Promise<Environment> => {
    idle = idle.filter(
      ({ idleSinceMs, bornMs }) => now() - idleSinceMs < IDLE_MS && now() - bornMs < LIFETIME_MS,
    );
    const last = idle.pop();
    if (last !== undefined) return last;
    tally.coldStarts += 1;
    tally.mostEnvironments = Math.max(tally.mostEnvironments, busy + idle.length);
    const environment = { invoke: createEnvironment(), bornMs: now(), idleSinceMs: now() };
    await clock.sleep(INIT_MS);
    return environment;
  };

  return { poke, tally };
}

function toSqsEvent(messages: readonly Message[]) {
  return {
    Records: messages.map(({ id, body, receiveCount, sentMs, hiding }) => ({
      messageId: id,
      body,
      receiptHandle: `${id}/${hiding}`,
      eventSourceARN: QUEUE_ARN,
      attributes: { ApproximateReceiveCount: String(receiveCount), SentTimestamp: String(sentMs) },
    })),
  };
}
