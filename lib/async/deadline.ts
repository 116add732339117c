/** The time that a delivery has. */
import { ServiceFault } from '../faults.ts';
import { SYSTEM_CLOCK, type Clock } from './clock.ts';

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

/** What is kept back from calls upstream, out of the delivery's time. */
const ANSWER_MARGIN_MS = 250;

/** @param clock Its timers alone: what time it is now, the caller says. */
export function startDeadline(
  atMs: number,
  nowMs: number,
  clock: Pick<Clock, 'after'> = SYSTEM_CLOCK,
): Deadline {
  const delivery = abortAfter(atMs - nowMs, clock);
  const upstream = abortAfter(atMs - nowMs - ANSWER_MARGIN_MS, clock);
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

function abortAfter(delayMs: number, clock: Pick<Clock, 'after'>) {
  const controller = new AbortController();
  const abort = (): void =>
    controller.abort(new ServiceFault('deadline', 'The time for this delivery is up.'));
  if (delayMs > 0) return { signal: controller.signal, stop: clock.after(delayMs, abort) };
  // A timer of 0 ms would let whatever is ready run first.
  abort();
  return { signal: controller.signal, stop() {} };
}
