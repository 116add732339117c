/**
 * How a call to AWS that failed is repeated: by `call.ts`, and by the SDK's client of Secrets Manager with the
 * strategy below, within the time of whoever calls.
 *
 * Not by the SDK's own strategy: that one has a budget of 500 tokens for as long as the process lives, of which every
 * repetition takes 14 and every good call gives back one. An outage of minutes spends it, and from then on a
 * blip fails each delivery that a single repetition would have saved. What bounds us instead: few tries, a
 * limit for each of them, and the caller's signal, which also ends a pause.
 */

/** Tries of one call, the first included. */
export const MAX_TRIES = 3;

/** Before the second try; twice as long before the third. Up to a half is taken off, or all would come back at once. */
const PAUSE_MS = 50;

/** The same where AWS said that it is too much. */
const THROTTLED_PAUSE_MS = 200;

/** As the SDK has it: `RetryToken` of `@smithy/types`. */
interface RetryToken {
  getRetryCount(): number;
  getRetryDelay(): number;
}

interface RetryErrorInfo {
  readonly errorType: 'TRANSIENT' | 'THROTTLING' | 'SERVER_ERROR' | 'CLIENT_ERROR';
}

/** As the SDK has it: `RetryStrategyV2` of `@smithy/types`. */
export interface RetryStrategy {
  acquireInitialRetryToken(): Promise<RetryToken>;
  refreshRetryTokenForRetry(token: RetryToken, error: RetryErrorInfo): Promise<RetryToken>;
  recordSuccess(): void;
}

/** @param tries So far. @param random In [0, 1). */
export function toPauseMs(tries: number, throttled: boolean, random: number): number {
  return Math.ceil((throttled ? THROTTLED_PAUSE_MS : PAUSE_MS) * 2 ** (tries - 1) * (1 - random / 2));
}

interface RetriesDeps {
  /** Called when a try has failed on its way: its connection, and those like it, may be dead. */
  readonly onBroken: () => void;
  /** In [0, 1). */
  readonly random: () => number;
}

export function createRetries({ onBroken, random }: RetriesDeps): RetryStrategy {
  return {
    acquireInitialRetryToken: async () => toToken(0, 0),
    async refreshRetryTokenForRetry(token, { errorType }) {
      if (errorType === 'TRANSIENT') onBroken();
      const tries = token.getRetryCount() + 1;
      // What the SDK makes of this error: it throws the one that AWS gave.
      if (errorType === 'CLIENT_ERROR' || tries >= MAX_TRIES) throw new Error('not tried again');
      return toToken(tries, toPauseMs(tries, errorType === 'THROTTLING', random()));
    },
    recordSuccess() {},
  };
}

function toToken(retries: number, delayMs: number): RetryToken {
  return { getRetryCount: () => retries, getRetryDelay: () => delayMs };
}
