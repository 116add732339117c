/** What a claim comes to, given the record as it is. Pure. */
import { ServiceFault } from '../faults.ts';
import type { Claimed, ClaimRequest, LedgerAnswer } from './ledger.ts';
import { LEDGER_FORMAT, toClaimed } from './record.ts';
import type { LedgerRecord } from './ledger.ts';

export interface ClaimTime {
  readonly nowMs: number;
  /** The claim's own: no two claims share one. */
  readonly nonce: string;
}

/** The record to write in place of the one that was read, or the answer where nothing may be claimed. */
export type ClaimDecision = { readonly next: LedgerRecord } | Exclude<LedgerAnswer, Claimed>;

/**
 * However many messages bring a delivery, and in whatever order they take turns: what has ended stays ended
 * for all that was asked for before it ended. Only what somebody asked for afterwards begins anew.
 *
 * @throws ServiceFault `ledger_unreadable` for a record in a format that is not read: it is left alone.
 */
export function decideClaim(
  record: LedgerRecord | undefined,
  request: ClaimRequest,
  { nowMs, nonce }: ClaimTime,
): ClaimDecision {
  if (record === undefined) return { next: toClaimed(undefined, request, nonce, 0) };
  if (!LEDGER_FORMAT.reads(record.v)) throw unreadable(record.v);
  if (record.state === 'claimed' && record.leaseUntilMs > nowMs) {
    return { state: 'busy', until: new Date(record.leaseUntilMs) };
  }
  const begin = (earlier: number): ClaimDecision => ({ next: toClaimed(record, request, nonce, earlier) });
  const anew = isAskedAnew(record, request);
  switch (record.state) {
    case 'done':
      return request.replay && anew ? begin(0) : { state: 'done' };
    case 'skipped':
    case 'given_up':
      return anew ? begin(0) : { state: record.state, reason: record.reason ?? '' };
    case 'claimed':
    case 'failed': {
      const attempts = countAttempts(record);
      if (hasDied(record) && !request.alone) return { state: 'abandoned', attempts };
      if (attempts < request.maxAttempts) return begin(attempts);
      return anew ? begin(0) : { state: 'given_up', reason: record.reason ?? 'attempts_exhausted' };
    }
  }
}

/** Whether a process died while this handler ran. Format 1 does not say whether it had started. */
function hasDied({ state, started }: LedgerRecord): boolean {
  return state === 'claimed' && started !== false;
}

/**
 * A claim whose owner is gone counts where its handler had started, and was alone: otherwise the process may
 * have died at another's work.
 */
function countAttempts({ state, attempts, started, alone }: LedgerRecord): number {
  return state === 'claimed' && (started === false || alone === false) ? attempts - 1 : attempts;
}

/**
 * Whether somebody asked for the delivery after this handler had ended. A message that claimed before asks
 * for nothing new, however often it comes back.
 */
function isAskedAnew(record: LedgerRecord, { messageId, askedAt }: ClaimRequest): boolean {
  if (messageId !== null && (record.carrier === messageId || record.messages.includes(messageId)))
    return false;
  const endedAtMs = record.state === 'claimed' ? record.leaseUntilMs : record.endedAtMs;
  // Format 1 does not say when it ended: there another message is another question.
  if (endedAtMs === null) return true;
  // A request does not wait like a message: what it asks for is asked now.
  return messageId === null ? askedAt.getTime() >= endedAtMs : askedAt.getTime() > endedAtMs;
}

function unreadable(v: number): ServiceFault {
  const { oldest, newest } = LEDGER_FORMAT;
  return new ServiceFault(
    'ledger_unreadable',
    `A ledger record has format ${v}; this release reads ${oldest} to ${newest}. Deploy the one that wrote it.`,
  );
}
