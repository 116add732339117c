/** Does something again and again, one at a time, as a schedule does. */
import { type Clock, sleep } from '../../lib/async/clock.ts';

export interface Rounds {
  /** No more of them; the one under way is not waited for. */
  stop(): void;
}

interface RoundsOptions {
  /** From the end of one round to the beginning of the next. */
  readonly everyMs: number;
  /** Where it throws, the next one comes all the same. */
  readonly round: () => Promise<unknown>;
  readonly clock: Clock;
}

export function startRounds({ everyMs, round, clock }: RoundsOptions): Rounds {
  const stopped = new AbortController();
  const { signal } = stopped;
  const go = async (): Promise<void> => {
    while (!signal.aborted) {
      await sleep(clock, everyMs, signal).catch(() => {});
      if (!signal.aborted) await round().catch(() => {});
    }
  };
  void go();
  return { stop: () => stopped.abort() };
}
