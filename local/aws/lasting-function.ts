/** A function that outlives its processes: one that died is started anew by the next invocation. */
import type { LambdaFunction } from './lambda.ts';

export interface LastingFunction {
  /** @throws Error where the function threw, its process ended, or it could not be started. */
  invoke(event: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/** @param onDeath Called with the exit code, unless it was closed; null where a signal ended the process. */
export async function createLastingFunction(
  start: () => Promise<LambdaFunction>,
  onDeath: (code: number | null) => void,
): Promise<LastingFunction> {
  let current: Promise<LambdaFunction> | undefined;
  let closing = false;

  const launch = (): Promise<LambdaFunction> => {
    const starting = start();
    current = starting;
    void watchOver(starting);
    return starting;
  };

  const watchOver = async (starting: Promise<LambdaFunction>): Promise<void> => {
    try {
      const code = await (await starting).exited;
      if (!closing) onDeath(code);
    } catch {
      // Whoever asked for the start is told.
    } finally {
      if (current === starting) current = undefined;
    }
  };

  await launch();
  return {
    invoke: async (event) => (await (current ?? launch())).invoke(event),
    async close() {
      closing = true;
      // A Ctrl-C reaches the process as well: it may be gone already.
      await (await current?.catch(() => undefined))?.close().catch(() => {});
    },
  };
}
