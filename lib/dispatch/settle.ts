/** The last step: the ledger learns how the handler ended. */
import { followFor } from '../async/abort.ts';
import type { Clock } from '../async/clock.ts';
import { SETTLE_MARGIN_MS } from '../async/limits.ts';
import type { Claimed, Ledger } from '../ledger/ledger.ts';
import type { Log } from '../log/log.ts';
import { toSettlement, type HandlerOutcome } from './outcome.ts';

interface SettleDeps {
  readonly ledger: Ledger;
  /** When the delivery's time is up, in milliseconds since the epoch. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Never throws: a handler's outcome stands even where it cannot be recorded, and that is said. */
export async function settle(claim: Claimed, outcome: HandlerOutcome, deps: SettleDeps): Promise<void> {
  const { ledger, deadlineMs, clock, log } = deps;
  const time = followFor(clock, Math.max(0, deadlineMs - clock.now()) + SETTLE_MARGIN_MS);
  try {
    const settled = await ledger.settle(claim, toSettlement(outcome), time.signal);
    if (settled === 'lost') log.warn('lease lost: another owner may have run this handler as well');
  } catch (error) {
    log.error('outcome not recorded: a copy of this delivery would run this handler again', { error });
  } finally {
    time.end();
  }
}
