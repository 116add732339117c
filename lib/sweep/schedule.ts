/** When a failed delivery is asked for again, and when no more. Pure; times in milliseconds. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Every scan goes back so far behind its mark, since GitHub can take minutes to show a delivery in its log. */
export const OVERLAP_MS = 15 * MINUTE_MS;

/** How far back the first run looks. What failed before that was not sent to this deployment. */
export const FIRST_LOOK_BACK_MS = HOUR_MS;

/** A younger attempt may still be under way. */
const SETTLING_MS = 2 * MINUTE_MS;

/** From one ask to the next: the asks lie 0, 10 min, 1 h, 6 h, 22 h and 62 h after the first. */
const DISTANCES_MS: readonly number[] = [
  10 * MINUTE_MS,
  50 * MINUTE_MS,
  5 * HOUR_MS,
  16 * HOUR_MS,
  40 * HOUR_MS,
];

/**
 * How long github.com keeps a delivery. A GitHub Enterprise Server keeps it for 7 days; the same cap holds.
 * Source: GitHub docs, "Redelivering webhooks".
 */
export const LOG_LIFETIME_MS = 72 * HOUR_MS;

/** The time that the last attempt has to show in the log before its delivery is given up. */
const VERDICT_MS = 10 * MINUTE_MS;

/** When a failure is looked at again, and whether that is to ask or to give up. */
export interface NextStep {
  readonly nextAtMs: number;
  /** That was the last ask: at `nextAtMs` the delivery is given up. */
  readonly exhausted: boolean;
}

/** Whether github.com no longer has a delivery of this age. */
export function isPastLog(deliveredAtMs: number, nowMs: number): boolean {
  return nowMs > deliveredAtMs + LOG_LIFETIME_MS;
}

/** @param latestAtMs When the newest attempt was made: two minutes later it has surely ended. */
export function toFirstAskMs(latestAtMs: number): number {
  return latestAtMs + SETTLING_MS;
}

/**
 * What comes after an ask. One ask is always made, however late the failure was found; those after it
 * must lie within the time that GitHub keeps the delivery.
 *
 * @param asks How many were made, this one included.
 */
export function planNext(asks: number, deliveredAtMs: number, nowMs: number): NextStep {
  const distanceMs = DISTANCES_MS[asks - 1] ?? Infinity;
  const nextAtMs = nowMs + distanceMs;
  if (isPastLog(deliveredAtMs, nextAtMs)) return { nextAtMs: nowMs + VERDICT_MS, exhausted: true };
  return { nextAtMs, exhausted: false };
}
