/** A clock that stands still until a test moves it. */
import type { Clock } from '../../lib/async/clock.ts';

export interface ManualClock extends Clock {
  /**
   * Moves time on and calls back whatever falls due, in its order, each at its own time. What a callback
   * starts may fall due as well; between two of them, promises that are ready run.
   */
  advance(ms: number): Promise<void>;
  /** Waits until somebody waits for exactly so long, and lets that time pass. */
  pass(ms: number): Promise<void>;
  /** Timers that have not called back. */
  readonly waiting: number;
}

interface Timer {
  readonly ms: number;
  readonly atMs: number;
  readonly callback: () => void;
}

/** @param startMs Milliseconds since the epoch. */
export function createManualClock(startMs = Date.UTC(2026, 5, 1, 12)): ManualClock {
  let nowMs = startMs;
  const timers = new Set<Timer>();
  /** Those who wait for a timer of so many milliseconds. */
  let watchers: { readonly ms: number; readonly seen: () => void }[] = [];
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  const clock: ManualClock = {
    now: () => nowMs,
    after(ms, callback) {
      const timer = { ms, atMs: nowMs + Math.max(0, ms), callback };
      timers.add(timer);
      for (const watcher of watchers.filter((watching) => watching.ms === ms)) watcher.seen();
      watchers = watchers.filter((watching) => watching.ms !== ms);
      return () => void timers.delete(timer);
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle();
      for (;;) {
        const [next] = [...timers].filter(({ atMs }) => atMs <= untilMs).toSorted((a, b) => a.atMs - b.atMs);
        if (next === undefined) break;
        timers.delete(next);
        nowMs = Math.max(nowMs, next.atMs);
        next.callback();
        await settle();
      }
      nowMs = untilMs;
    },
    async pass(ms) {
      if (![...timers].some((timer) => timer.ms === ms))
        await new Promise<void>((seen) => watchers.push({ ms, seen }));
      await clock.advance(ms);
    },
    get waiting() {
      return timers.size;
    },
  };
  return clock;
}
