/**
 * How an owner claims and settles: one call of the table after the other, each a value that says what comes after its
 * answer. No I/O: `aws/ledger.ts` makes the calls, and so does whoever tries them in every order.
 */
import { decideClaim, type ClaimDecision, type ClaimTime } from './decide-claim.ts';
import type { Claimed, ClaimRequest, LedgerAnswer, LedgerRecord } from './ledger.ts';
import { toSettled } from './record.ts';

/** What became of a write. `unknown`: it may have arrived, although its answer was lost. */
export type Put = 'written' | 'refused' | 'unknown';

/** One call of the table, and what comes after its answer; or the end. */
export type Step<Result> =
  | {
      readonly call: 'put';
      readonly record: LedgerRecord;
      /** Written only where this still stands there; undefined: only where nothing does. */
      readonly over: LedgerRecord | undefined;
      readonly after: (put: Put) => Step<Result>;
    }
  | { readonly call: 'read'; readonly after: (found: LedgerRecord | undefined | 'unknown') => Step<Result> }
  /** When the sweep last asked GitHub for the delivery; null where it never did. */
  | { readonly call: 'read_sweep_ask'; readonly after: (askedAtMs: number | null) => Step<Result> }
  /** The end. `unknown`: the table did not answer. */
  | { readonly call: 'none'; readonly result: Result | 'unknown' };

/** Losing the race for a record so often means that others do get it. */
const MAX_RACES = 3;

/** A settlement is tried so often: a handler's success must not be forgotten for one lost packet. */
const MAX_WRITES = 3;

/** The claim of a new delivery is one conditional write; only a repeat reads first. */
export function claimSteps(
  request: ClaimRequest,
  time: ClaimTime,
  decide: typeof decideClaim = decideClaim,
): Step<LedgerAnswer> {
  return race(undefined, 1);

  function race(record: LedgerRecord | undefined, number: number): Step<LedgerAnswer> {
    if (number > MAX_RACES) return end({ state: 'busy', until: request.leaseUntil });
    const decision = decide(record, request, time);
    if (decision.kind !== 'who_asked') return write(decision);
    return { call: 'read_sweep_ask', after: (askedAtMs) => write(decision.decide(askedAtMs)) };

    function write(decided: Exclude<ClaimDecision, { kind: 'who_asked' }>): Step<LedgerAnswer> {
      if (decided.kind === 'tell') return end(decided.answer);
      const { next } = decided;
      const told = decided.kind === 'note' ? decided.answer : undefined;
      return {
        call: 'put',
        record: next,
        over: record,
        after: (put) =>
          put === 'written' ? end(told ?? toClaim(request, next)) : { call: 'read', after: look(put) },
      };

      /** The write may have arrived although its answer was lost, to us or to who sent it twice for us. */
      function look(put: Put) {
        return (found: LedgerRecord | undefined | 'unknown'): Step<LedgerAnswer> => {
          if (found !== 'unknown' && found?.nonce === time.nonce) return end(told ?? toClaim(request, found));
          if (found !== 'unknown' && put === 'refused') return race(found, number + 1);
          return told === undefined ? giveBack(next) : end('unknown');
        };
      }
    }

    /** Should the claim stand there: nobody knows of it, so that it is no attempt, and its lease is nobody's. */
    function giveBack(claimed: LedgerRecord): Step<LedgerAnswer> {
      const never = { state: 'failed', reason: 'ledger_unavailable', counts: false } as const;
      const next = toSettled({ record: claimed }, never, time.nowMs);
      return { call: 'put', record: next, over: claimed, after: () => end('unknown') };
    }
  }
}

function toClaim({ key }: ClaimRequest, record: LedgerRecord): Claimed {
  return { state: 'claimed', key, attempt: record.attempts, record };
}

/**
 * @param next `toSettled` of the claim.
 * @returns false where the record is somebody else's by now.
 */
export function settleSteps(claim: Claimed, next: LedgerRecord, write = 1): Step<boolean> {
  return {
    call: 'put',
    record: next,
    // The format in it is that of the release that claimed, which is this one.
    over: { ...claim.record, state: 'claimed' },
    after: (put) => (put === 'written' ? end(true) : { call: 'read', after: (found) => judge(put, found) }),
  };

  /** This try or an earlier one may have arrived although its answer was lost. */
  function judge(put: Put, found: LedgerRecord | undefined | 'unknown'): Step<boolean> {
    if (found !== 'unknown' && isSame(found, next)) return end(true);
    if (found !== 'unknown' && put === 'refused') return end(false);
    return write === MAX_WRITES ? end('unknown') : settleSteps(claim, next, write + 1);
  }
}

function isSame(found: LedgerRecord | undefined, { fence, nonce, state }: LedgerRecord): boolean {
  return found?.fence === fence && found.nonce === nonce && found.state === state;
}

function end<Result>(result: Result | 'unknown'): Step<Result> {
  return { call: 'none', result };
}
