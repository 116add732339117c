/** Time as the product sees it. It is passed in, timers included, so that a test moves it by hand. */
import type { Signal } from './abort.ts';
import { createTimers } from './timers.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Calls back once, after so many milliseconds.
   *
   * @returns Takes the timer down; once it has called back, that does nothing.
   */
  after(ms: number, callback: () => void): () => void;
}

/** The clock of this machine. */
export const SYSTEM_CLOCK: Clock = { now: () => Date.now(), after: createTimers() };

/**
 * Waits for so many milliseconds.
 *
 * @throws The signal's reason, as soon as it aborts.
 */
export function sleep(clock: Clock, ms: number, signal?: Signal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(toError(signal));
    const stop = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    const onAbort = (): void => {
      stop();
      reject(toError(signal));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function toError(signal: Signal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
