/**
 * The ledger: which handler finished which delivery. Here is what it promises and how it decides;
 * where it is kept is `aws/ledger.ts`. No I/O, no clock.
 */
import { ServiceFault } from '../faults.ts';
import { defineFormat } from '../stored-format.ts';

/** One handler of one delivery. The same GUID from another hook, App or host is another delivery. */
export interface LedgerKey {
  readonly host: string;
  readonly appId: string;
  readonly hookId: string | null;
  readonly deliveryId: string;
  readonly handler: string;
}

export interface ClaimRequest {
  readonly key: LedgerKey;
  /** When the owner can no longer be at work; from then on others may claim. */
  readonly leaseUntil: Date;
  /**
   * What brought the delivery: the queue message's id, null inline. Two messages of one delivery share
   * the count of attempts; one that comes when the other has given up, as from the dead letters, starts anew.
   */
  readonly carrier: string | null;
  /** Claims beyond so many of one carrier are refused: its handler keeps dying or failing. */
  readonly maxAttempts: number;
  /** Run what is done again, once for each carrier. */
  readonly replay: boolean;
}

/** How a handler's work ended. */
export type Settlement =
  | { readonly state: 'done' }
  /** Nothing to be done about it: this carrier does not run it again, a later delivery does. */
  | { readonly state: 'skipped'; readonly reason: string }
  /** To be tried again. Waiting for a known time costs no attempt. */
  | { readonly state: 'failed'; readonly reason: string; readonly waited: boolean }
  /** Not tried again by this carrier: it goes to the dead letters. */
  | { readonly state: 'given_up'; readonly reason: string };

export interface Claimed {
  readonly state: 'claimed';
  readonly key: LedgerKey;
  /** Grows with every claim: an owner that comes back late holds an old one and settles nothing. */
  readonly fence: number;
  /** 1 for the first. */
  readonly attempt: number;
  readonly carrier: string | null;
}

export type LedgerAnswer =
  | Claimed
  | { readonly state: 'done' }
  | { readonly state: 'skipped' | 'given_up'; readonly reason: string }
  | { readonly state: 'busy'; readonly until: Date };

export interface Ledger {
  /** @throws ServiceFault `ledger_unavailable`, `ledger_unreadable` */
  claim(request: ClaimRequest, signal: AbortSignal): Promise<LedgerAnswer>;
  /**
   * @returns `'lost'` where the lease had ended and somebody else claimed since: nothing is written.
   * @throws ServiceFault `ledger_unavailable`
   */
  settle(claim: Claimed, settlement: Settlement, signal: AbortSignal): Promise<'settled' | 'lost'>;
}

/** In every format a claim raises `fence` and a settlement changes `state`: two releases at one record tell by them. */
export const LEDGER_FORMAT = defineFormat({ oldest: 1, written: 1 });

export interface LedgerRecord {
  readonly v: number;
  readonly state: 'claimed' | Settlement['state'];
  readonly fence: number;
  readonly attempts: number;
  readonly carrier: string | null;
  readonly leaseUntilMs: number;
  readonly reason: string | null;
}

/**
 * What a claim comes to, given the record as it is.
 *
 * @returns The record to write instead, or the answer where nothing may be claimed.
 * @throws ServiceFault `ledger_unreadable` for a record in a format that is not read: it is left alone.
 */
export function decideClaim(
  record: LedgerRecord | undefined,
  request: ClaimRequest,
  nowMs: number,
): { readonly next: LedgerRecord } | Exclude<LedgerAnswer, Claimed> {
  if (record === undefined) return { next: toClaimed(undefined, request) };
  if (!LEDGER_FORMAT.reads(record.v)) {
    const { oldest, newest } = LEDGER_FORMAT;
    throw new ServiceFault(
      'ledger_unreadable',
      `A ledger record has format ${record.v}; this release reads ${oldest} to ${newest}. Deploy the one that wrote it.`,
    );
  }
  const sameCarrier = request.carrier !== null && record.carrier === request.carrier;
  switch (record.state) {
    case 'claimed':
      if (record.leaseUntilMs > nowMs) return { state: 'busy', until: new Date(record.leaseUntilMs) };
      return claimAgain(record, request, sameCarrier);
    case 'done':
      if (!request.replay || sameCarrier) return { state: 'done' };
      return { next: toClaimed(record, request) };
    case 'skipped':
    case 'given_up':
      if (sameCarrier) return { state: record.state, reason: record.reason ?? '' };
      return { next: toClaimed(record, request) };
    case 'failed':
      return claimAgain(record, request, sameCarrier);
  }
}

function claimAgain(record: LedgerRecord, request: ClaimRequest, sameCarrier: boolean) {
  const exhausted = record.attempts >= request.maxAttempts;
  if (sameCarrier && exhausted) {
    return { state: 'given_up', reason: record.reason ?? 'attempts_exhausted' } as const;
  }
  // With a count for each, two messages that take turns would start each other anew, for ever.
  return { next: toClaimed(record, request, exhausted ? 0 : record.attempts) };
}

function toClaimed(
  record: LedgerRecord | undefined,
  { carrier, leaseUntil }: ClaimRequest,
  earlier = record?.carrier === carrier ? record.attempts : 0,
): LedgerRecord {
  return {
    v: LEDGER_FORMAT.written,
    state: 'claimed',
    fence: (record?.fence ?? 0) + 1,
    attempts: earlier + 1,
    carrier,
    leaseUntilMs: leaseUntil.getTime(),
    reason: record?.reason ?? null,
  };
}

/** The record of a claim that has ended. */
export function toSettled(claim: Claimed, settlement: Settlement): LedgerRecord {
  return {
    v: LEDGER_FORMAT.written,
    state: settlement.state,
    fence: claim.fence,
    attempts: settlement.state === 'failed' && settlement.waited ? claim.attempt - 1 : claim.attempt,
    carrier: claim.carrier,
    leaseUntilMs: 0,
    reason: settlement.state === 'done' ? null : settlement.reason,
  };
}
