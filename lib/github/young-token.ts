/**
 * How GitHub treats a token that it made a moment ago: for some seconds it may refuse it, until it is known
 * everywhere, with 401 (token unknown), 403 (permissions unknown) or 404. A call refused so did nothing. Pure.
 */

const YOUNG_TOKEN_MS = 10_000;
const LAG_WINDOW_MS = 3_000;
const LAG_PAUSES_MS = [500, 1_500] as const;
const MAX_TRIES_AFTER: ReadonlyMap<number, number> = new Map([
  [401, LAG_PAUSES_MS.length],
  [403, LAG_PAUSES_MS.length],
  [404, 1],
]);

/** @param ageMs Since the token was minted. */
export function isYoung({ worked }: { readonly worked: boolean }, ageMs: number): boolean {
  return !worked && ageMs < YOUNG_TOKEN_MS;
}

/** A call that was refused, with what was done about it so far. */
interface RefusedCall {
  readonly status: number;
  readonly lagTries: number;
  /** Since its first try. */
  readonly elapsedMs: number;
}

/** How long to wait before the call is tried again, in milliseconds; undefined where the refusal is meant. */
export function findLagPause({ status, lagTries, elapsedMs }: RefusedCall): number | undefined {
  const pauseMs = LAG_PAUSES_MS[lagTries];
  const isLeft = lagTries < (MAX_TRIES_AFTER.get(status) ?? 0);
  return pauseMs !== undefined && isLeft && elapsedMs + pauseMs < LAG_WINDOW_MS ? pauseMs : undefined;
}
