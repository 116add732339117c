/** What the ledger keeps of a handler's work, and how each step changes it. Pure. */
import { defineFormat } from '../stored-format.ts';
import type { Claimed, ClaimRequest, LedgerRecord, Settlement } from './ledger.ts';

/**
 * In every format a claim raises `fence` and a settlement changes `state`: two releases at one record tell by
 * them. Format 2 added `nonce`, `started`, `alone`, `endedAtMs` and `messages`; a release of format 1 leaves them out
 * of what it writes, so each may be missing for good.
 */
export const LEDGER_FORMAT = defineFormat({ oldest: 1, written: 2 });

/** More messages than that bring no delivery, unless somebody floods the queue: then the oldest are forgotten. */
const MAX_MESSAGES = 10;

/** @param earlier Attempts that were counted. */
export function toClaimed(
  record: LedgerRecord | undefined,
  { messageId, leaseUntil, alone }: ClaimRequest,
  nonce: string,
  earlier: number,
): LedgerRecord {
  const known = (record?.messages ?? []).filter((id) => id !== messageId);
  return {
    v: LEDGER_FORMAT.written,
    state: 'claimed',
    fence: (record?.fence ?? 0) + 1,
    nonce,
    attempts: earlier + 1,
    started: false,
    alone,
    carrier: messageId,
    messages: (messageId === null ? known : [...known, messageId]).slice(-MAX_MESSAGES),
    leaseUntilMs: leaseUntil.getTime(),
    endedAtMs: null,
    reason: record?.reason ?? null,
  };
}

/** The record of a claim whose handler starts. */
export function toStarted({ record }: Claimed): LedgerRecord {
  return { ...record, started: true };
}

/** The record of a claim that has ended. */
export function toSettled({ record }: Claimed, settlement: Settlement, nowMs: number): LedgerRecord {
  const waited = settlement.state === 'failed' && settlement.waited;
  return {
    ...record,
    state: settlement.state,
    attempts: waited ? record.attempts - 1 : record.attempts,
    started: null,
    leaseUntilMs: 0,
    endedAtMs: nowMs,
    reason: settlement.state === 'done' ? null : settlement.reason,
  };
}
