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
  readonly starting: Promise<LambdaFunction>;
  /** Invocations without an answer. */
  open: number;
  /** Another one has taken its place. */
  retired: boolean;
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
    const life: Life = { starting: start(), open: 0, retired: false };
    lives.add(life);
    void watchOver(life);
    return life;
  };

  const watchOver = async (life: Life): Promise<void> => {
    try {
      const code = await (await life.starting).exited;
      if (!closing && !life.retired) onDeath(code);
    } catch {
      // Whoever asked for the start is told.
    } finally {
      lives.delete(life);
      if (current === life) current = undefined;
    }
  };

  const endIfDone = async (life: Life): Promise<void> => {
    if (life.retired && life.open === 0) await (await life.starting).close();
  };

  current = begin();
  await current.starting;
  return {
    async invoke(event) {
      current ??= begin();
      const life = current;
      life.open += 1;
      try {
        return await (await life.starting).invoke(event);
      } finally {
        life.open -= 1;
        await endIfDone(life);
      }
    },
    async renew() {
      const next = begin();
      await next.starting;
      const before = current;
      current = next;
      if (before === undefined) return;
      before.retired = true;
      await endIfDone(before);
    },
    async close() {
      closing = true;
      // A Ctrl-C reaches the processes as well: they may be gone already.
      const all = [...lives];
      await Promise.all(
        all.map(async ({ starting }) => {
          await (await starting.catch(() => undefined))?.close().catch(() => {});
        }),
      );
    },
  };
}
