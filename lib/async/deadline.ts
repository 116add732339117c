/** The time that a delivery has. */
import { ServiceFault } from '../faults.ts';

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

export function startDeadline(atMs: number, nowMs: number): Deadline {
  const delivery = abortAfter(atMs - nowMs);
  const upstream = abortAfter(atMs - nowMs - ANSWER_MARGIN_MS);
  return {
    atMs,
    signal: delivery.signal,
    upstream: upstream.signal,
    end() {
      clearTimeout(delivery.timer);
      clearTimeout(upstream.timer);
    },
  };
}

function abortAfter(delayMs: number) {
  const controller = new AbortController();
  const abort = (): void =>
    controller.abort(new ServiceFault('deadline', 'The time for this delivery is up.'));
  // A timer of 0 ms would let whatever is ready run first.
  if (delayMs <= 0) abort();
  const timer = setTimeout(abort, Math.max(0, delayMs));
  return { signal: controller.signal, timer };
}
