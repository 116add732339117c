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

/**
 * Of more failures than GitHub would be asked for in two minutes, each is pulled where there is a queue. Fewer are asked
 * for: GitHub's log shows then that they were answered well.
 */
export const MANY = 300;

/** Between two of many that are pulled: 750 of the same 900 points, a read being one. */
export const PULL_PACE_MS = 80;

/** Pulls under way at once: GitHub may take half a second for each. It allows 100 requests. Same source. */
export const PULLS_SIDE_BY_SIDE = 8;

/** How long the handlers of one delivery may take in the sweeper, with no GitHub waiting for an answer. */
export const HANDLERS_TIME_MS = 30_000;
