/** What counts as answered. Pure. */
import type { LoggedDelivery } from '../github/logged-delivery.ts';

/**
 * GitHub's own filter `status=success` takes a redirect for a success, and `status=failure` misses a
 * connection that failed, which has no code: both say less than the entry itself.
 */
export function isGoodAnswer({ status, statusCode }: Pick<LoggedDelivery, 'status' | 'statusCode'>): boolean {
  return status === 'OK' && statusCode >= 200 && statusCode < 300;
}

/** The front door refused the delivery for its size, before our code saw it. */
export const TOO_LARGE_FOR_THE_DOOR = 413;

/** What the webhook answers when a delivery does not fit into the queue; a 503 may mean much else, too. */
export const MAYBE_TOO_LARGE_FOR_THE_QUEUE = 503;
/** The reason in that answer, which tells it from every other 503. */
export const TOO_LARGE_REASON = 'delivery_too_large';
