/** Faults put into the product's decisions, one at a time: the search must find each of them. */
import type { HandlerOutcome } from '../../lib/dispatch/outcome.ts';
import type { ClaimRequest, LedgerRecord } from '../../lib/ledger/ledger.ts';
import type { Put, Step } from '../../lib/ledger/steps.ts';
import { RULES, type Rules } from './rules.ts';

export interface Planted {
  readonly fault: string;
  /** The scenario that finds it. */
  readonly scenario: string;
  /** What the search says. */
  readonly found: RegExp;
  readonly rules: Partial<Rules>;
}

/** The record as it is read, or what is asked, is another. */
const reading =
  (
    toRecord: (record: LedgerRecord) => LedgerRecord,
    toRequest: (request: ClaimRequest, record: LedgerRecord | undefined) => ClaimRequest = (request) =>
      request,
  ): Rules['decideClaim'] =>
  (record, request, time) =>
    RULES.decideClaim(record && toRecord(record), toRequest(request, record), time);

/** Failures with such a reason take their attempt back. */
const takingBack =
  (which: (reason: string) => boolean): Rules['toSettlement'] =>
  (outcome) => {
    const settlement = RULES.toSettlement(outcome);
    return settlement.state === 'failed' && which(settlement.reason)
      ? { ...settlement, counts: false }
      : settlement;
  };

/** No record of this kind is written. */
function cut<Result>(step: Step<Result>, is: (record: LedgerRecord) => boolean): Step<Result> {
  switch (step.call) {
    case 'none':
      return step;
    case 'put':
      if (is(step.record)) return { call: 'none', result: 'unknown' };
      return { ...step, after: (put: Put) => cut(step.after(put), is) };
    case 'read':
      return { ...step, after: (found: LedgerRecord | undefined | 'unknown') => cut(step.after(found), is) };
    case 'read_sweep_ask':
      return { ...step, after: (askedAtMs: number | null) => cut(step.after(askedAtMs), is) };
  }
}

const same = (record: LedgerRecord): LedgerRecord => record;
const failed = (outcomes: readonly HandlerOutcome[]): boolean =>
  outcomes.some(({ outcome }) => outcome === 'failed');

export const PLANTED: readonly Planted[] = [
  {
    fault: 'the record knows neither when the handler ended nor any message but the last',
    scenario: 'two messages of one request',
    found: /runs although it given_up/,
    rules: { decideClaim: reading((record) => ({ ...record, endedAtMs: null, messages: [] })) },
  },
  {
    fault: "the sweep's ask is taken for a person's",
    scenario: 'the sweep asks for what arrived',
    found: /runs although it skipped/,
    rules: { decideClaim: reading(same, (request) => ({ ...request, byPerson: true })) },
  },
  {
    fault: 'two messages of one request ask at two times',
    scenario: 'two messages of one request',
    found: /runs although it given_up/,
    rules: {
      toCarrier: (asked, record) => ({ ...RULES.toCarrier(asked, record), askedAt: record.sentAt }),
    },
  },
  {
    fault: 'a mint that failed takes its attempt back',
    scenario: 'a token is made between claim and handler',
    found: /failed 2 times/,
    rules: { toSettlement: takingBack((reason) => reason === 'jwt_refused') },
  },
  {
    fault: 'an attempt is taken back although the handler ran',
    scenario: 'a token is made between claim and handler',
    found: /failed 2 times/,
    rules: { toSettlement: takingBack(() => true) },
  },
  {
    fault: 'a death between claim and handler does not count',
    scenario: 'a token is made between claim and handler',
    found: /failed 2 times|runs|in circles/,
    rules: { decideClaim: reading((record) => ({ ...record, started: false })) },
  },
  {
    fault: 'a claim that nobody knows of is left standing',
    scenario: 'claims that are never answered',
    found: /is given up after 1 attempts|is lost/,
    rules: {
      claimSteps: (...of) => cut(RULES.claimSteps(...of), ({ state }) => state === 'failed'),
    },
  },
  {
    fault: 'what stood still until its lease was over calls its handler all the same',
    scenario: 'an owner that stands still while it mints',
    found: /starts although its lease is over/,
    rules: { isTimeUp: () => false },
  },
  {
    fault: 'a death counts for all that were in the process',
    scenario: 'a deadly handler beside a good delivery',
    found: /is lost|is given up/,
    rules: { toKeeping: (...of) => ({ ...RULES.toKeeping(...of), alone: true }) },
  },
  {
    fault: 'what a process died at may run beside others',
    scenario: 'a deadly handler beside a good delivery',
    found: /goes round in circles/,
    rules: {
      decideClaim: reading(
        (record) => (record.state === 'claimed' ? { ...record, started: false } : record),
        (request) => request,
      ),
    },
  },
  {
    fault: 'a claim whose lease has not ended is free',
    scenario: 'two messages of one request',
    found: /runs twice at once/,
    rules: { decideClaim: reading((record) => ({ ...record, leaseUntilMs: 0 })) },
  },
  {
    fault: 'a claim neither raises the fence nor has a nonce of its own',
    scenario: 'an owner that comes back late',
    found: /./,
    rules: {
      decideClaim(record, request, time) {
        const decision = RULES.decideClaim(record, request, time);
        return decision.kind === 'claim' && record !== undefined
          ? { ...decision, next: { ...decision.next, fence: record.fence, nonce: record.nonce } }
          : decision;
      },
    },
  },
  {
    fault: 'waiting costs an attempt',
    scenario: 'one message, a crash at each step',
    found: /is given up after|is lost/,
    rules: {
      toSettled: (claim, settlement, nowMs) =>
        RULES.toSettled(
          claim,
          settlement.state === 'failed' ? { ...settlement, counts: true } : settlement,
          nowMs,
        ),
    },
  },
  {
    fault: 'one attempt too many',
    scenario: 'one message, a crash at each step',
    found: /failed 2 times/,
    rules: {
      toSettlement(outcome) {
        const settlement = RULES.toSettlement(outcome);
        return settlement.state === 'given_up' && settlement.reason === 'handler_error'
          ? { state: 'failed', reason: settlement.reason, counts: true }
          : settlement;
      },
      decideClaim: reading(same, (request) => ({ ...request, maxAttempts: request.maxAttempts + 1 })),
      decideVerdict: (outcomes, ...of) =>
        RULES.decideVerdict(
          outcomes.map((each) =>
            each.outcome === 'failed' && each.reason === 'handler_error' ? { ...each, final: false } : each,
          ),
          ...of,
        ),
    },
  },
  {
    fault: 'what succeeded is recorded as failed',
    scenario: 'one message, a crash at each step',
    found: /is lost/,
    rules: {
      toSettled: (claim, settlement, nowMs) =>
        RULES.toSettled(
          claim,
          settlement.state === 'done' ? { state: 'failed', reason: 'lost', counts: true } : settlement,
          nowMs,
        ),
      toSettlement: (outcome) =>
        outcome.outcome === 'handled'
          ? { state: 'failed', reason: 'lost', counts: true }
          : RULES.toSettlement(outcome),
    },
  },
  {
    fault: 'a message whose handler is at work elsewhere is done with',
    scenario: 'a message that shows while it is at work',
    found: /is lost/,
    rules: {
      tellClaim: (name, answer, nowMs) =>
        answer.state === 'busy' ? { name, outcome: 'duplicate' } : RULES.tellClaim(name, answer, nowMs),
    },
  },
  {
    fault: 'a message is done with where one of its handlers is',
    scenario: 'two handlers, of which one fails',
    found: /is lost/,
    rules: {
      decideVerdict: (outcomes, ...of) =>
        outcomes.some(({ outcome }) => outcome === 'handled')
          ? { kind: 'done' }
          : RULES.decideVerdict(outcomes, ...of),
    },
  },
  {
    fault: 'a message dies with the first handler that failed',
    scenario: 'two handlers, of which one fails',
    found: /is lost/,
    rules: {
      decideVerdict: (outcomes, ...of) =>
        failed(outcomes) ? { kind: 'dead', reason: 'early' } : RULES.decideVerdict(outcomes, ...of),
    },
  },
  {
    fault: 'what gave up is done with, and no dead letter tells of it',
    scenario: 'one message, a crash at each step',
    found: /no dead letter/,
    rules: {
      decideVerdict(...of) {
        const verdict = RULES.decideVerdict(...of);
        return verdict.kind === 'dead' ? { kind: 'done' } : verdict;
      },
    },
  },
  {
    fault: 'a claim whose answer was lost is taken for somebody else’s',
    scenario: 'a lost answer',
    found: /failed 2 times|is lost|never ends|in circles/,
    rules: {
      claimSteps: (request, time, decide) =>
        RULES.claimSteps(request, { ...time, nonce: 'the same for all' }, decide),
    },
  },
  {
    fault: 'a message that replays does so as often as it comes',
    scenario: 'a person replays',
    found: /although it has succeeded/,
    rules: {
      decideClaim: reading((record) =>
        record.state === 'done' ? { ...record, carrier: null, messages: [], endedAtMs: null } : record,
      ),
    },
  },
  {
    fault: 'what the sweep pulls is taken for a question',
    scenario: 'the sweep pulls what arrived, and dies',
    found: /runs although it skipped/,
    rules: { toCarrier: (asked, record) => RULES.toCarrier({ ...asked, swept: false }, record) },
  },
  {
    fault: 'a pull is noted as an ask',
    scenario: 'the sweep pulls what never arrived, and a person',
    found: /asked for .* in vain/,
    rules: { planPull: RULES.planAsk },
  },
  {
    fault: 'the sweep asks without end',
    scenario: 'inline, with the sweep',
    found: /without end/,
    rules: { planAsk: (...of) => ({ ...RULES.planAsk(...of), exhausted: false }) },
  },
  {
    fault: 'the sweep asks, and does not note it',
    scenario: 'the sweep asks for what arrived',
    found: /runs although it skipped/,
    rules: { planAsk: (...of) => ({ ...RULES.planAsk(...of), askedAtMs: undefined }) },
  },
  {
    fault: 'a death is an attempt of a handler that has had all of them',
    scenario: 'a deadly handler beside one of its delivery',
    found: /in circles|died|failed/,
    rules: { decideClaim: reading((record) => ({ ...record, attempts: Math.min(record.attempts, 1) })) },
  },
];
