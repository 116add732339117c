/** The dates of a page of GitHub's log, as far as they can be gone by. Pure. */
import type { LoggedDelivery } from '../github/logged-delivery.ts';

const HOUR_MS = 60 * 60_000;

/** No log goes back so far: github.com keeps 3 days, an Enterprise Server 7. */
const OLDEST_MS = 31 * 24 * HOUR_MS;

/** The clock of an Enterprise Server may be ahead of ours, but not by so much. */
const AHEAD_MS = 24 * HOUR_MS;

/**
 * The same deliveries, newest first as they came, none of them older than one that follows it. GitHub's log is
 * in order: an entry with a date of another year, or without one, is as old as those beside it. By its own date
 * it would be left out as one of long ago, or end the reading of the log before the entries behind it.
 *
 * @param nowMs By our clock.
 */
export function putInOrder(deliveries: readonly LoggedDelivery[], nowMs: number): readonly LoggedDelivery[] {
  const isBelieved = ({ deliveredAtMs }: LoggedDelivery): boolean =>
    deliveredAtMs > nowMs - OLDEST_MS && deliveredAtMs < nowMs + AHEAD_MS;
  // Where no date can be believed, they may all be new: by their own dates they would never be asked for.
  let oldestMs = deliveries.findLast(isBelieved)?.deliveredAtMs ?? nowMs;
  const oldestFirst = deliveries.toReversed().map((delivery) => {
    if (isBelieved(delivery)) oldestMs = Math.max(oldestMs, delivery.deliveredAtMs);
    return { ...delivery, deliveredAtMs: oldestMs };
  });
  return oldestFirst.toReversed();
}
