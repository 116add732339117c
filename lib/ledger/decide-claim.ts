/** What a claim comes to, given the record as it is. Pure. */
import { ServiceFault } from '../faults.ts';
import type { Claimed, ClaimRequest, LedgerAnswer, LedgerRecord } from './ledger.ts';
import { LEDGER_FORMAT, toClaimed, toTold } from './record.ts';

/** When a claim is made, and by whom. */
export interface ClaimTime {
  readonly nowMs: number;
  /** The claim's own: no two claims share one. */
  readonly nonce: string;
}

type Told = Exclude<LedgerAnswer, Claimed>;

/** What a claimer does next, at the table and for its caller. */
export type ClaimDecision =
  /** The record to write in place of the one that was read: then the work is the claimer's. */
  | { readonly kind: 'claim'; readonly next: LedgerRecord }
  /** Nothing may be claimed. */
  | { readonly kind: 'tell'; readonly answer: Told }
  /** Nor here, and this is the record to write before that is told. */
  | { readonly kind: 'note'; readonly answer: Told; readonly next: LedgerRecord }
  | WhoAsked;

/** It hangs on whether a person asked, or the sweep. */
interface WhoAsked {
  readonly kind: 'who_asked';
  /** @param sweepAskedAtMs When the sweep last asked GitHub for this delivery; null where it never did. */
  decide(sweepAskedAtMs: number | null): Exclude<ClaimDecision, WhoAsked>;
}

/** So long after the sweep's ask a delivery may be the one that GitHub then sent: the sweep asks no sooner again. */
const SWEEP_ASK_MS = 10 * 60_000;

/** No function runs for so long: a lease that lasts longer was written by a clock that was wrong, and has ended. */
const LONGEST_LEASE_MS = 60 * 60_000;

/** The clocks of the functions and of SQS differ by less. */
const CLOCK_SKEW_MS = 5_000;

/**
 * However many messages bring a delivery, and in whatever order they take turns: what has ended stays ended
 * for all that was asked for before it ended, and for the sweep. Only what a person asked for afterwards begins
 * anew.
 *
 * @throws ServiceFault `ledger_unreadable` for a record in a format that is not read: it is left alone.
 */
export function decideClaim(
  record: LedgerRecord | undefined,
  request: ClaimRequest,
  { nowMs, nonce }: ClaimTime,
): ClaimDecision {
  if (record === undefined) return { kind: 'claim', next: toClaimed(undefined, request, nonce, 0) };
  if (!LEDGER_FORMAT.reads(record.v)) throw unreadable(record.v);
  if (
    record.state === 'claimed' &&
    record.leaseUntilMs > nowMs &&
    record.leaseUntilMs <= nowMs + LONGEST_LEASE_MS
  ) {
    return tell({ state: 'busy', until: new Date(record.leaseUntilMs) });
  }
  switch (record.state) {
    case 'done':
      if (!request.replay || !isAskedAnew(record, request)) return tell({ state: 'done' });
      return { kind: 'claim', next: toClaimed(record, request, nonce, 0) };
    case 'skipped':
    case 'given_up':
      return decideEnded(record, request, nonce, { state: record.state, reason: record.reason ?? '' });
    case 'claimed':
    case 'failed': {
      const attempts = countAttempts(record);
      if (hasDied(record) && !request.alone) return tell({ state: 'abandoned', attempts });
      if (attempts < request.maxAttempts)
        return { kind: 'claim', next: toClaimed(record, request, nonce, attempts) };
      const reason = record.reason ?? 'attempts_exhausted';
      return decideEnded(record, request, nonce, { state: 'given_up', reason });
    }
  }
}

/** What has ended without success runs again for a person, and for nobody else. */
function decideEnded(
  record: LedgerRecord,
  request: ClaimRequest,
  nonce: string,
  answer: Told,
): ClaimDecision {
  if (!isAskedAnew(record, request)) return tell(answer);
  const anew = { kind: 'claim', next: toClaimed(record, request, nonce, 0) } as const;
  if (request.byPerson) return anew;
  return {
    kind: 'who_asked',
    decide: (sweepAskedAtMs) =>
      isOfSweep(record, request, sweepAskedAtMs)
        ? { kind: 'note', answer, next: toTold(record, request, nonce) }
        : anew,
  };
}

function tell(answer: Told): ClaimDecision {
  return { kind: 'tell', answer };
}

/** Whether a process died while it had this handler's work. */
function hasDied({ state, started }: LedgerRecord): boolean {
  return state === 'claimed' && started !== false;
}

/**
 * A claim whose owner is gone counts where it was alone: otherwise the process may have died at another's work. It does
 * not count where it says that its handler had not begun, as a release before this one did.
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

/**
 * Whether it was the sweep that had GitHub send this. Nothing in the request says so, but each ask brings one
 * delivery, within minutes: the first that comes is taken for it, and spends the ask. Where a person redelivers
 * at the same time, one of the two is told what is recorded and the other runs, whichever comes first.
 */
function isOfSweep(record: LedgerRecord, { askedAt }: ClaimRequest, sweepAskedAtMs: number | null): boolean {
  if (sweepAskedAtMs === null) return false;
  const fromMs = sweepAskedAtMs - CLOCK_SKEW_MS;
  const isSpent = (record.askedAtMs ?? -Infinity) >= fromMs;
  const askedAtMs = askedAt.getTime();
  return !isSpent && askedAtMs >= fromMs && askedAtMs <= sweepAskedAtMs + SWEEP_ASK_MS;
}

function unreadable(v: number): ServiceFault {
  const { oldest, newest } = LEDGER_FORMAT;
  return new ServiceFault(
    'ledger_unreadable',
    `A ledger record has format ${v}; this release reads ${oldest} to ${newest}. Deploy the one that wrote it.`,
  );
}
