/** The time that a delivery has. */
import { ServiceFault } from '../faults.ts';
import type { Clock } from './clock.ts';
import { ANSWER_MARGIN_MS } from './limits.ts';

/** When a delivery must have been answered, and the signals that end what is still under way then. */
export interface Deadline {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** Aborts, with a `deadline` fault, when the time is up. */
  readonly signal: AbortSignal;
  /** Aborts a little earlier: a call upstream that fails then still leaves time to answer why. */
  readonly upstream: AbortSignal;
  /** Takes the timers down. Call it when the delivery has been answered. */
  end(): void;
}

/** @param atMs Milliseconds since the epoch, by the clock. */
export function startDeadline(atMs: number, clock: Clock): Deadline {
  const leftMs = atMs - clock.now();
  const delivery = abortAfter(leftMs, clock);
  const upstream = abortAfter(leftMs - ANSWER_MARGIN_MS, clock);
  return {
    atMs,
    signal: delivery.signal,
    upstream: upstream.signal,
    end() {
      delivery.stop();
      upstream.stop();
    },
  };
}

function abortAfter(delayMs: number, clock: Clock) {
  const controller = new AbortController();
  const abort = (): void =>
    controller.abort(new ServiceFault('deadline', 'The time for this delivery is up.'));
  if (delayMs > 0) return { signal: controller.signal, stop: clock.after(delayMs, abort) };
  // A timer of 0 ms would let whatever is ready run first.
  abort();
  return { signal: controller.signal, stop() {} };
}
