/** A function that outlives its processes: one that died is started anew by the next invocation. */
import type { LambdaFunction } from './lambda.ts';

export interface LastingFunction {
  /** @throws Error where the function threw, its process ended, or it could not be started. */
  invoke(event: unknown): Promise<unknown>;
  /**
   * Starts another process, which takes what is invoked from then on. The one before ends what it has begun.
   *
   * @throws Error where the new one does not start: then the one before goes on.
   */
  renew(): Promise<void>;
  close(): Promise<void>;
}

/** One process, from its start on. */
interface Life {
  /** Rejects where it did not start. */
  readonly starting: Promise<LambdaFunction>;
  readonly isRetired: () => boolean;
  invoke(event: unknown): Promise<unknown>;
  /** Another one takes its place: it ends when it has answered what it was invoked with. */
  retire(): Promise<void>;
  /** Ends it at once, wherever it is. */
  close(): Promise<void>;
}

/** @param onDeath Called with the exit code, unless it was closed; null where a signal ended the process. */
export async function createLastingFunction(
  start: () => Promise<LambdaFunction>,
  onDeath: (code: number | null) => void,
): Promise<LastingFunction> {
  const lives = new Set<Life>();
  let current: Life | undefined;
  let closing = false;

  const begin = (): Life => {
    const life = createLife(start());
    lives.add(life);
    void watchOver(life);
    return life;
  };

  const watchOver = async (life: Life): Promise<void> => {
    try {
      const code = await (await life.starting).exited;
      if (!closing && !life.isRetired()) onDeath(code);
    } catch {
      // Whoever asked for the start is told.
    } finally {
      lives.delete(life);
      if (current === life) current = undefined;
    }
  };

  current = begin();
  await current.starting;
  return {
    async invoke(event) {
      current ??= begin();
      return current.invoke(event);
    },
    async renew() {
      const next = begin();
      await next.starting;
      const before = current;
      current = next;
      await before?.retire();
    },
    async close() {
      closing = true;
      await Promise.all([...lives].map((life) => life.close()));
    },
  };
}

function createLife(starting: Promise<LambdaFunction>): Life {
  /** Invocations without an answer. */
  let open = 0;
  let retired = false;

  const endIfDone = async (): Promise<void> => {
    if (retired && open === 0) await (await starting).close();
  };

  return {
    starting,
    isRetired: () => retired,
    async invoke(event) {
      open += 1;
      try {
        return await (await starting).invoke(event);
      } finally {
        open -= 1;
        await endIfDone();
      }
    },
    async retire() {
      retired = true;
      await endIfDone();
    },
    async close() {
      const started = await starting.catch(() => undefined);
      // A Ctrl-C reaches the process as well: it may be gone already.
      await started?.close().catch(() => {});
    },
  };
}
