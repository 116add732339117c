/** The ledger learns that the handler starts, since from here on its attempt counts, unless the claim has said so. */
import { ServiceFault } from '../faults.ts';
import type { Claimed, Ledger } from '../ledger/ledger.ts';

/** How long to stay away from a record that somebody else has claimed: by then it is known until when. */
const LOST_RETRY_SECONDS = 5;

/**
 * @param claim Absent where there is no ledger, and nothing to tell.
 * @throws ServiceFault `in_progress` where the lease had ended and somebody else claimed since, and what
 *         `Ledger.start` throws.
 */
export async function start(
  claim: Claimed | undefined,
  ledger: Ledger | undefined,
  signal: AbortSignal,
): Promise<object> {
  if (claim === undefined || ledger === undefined || claim.record.started === true) return {};
  if ((await ledger.start(claim, signal)) === 'started') return {};
  throw new ServiceFault('in_progress', 'Another owner has claimed this handler since.', {
    retryAfterSeconds: LOST_RETRY_SECONDS,
  });
}
