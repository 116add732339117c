/** A ledger in memory that decides as the real one does, remembers what it was asked, and fails on request. */
import { decideClaim } from '../../lib/ledger/decide-claim.ts';
import type { ClaimRequest, Ledger, LedgerRecord, Settlement } from '../../lib/ledger/ledger.ts';
import { toSettled } from '../../lib/ledger/record.ts';

export interface MemoryLedger extends Ledger {
  readonly claims: readonly ClaimRequest[];
  readonly settlements: readonly Settlement[];
  /** When the sweep last asked for any delivery; null at first. */
  sweepAskedAtMs: number | null;
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

  const ledger: MemoryLedger = {
    claims,
    sweepAskedAtMs: null,
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
      const nonce = `claim ${claims.length}`;
      const decision = decideClaim(records.get(id), request, { nowMs: now(), nonce });
      const decided = decision.kind === 'who_asked' ? decision.decide(ledger.sweepAskedAtMs) : decision;
      if (decided.kind === 'tell') return Promise.resolve(decided.answer);
      const { next: record } = decided;
      records.set(id, record);
      if (decided.kind === 'note') return Promise.resolve(decided.answer);
      return Promise.resolve({ state: 'claimed', key: request.key, attempt: record.attempts, record });
    },
    settle(claim, settlement) {
      const id = JSON.stringify(claim.key);
      if (records.get(id)?.fence !== claim.record.fence) return Promise.resolve('lost');
      settlements.push(settlement);
      records.set(id, toSettled(claim, settlement, now()));
      return Promise.resolve('settled');
    },
  };
  return ledger;
}
