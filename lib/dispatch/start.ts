/** The ledger learns that the handler starts, since from here on its attempt counts. Where the claim has said so, nothing is to be told. */
import { ServiceFault } from '../faults.ts';
import type { Claimed, Ledger } from '../ledger/ledger.ts';

/** How long to stay away from a record that somebody else has claimed: by then it is known until when. */
const LOST_RETRY_SECONDS = 5;

/**
 * @param ledger Absent where there is none, and nothing to tell.
 * @throws ServiceFault `in_progress` where the lease had ended and somebody else claimed since, and what
 *         `Ledger.start` throws.
 */
export async function start(
  claim: Claimed,
  ledger: Ledger | undefined,
  signal: AbortSignal,
): Promise<object> {
  if (ledger === undefined || (await ledger.start(claim, signal)) === 'started') return {};
  throw new ServiceFault('in_progress', 'Another owner has claimed this handler since.', {
    retryAfterSeconds: LOST_RETRY_SECONDS,
  });
}
