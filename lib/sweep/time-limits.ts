/** How long the steps of a sweep may take, in milliseconds. When a failure is due: `schedule.ts`. */

/** No step begins with less of the run's time left. */
export const STOP_MARGIN_MS = 3_000;

/** Reading a long log leaves this part of the run's time for asking. */
export const SHARE_OF_ASKING = 1 / 3;

/** Longer than a function may run: a claim outlives the run that made it only if that run died. */
export const LEASE_MS = 15 * 60_000;

/**
 * Between two asks: 750 of the 900 points that GitHub gives for one endpoint and minute, an ask being five. Its advice
 * of a second between changes would take over three hours and a half for 10,000 (docs/scale.md); a refusal ends the run, and
 * is waited out. Source: GitHub docs, "Rate limits for the REST API".
 */
export const PACE_MS = 400;

/** How long the handlers of one delivery may take in the sweeper, with no GitHub waiting for an answer. */
export const HANDLERS_TIME_MS = 30_000;
