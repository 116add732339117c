/** How a handler says how its delivery goes on, where an ordinary error would be tried again soon. */

/** What is thrown for it. */
export class HandlerEnding extends Error {
  override readonly name = 'HandlerEnding';
  readonly kind: 'skip' | 'retry' | 'give_up';
  readonly retryAfterSeconds: number | undefined;

  constructor(kind: HandlerEnding['kind'], reason: string, retryAfterSeconds?: number) {
    super(reason);
    this.kind = kind;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * `throw skip(reason)`: there is nothing to be done. No failure; not tried again.
 *
 * @param reason Shown to people beside the delivery, redacted, 200 characters at most.
 */
export function skip(reason: string): HandlerEnding {
  return new HandlerEnding('skip', reason);
}

/**
 * `throw retry(reason, seconds)`: not now, but then. Costs no attempt.
 *
 * @param afterSeconds At least 1; what is no number counts as an ordinary failure. Inline it is told to
 *                     GitHub, which does nothing: the sweep asks again.
 */
export function retry(reason: string, afterSeconds: number): HandlerEnding {
  const wait = Number.isFinite(afterSeconds) ? Math.max(1, Math.ceil(afterSeconds)) : undefined;
  return new HandlerEnding('retry', reason, wait);
}

/** `throw giveUp(reason)`: a failure that trying again cannot mend. In the queue: to the dead letters. */
export function giveUp(reason: string): HandlerEnding {
  return new HandlerEnding('give_up', reason);
}
