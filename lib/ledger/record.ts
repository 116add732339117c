/** What the ledger keeps of a handler's work, and how each step changes it. Pure. */
import { defineFormat } from '../stored-format.ts';
import type { Claimed, ClaimRequest, LedgerRecord, Settlement } from './ledger.ts';

/**
 * In every format a claim raises `fence` and a settlement changes `state`: two releases at one record tell by
 * them. Format 2 added `nonce`, `started`, `alone`, `endedAtMs`, `askedAtMs` and `messages`; a release of format 1 leaves them out
 * of what it writes, so each may be missing for good.
 */
export const LEDGER_FORMAT = defineFormat({ oldest: 1, written: 2 });

/** More messages than that bring no delivery, unless somebody floods the queue: then the oldest are forgotten. */
const MAX_MESSAGES = 10;

/** @param earlier Attempts that were counted. */
export function toClaimed(
  record: LedgerRecord | undefined,
  request: ClaimRequest,
  nonce: string,
  earlier: number,
): LedgerRecord {
  const { messageId, leaseUntil, alone } = request;
  return {
    v: LEDGER_FORMAT.written,
    state: 'claimed',
    fence: (record?.fence ?? 0) + 1,
    nonce,
    attempts: earlier + 1,
    started: true,
    alone,
    carrier: messageId,
    messages: withMessage(record?.messages ?? [], messageId),
    leaseUntilMs: leaseUntil.getTime(),
    endedAtMs: null,
    askedAtMs: toNewestAsk(record, request),
    reason: record?.reason ?? null,
  };
}

/** The record of what has ended, after the sweep's own ask for it was told so: that ask is spent. */
export function toTold(record: LedgerRecord, request: ClaimRequest, nonce: string): LedgerRecord {
  const { messageId } = request;
  return {
    ...record,
    v: LEDGER_FORMAT.written,
    fence: record.fence + 1,
    nonce,
    carrier: messageId ?? record.carrier,
    messages: withMessage(record.messages, messageId),
    askedAtMs: toNewestAsk(record, request),
  };
}

/** The record of a claim that has ended. What is not tried again needs no count: whoever asks for it begins anew. */
export function toSettled(
  { record }: Pick<Claimed, 'record'>,
  settlement: Settlement,
  nowMs: number,
): LedgerRecord {
  const counts = settlement.state !== 'failed' || settlement.counts;
  return {
    ...record,
    state: settlement.state,
    attempts: counts ? record.attempts : record.attempts - 1,
    started: null,
    leaseUntilMs: 0,
    endedAtMs: nowMs,
    reason: settlement.state === 'done' ? null : settlement.reason,
  };
}

function withMessage(messages: readonly string[], messageId: string | null): readonly string[] {
  if (messageId === null) return messages;
  return [...messages.filter((id) => id !== messageId), messageId].slice(-MAX_MESSAGES);
}

function toNewestAsk(record: LedgerRecord | undefined, { askedAt }: ClaimRequest): number {
  return Math.max(record?.askedAtMs ?? -Infinity, askedAt.getTime());
}
