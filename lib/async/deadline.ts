/** The time that a delivery has. */
import { ServiceFault } from '../faults.ts';
import { follow, type OwnSignal, type Signal } from './abort.ts';
import type { Clock } from './clock.ts';
import { ANSWER_MARGIN_MS } from './limits.ts';

/** When a delivery must have been answered, and the signals that end what is still under way then. */
export interface Deadline {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** Aborts, with a `deadline` fault, when the time is up. */
  readonly signal: Signal;
  /** Aborts a little earlier: a call upstream that fails then still leaves time to answer why. */
  readonly upstream: AbortSignal;
  /** Takes the timers down. Call it when the delivery has been answered. */
  end(): void;
}

/**
 * Whether no more may be begun. It goes by the clock as well as by the timers: a process that stood still hears the answers
 * that came meanwhile before it hears its timers.
 */
export function isTimeUp({ atMs, signal }: Pick<Deadline, 'atMs' | 'signal'>, nowMs: number): boolean {
  return signal.aborted || nowMs > atMs;
}

export function timeIsUp(): ServiceFault {
  return new ServiceFault('deadline', 'The time for this delivery is up.');
}

/** @param atMs Milliseconds since the epoch, by the clock. */
export function startDeadline(atMs: number, clock: Clock): Deadline {
  const delivery = follow();
  const upstream = follow();
  let stop = (): void => {};
  // One timer, and another one only where the first has run down: nearly every delivery ends before.
  const abortAt = (own: OwnSignal, ms: number, next: () => void): void => {
    const abort = (): void => {
      own.abort(timeIsUp());
      next();
    };
    const leftMs = ms - clock.now();
    if (leftMs > 0) stop = clock.after(leftMs, abort);
    // A timer of 0 ms would let whatever is ready run first.
    else abort();
  };
  abortAt(upstream, atMs - ANSWER_MARGIN_MS, () => abortAt(delivery, atMs, () => {}));
  return { atMs, signal: delivery, upstream: upstream.signal, end: () => stop() };
}
