/** Does something again and again, one at a time, as a schedule does. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Rounds {
  /** No more of them; the one under way is not waited for. */
  stop(): void;
}

/** @param onError Told what a round threw; the next one comes all the same. */
export function startRounds(
  everyMs: number,
  round: () => Promise<unknown>,
  onError: (error: unknown) => void,
): Rounds {
  const stopped = new AbortController();
  const { signal } = stopped;
  const go = async (): Promise<void> => {
    while (!signal.aborted) {
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => {});
      if (!signal.aborted) await round().catch(onError);
    }
  };
  void go();
  return { stop: () => stopped.abort() };
}
