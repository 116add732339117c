/**
 * What became of a delivery, by all that is known of it: GitHub's log, the router, the ledger, the dead letters, the
 * sweep. `show` tells it of one, `account` of all. Pure.
 */
import type { LedgerRecord } from '../../lib/ledger/ledger.ts';
import type { Closing } from '../../lib/sweep/store.ts';
import { REOPENED } from '../ledger/ledger-records.ts';

export type State = 'handled' | 'ignored' | 'skipped' | 'waiting' | 'dead' | 'missing';

export interface Evidence {
  /** Whether GitHub got a good answer to any attempt. */
  readonly answeredWell: boolean;
  /** `outcome` of the answer that GitHub keeps, where it is known. */
  readonly answer: string | undefined;
  /** When GitHub last tried. */
  readonly latestAt: Date;
  /** Names of the handlers that get such a delivery, by the app's table as it is now. */
  readonly handlers: readonly string[];
  /** The ledger's records of handlers. */
  readonly records: readonly Pick<LedgerRecord, 'state' | 'reason'>[];
  /** Whether the ledger notes, or the worker's log says, that no handler wanted it. */
  readonly isIgnored: boolean;
  readonly isDeadLetter: boolean;
  readonly sweep: 'open' | Closing | undefined;
  /** Whether the queue holds any message at all: none can be looked for in it. undefined inline. */
  readonly isQueueEmpty: boolean | undefined;
}

export interface Judgement {
  readonly state: State;
  /** Why, in words; empty where the state says it all. */
  readonly why: string;
}

/** A worker takes a message within seconds, unless the queue is long. */
const TAKEN_WITHIN_MS = 2 * 60_000;

/** Two minutes until the sweep believes a failure, five until its next run, and five for that run. */
const SWEPT_WITHIN_MS = 12 * 60_000;

export function judge(evidence: Evidence, now: Date): Judgement {
  if (evidence.isDeadLetter) return { state: 'dead', why: 'it lies among the dead letters' };
  const { records } = evidence;
  // A handler without a record beside others that have one was not there yet when the delivery came.
  return records.length > 0 ? judgeRecords(evidence) : judgeWithoutRecords(evidence, now);
}

function judgeRecords({ records, sweep }: Evidence): Judgement {
  const has = (state: LedgerRecord['state']): boolean => records.some((record) => record.state === state);
  if (has('given_up')) return { state: 'dead', why: 'a handler gave up' };
  if (has('claimed') || has('failed')) {
    return sweep === 'gave_up' || sweep === 'lost'
      ? { state: 'dead', why: 'a handler failed, and the sweep asks for it no more' }
      : {
          state: 'waiting',
          why: has('claimed') ? 'a handler is at work' : 'a handler failed, and is tried again',
        };
  }
  if (records.some(({ reason }) => reason === REOPENED)) {
    return { state: 'waiting', why: 'a handler runs again with the next redelivery' };
  }
  return has('skipped') ? { state: 'skipped', why: '' } : { state: 'handled', why: '' };
}

function judgeWithoutRecords(evidence: Evidence, now: Date): Judgement {
  const { handlers, answer, answeredWell } = evidence;
  if (handlers.length === 0) return { state: 'ignored', why: 'no handler claims it' };
  if (answeredWell && answer === 'ignored') {
    return { state: 'ignored', why: 'no handler claimed it when it came' };
  }
  if (evidence.isIgnored) return { state: 'ignored', why: 'no handler wanted it' };
  const swept = judgeSweep(evidence);
  if (swept !== undefined) return swept;
  return answeredWell ? judgeAnswered(evidence, now) : judgeUnanswered(evidence, now);
}

function judgeSweep({ sweep, isQueueEmpty, answeredWell }: Evidence): Judgement | undefined {
  switch (sweep) {
    case 'open':
      return answeredWell ? undefined : { state: 'waiting', why: 'the sweep asks GitHub for it again' };
    case 'gave_up':
      return { state: 'dead', why: 'it failed after the last ask of the sweep' };
    case 'lost':
      return { state: 'missing', why: 'GitHub no longer had it when the sweep asked' };
    case 'pulled':
      // Without a queue the sweep runs the handlers itself, and is done when they have ended.
      if (isQueueEmpty === undefined) return { state: 'ignored', why: 'no handler wanted it' };
      return isQueueEmpty ? undefined : { state: 'waiting', why: 'it may be in the queue' };
    case 'recovered':
    case 'unclaimed':
    case undefined:
      return undefined;
  }
}

function judgeAnswered({ answer, isQueueEmpty, latestAt }: Evidence, now: Date): Judgement {
  // Without a ledger, and where its record has expired, the answer is all there is.
  if (answer === 'handled' || answer === 'duplicate')
    return { state: 'handled', why: 'GitHub was answered so' };
  if (answer === 'skipped') return { state: 'skipped', why: 'GitHub was answered so' };
  if (isQueueEmpty === false) return { state: 'waiting', why: 'it may be in the queue' };
  if (now.getTime() - latestAt.getTime() < TAKEN_WITHIN_MS)
    return { state: 'waiting', why: 'it has just come' };
  return { state: 'missing', why: 'it was taken, and nothing shows that a handler began' };
}

function judgeUnanswered({ latestAt }: Evidence, now: Date): Judgement {
  return now.getTime() - latestAt.getTime() < SWEPT_WITHIN_MS
    ? { state: 'waiting', why: 'it failed just now, and the sweep asks for it again' }
    : { state: 'missing', why: 'it failed, and the sweep does not know of it' };
}
