/** A ledger in memory that decides as the real one does, remembers what it was asked, and fails on request. */
import {
  decideClaim,
  toSettled,
  type ClaimRequest,
  type Ledger,
  type LedgerRecord,
  type Settlement,
} from '../../lib/ledger/ledger.ts';

interface MemoryLedger extends Ledger {
  readonly claims: readonly ClaimRequest[];
  readonly settlements: readonly Settlement[];
  /** The record of a handler, whatever the delivery. */
  recordOf(handler: string): LedgerRecord | undefined;
  /** Changes the record of a handler behind its owner's back. */
  alter(handler: string, changes: Partial<LedgerRecord>): void;
}

/** @param now Milliseconds since the epoch. */
export function createMemoryLedger(now: () => number = Date.now): MemoryLedger {
  const records = new Map<string, LedgerRecord>();
  const claims: ClaimRequest[] = [];
  const settlements: Settlement[] = [];
  const idOf = (handler: string): string =>
    [...records.keys()].find((id) => JSON.parse(id).handler === handler) ?? handler;

  return {
    claims,
    settlements,
    recordOf: (handler) => records.get(idOf(handler)),
    alter(handler, changes) {
      const record = records.get(idOf(handler));
      if (record === undefined) throw new Error(`${handler} claimed nothing`);
      records.set(idOf(handler), { ...record, ...changes });
    },
    claim(request) {
      claims.push(request);
      const id = JSON.stringify(request.key);
      const decided = decideClaim(records.get(id), request, now());
      if (!('next' in decided)) return Promise.resolve(decided);
      records.set(id, decided.next);
      const { fence, attempts: attempt, carrier } = decided.next;
      return Promise.resolve({ state: 'claimed', key: request.key, fence, attempt, carrier });
    },
    settle(claim, settlement) {
      const id = JSON.stringify(claim.key);
      if (records.get(id)?.fence !== claim.fence) return Promise.resolve('lost');
      settlements.push(settlement);
      records.set(id, toSettled(claim, settlement));
      return Promise.resolve('settled');
    },
  };
}
