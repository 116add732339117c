/** How long the steps of a sweep may take, in milliseconds. When a failure is due: `schedule.ts`. */

/** No step begins with less of the run's time left. */
export const STOP_MARGIN_MS = 3_000;

/** Reading a long log leaves this part of the run's time for asking. */
export const SHARE_OF_ASKING = 1 / 3;

/** Longer than a function may run: a claim outlives the run that made it only if that run died. */
export const LEASE_MS = 15 * 60_000;

/** Between two asks. Source: GitHub docs, "Best practices for using the REST API": one second or more between changes. */
export const PACE_MS = 1_000;

/** How long the handlers of one delivery may take in the sweeper, with no GitHub waiting for an answer. */
export const HANDLERS_TIME_MS = 30_000;
