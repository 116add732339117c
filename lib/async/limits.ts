/**
 * The times that divide a delivery's, all in milliseconds, the outermost first. What a room keeps for itself
 * alone (how long a token is young, how often a message is tried) stands there.
 *
 *   arrival ──────────── upstream calls end ── deadline ── settled ── function's own end ── lease ends
 *                        ANSWER_MARGIN before              SETTLE_MARGIN after     LEASE_MARGIN after the deadline
 */

/** From the webhook's deadline to the moment when Lambda would end the function: the answer is given in it. */
export const INVOCATION_MARGIN_MS = 500;

/** How long before the deadline calls upstream are cut off, so that one that fails then can still be answered for. */
export const ANSWER_MARGIN_MS = 250;

/** Settling may go on for so long after the deadline; the answer waits for it. Less than INVOCATION_MARGIN_MS. */
export const SETTLE_MARGIN_MS = 400;

/** A lease ends so long after its owner's deadline: by then the owner has settled, or it is dead. */
export const LEASE_MARGIN_MS = 3_000;

/** A request older than GitHub's patience says nothing about the time left: it is a replay or a test. */
export const MAX_REQUEST_AGE_MS = 10_000;
