/** How a handler says how its delivery goes on, where an ordinary error would be tried again soon. */

/** What ends a handler that says so. Whoever catches errors lets this one through. */
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
 * Ends the handler: there is nothing to be done. No failure; not tried again.
 *
 * @param reason Shown to people beside the delivery, redacted, 200 characters at most.
 * @throws HandlerEnding Always: `skip(…)` needs no `throw`, and `throw skip(…)` says the same.
 */
export function skip(reason: string): never {
  throw new HandlerEnding('skip', reason);
}

/**
 * Ends the handler: not now, but then. Costs no attempt.
 *
 * @param afterSeconds At least 1; what is no number counts as an ordinary failure. Inline it is told to
 *                     GitHub, which does nothing: the sweep asks again.
 * @throws HandlerEnding Always, as `skip` does.
 */
export function retry(reason: string, afterSeconds: number): never {
  const wait = Number.isFinite(afterSeconds) ? Math.max(1, Math.ceil(afterSeconds)) : undefined;
  throw new HandlerEnding('retry', reason, wait);
}

/**
 * Ends the handler: a failure that trying again cannot mend. In the queue: to the dead letters.
 *
 * @throws HandlerEnding Always, as `skip` does.
 */
export function giveUp(reason: string): never {
  throw new HandlerEnding('give_up', reason);
}
