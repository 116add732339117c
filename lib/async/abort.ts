/**
 * Signals that follow others. Not AbortSignal.any: what it makes is held weakly, and one that nobody
 * listened to was seen not to abort under load (Node 24.21).
 */
import type { Clock } from './clock.ts';

/** A signal of one's own. Whoever made it ends it, so that nothing is left listening or waiting. */
export interface OwnSignal {
  readonly signal: AbortSignal;
  /** Aborts it, unless it has been. */
  abort(reason: unknown): void;
  /** Stops following and takes its timer down; the signal stays as it is. */
  end(): void;
}

/** Aborts with the first of the leaders that does, with its reason, and by itself. */
export function follow(...leaders: readonly AbortSignal[]): OwnSignal {
  const own = new AbortController();
  const listeners = leaders.map((leader) => ({ leader, onAbort: () => abort(leader.reason) }));
  const end = (): void => {
    for (const { leader, onAbort } of listeners) leader.removeEventListener('abort', onAbort);
  };
  const abort = (reason: unknown): void => {
    end();
    own.abort(reason);
  };
  for (const { leader, onAbort } of listeners) {
    if (leader.aborted) onAbort();
    if (own.signal.aborted) break;
    leader.addEventListener('abort', onAbort);
  }
  return { signal: own.signal, abort, end };
}

/** The same, and aborts after so many milliseconds at the latest, with a `TimeoutError`. */
export function followFor(clock: Clock, ms: number, ...leaders: readonly AbortSignal[]): OwnSignal {
  const own = follow(...leaders);
  if (own.signal.aborted) return own;
  const stop = clock.after(ms, () =>
    own.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
  );
  return {
    signal: own.signal,
    abort(reason) {
      stop();
      own.abort(reason);
    },
    end() {
      stop();
      own.end();
    },
  };
}

/**
 * Does work that has so many milliseconds and no more: its signal then aborts, and whether the work heeds
 * that is its own business.
 *
 * @throws What the work throws.
 */
export async function within<T>(
  clock: Clock,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const time = followFor(clock, ms);
  try {
    return await work(time.signal);
  } finally {
    time.end();
  }
}
