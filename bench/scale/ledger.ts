/** The ledger's table in memory: it decides as the product does, and counts what DynamoDB would bill. */
import { decideClaim } from '../../lib/ledger/decide-claim.ts';
import type { ClaimRequest, Ledger, LedgerKey } from '../../lib/ledger/ledger.ts';
import { toSettled } from '../../lib/ledger/record.ts';
import type { LedgerRecord } from '../../lib/ledger/ledger.ts';
import type { Clock } from './clock.ts';

interface TableTally {
  writes: number;
  reads: number;
}

export interface Table {
  /** The ledger as one environment sees it. */
  readonly ledger: Ledger;
  readonly tally: TableTally;
}

/** A write within a region. An assumption. */
const REQUEST_MS = 6;

/** As `lib/aws/ledger.ts` asks: a new record is one conditional write; of one that is there, that write fails, is billed, and a read and a write follow. */
export function createTable(clock: Clock): Table {
  const records = new Map<string, LedgerRecord>();
  let nonces = 0;
  const tally: TableTally = { writes: 0, reads: 0 };
  const toId = ({ deliveryId, handler }: LedgerKey): string => `${deliveryId}#${handler}`;

  return {
    tally,
    ledger: {
      async claim(request: ClaimRequest) {
        const id = toId(request.key);
        tally.writes += 1;
        await clock.sleep(REQUEST_MS);
        const record = records.get(id);
        if (record !== undefined) {
          tally.reads += 1;
          await clock.sleep(REQUEST_MS);
        }
        nonces += 1;
        const decision = decideClaim(record, request, { nowMs: clock.now(), nonce: `claim ${nonces}` });
        // No sweep runs here.
        const decided = decision.kind === 'who_asked' ? decision.decide(null) : decision;
        if (decided.kind !== 'claim') return decided.answer;
        if (record !== undefined) tally.writes += 1;
        const { next } = decided;
        records.set(id, next);
        return { state: 'claimed', key: request.key, attempt: next.attempts, record: next };
      },
      async settle(claim, settlement) {
        const id = toId(claim.key);
        tally.writes += 1;
        await clock.sleep(REQUEST_MS);
        if (records.get(id)?.fence !== claim.record.fence) return 'lost';
        records.set(id, toSettled(claim, settlement, clock.now()));
        return 'settled';
      },
    },
  };
}
