/** When a delivery is tried again, and when no more. Pure. */
import type { HandlerOutcome } from '../dispatch/outcome.ts';
import type { ServiceFault } from '../faults.ts';

/**
 * A handler that fails is tried so often by one message: with the distances below some three and a
 * half hours, long enough for most outages of GitHub's.
 */
export const MAX_ATTEMPTS = 12;

const FIRST_DELAY_SECONDS = 10;
const LONGEST_DELAY_SECONDS = 60 * 60;

/** SQS hides a message for 12 hours at most, counted from its receipt. */
const MAX_VISIBILITY_SECONDS = 11 * 60 * 60;

/**
 * Waiting costs no attempt, so it needs a bound of its own: after GitHub's log has forgotten a
 * delivery it goes to the dead letters, well before the queue would drop it.
 */
const MAX_AGE_MS = 3 * 24 * 60 * 60_000;

/** What becomes of a message. `delaySeconds`: until SQS shows it again. */
export type Verdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly delaySeconds: number; readonly reason: string }
  /** Nothing is left to try: to the dead letters. */
  | { readonly kind: 'dead'; readonly reason: string };

/**
 * What becomes of a message whose handlers ended so. Handlers that are done stay done: the ledger
 * knows. The soonest of the others decides when it comes back.
 *
 * @param random In [0, 1): spreads what failed together.
 */
export function decideVerdict(
  outcomes: readonly HandlerOutcome[],
  receiveCount: number,
  random: number,
): Verdict {
  const failures = outcomes.filter((outcome) => outcome.outcome === 'failed');
  if (failures.length === 0) return { kind: 'done' };
  const open = failures.filter(({ final }) => !final);
  if (open.length === 0) return { kind: 'dead', reason: describe(failures) };
  const delays = open.map(({ fault, attempt }) => toReturnSeconds(fault, attempt ?? receiveCount, random));
  return { kind: 'again', delaySeconds: Math.min(...delays, MAX_VISIBILITY_SECONDS), reason: describe(open) };
}

/** What has waited for days without an end is dead, before the queue forgets it without a word. */
export function expire(verdict: Verdict, sentAt: Date, nowMs: number): Verdict {
  const tooOld = nowMs - sentAt.getTime() > MAX_AGE_MS;
  return verdict.kind === 'again' && tooOld
    ? { kind: 'dead', reason: `too_old; ${verdict.reason}` }
    : verdict;
}

/** Twice as long after every attempt, up to an hour; jitter takes off up to a half. */
export function toDelaySeconds(attempt: number, random: number): number {
  const full = Math.min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** (attempt - 1));
  return Math.ceil(full * (1 - random / 2));
}

/**
 * The wait that a fault names, never less of it; jitter puts on up to a quarter, or all that waited
 * together would come back in the same second. Where it names none, the distance after this attempt.
 */
export function toReturnSeconds(fault: ServiceFault | undefined, attempt: number, random: number): number {
  const waitSeconds = fault?.retryAfterSeconds;
  if (waitSeconds === undefined) return toDelaySeconds(attempt, random);
  return Math.floor(waitSeconds * (1 + random / 4));
}

/** `name: reason` of each handler, for the dead letter. */
function describe(failures: readonly { readonly name: string; readonly reason: string }[]): string {
  return failures.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
}
