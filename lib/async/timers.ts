/**
 * All timers of a process over one of Node's. Nearly every timer here is taken down long before its end, and to set
 * one of Node's and clear it takes ten times as long as to note one.
 */
import { AsyncResource } from 'node:async_hooks';

interface Timer {
  /** On the clock of `uptimeMs`. */
  readonly atMs: number;
  readonly callback: () => void;
}

/** The one of Node's: a `NodeJS.Timeout`. */
interface Alarm {
  ref(): unknown;
  unref(): unknown;
  close(): unknown;
}

interface TimersDeps {
  /** Milliseconds, of a clock that is never set back as the time of day may be. */
  readonly uptimeMs: () => number;
  /** `setTimeout`. */
  readonly setAlarm: (callback: () => void, ms: number) => Alarm;
}

/**
 * Nobody's work. What Node calls back goes on in the context (`AsyncLocalStorage`) of whoever set the timer, and whoever set
 * the alarm may be an earlier delivery: its trace, or what else a handler keeps there, is not that of the next one.
 */
const nobody = new AsyncResource('hookmint timers');

const NODE: TimersDeps = {
  uptimeMs: () => process.uptime() * 1_000,
  setAlarm: (callback, ms) => nobody.runInAsyncScope(() => setTimeout(callback, ms)),
};

/** The longest that Node waits. */
const MAX_ALARM_MS = 2 ** 31 - 1;

/** @returns `Clock.after`. As long as one of its timers is to call back, the process does not end by itself. */
export function createTimers({ uptimeMs, setAlarm }: TimersDeps = NODE) {
  const timers = new Set<Timer>();
  let alarm: Alarm | undefined;
  let alarmAtMs = 0;

  const ringAt = (atMs: number): void => {
    alarm?.close();
    alarmAtMs = atMs;
    // Node warns of a time that is over already.
    alarm = setAlarm(ring, Math.min(Math.max(1, Math.ceil(atMs - uptimeMs())), MAX_ALARM_MS));
  };

  /** @returns Whether it was still to call back. */
  const remove = (timer: Timer): boolean => {
    const wasThere = timers.delete(timer);
    if (wasThere && timers.size === 0) alarm?.unref();
    return wasThere;
  };

  const ring = (): void => {
    alarm = undefined;
    const nowMs = uptimeMs();
    const inOrder = [...timers].toSorted((a, b) => a.atMs - b.atMs);
    const next = inOrder.find(({ atMs }) => atMs > nowMs);
    if (next !== undefined) ringAt(next.atMs);
    for (const timer of inOrder) {
      if (timer === next) return;
      // Each by itself, as those of Node's are: one that throws stops no other, and one may still take down another.
      setImmediate(() => void (remove(timer) && timer.callback()));
    }
  };

  return (ms: number, callback: () => void): (() => void) => {
    const timer = { atMs: uptimeMs() + ms, callback };
    timers.add(timer);
    if (alarm === undefined || timer.atMs < alarmAtMs) ringAt(timer.atMs);
    else alarm.ref();
    return () => void remove(timer);
  };
}
