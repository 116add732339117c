/**
 * Signals that follow others. Not AbortSignal.any: what it makes is held weakly, and one that nobody
 * listened to was seen not to abort under load (Node 24.21).
 */
import type { Clock } from './clock.ts';

/** What ends work that is under way: an `AbortSignal`, or as much of one as our own code asks for. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason: unknown;
  /** @throws The reason, once it has aborted. */
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * A signal of one's own. Whoever made it ends it, so that nothing is left listening or waiting. It listens and is
 * listened to without Node's events, which take ten times as long.
 */
export interface OwnSignal extends Signal {
  /** The same for whoever asks for a real one. Made when it is first asked for. */
  readonly signal: AbortSignal;
  /** Aborts it, unless it has been. */
  abort(reason: unknown): void;
  /** Stops following and takes its timer down; the signal stays as it is. */
  end(): void;
}

/** Aborts with the first of the leaders that does, with its reason, and by itself. */
export function follow(...leaders: readonly Signal[]): OwnSignal {
  return new Follower(leaders);
}

/** The same, and aborts after so many milliseconds at the latest, with a `TimeoutError`. */
export function followFor(clock: Clock, ms: number, ...leaders: readonly Signal[]): OwnSignal {
  const own = new Follower(leaders);
  if (!own.aborted) own.abortAfter(clock, ms);
  return own;
}

class Follower implements OwnSignal {
  aborted = false;
  reason: unknown;
  readonly #leaders: readonly Signal[];
  #listeners: Set<() => void> | undefined;
  #stopTimer: (() => void) | undefined;
  #real: AbortController | undefined;

  constructor(leaders: readonly Signal[]) {
    this.#leaders = leaders;
    for (const leader of leaders) leader.addEventListener('abort', this.#onAbort);
    if (leaders.some(({ aborted }) => aborted)) this.#onAbort();
  }

  get signal(): AbortSignal {
    const real = (this.#real ??= new AbortController());
    if (this.aborted) real.abort(this.reason);
    return real.signal;
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  addEventListener(_: 'abort', listener: () => void): void {
    if (!this.aborted) (this.#listeners ??= new Set()).add(listener);
  }

  removeEventListener(_: 'abort', listener: () => void): void {
    this.#listeners?.delete(listener);
  }

  abortAfter(clock: Clock, ms: number): void {
    this.#stopTimer = clock.after(ms, () =>
      this.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
    );
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.end();
    this.aborted = true;
    this.reason = reason;
    this.#real?.abort(reason);
    for (const listener of this.#listeners ?? []) listener();
    this.#listeners = undefined;
  }

  end(): void {
    this.#stopTimer?.();
    for (const leader of this.#leaders) leader.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => this.abort(this.#leaders.find(({ aborted }) => aborted)?.reason);
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
