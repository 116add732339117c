/** What a claim comes to, record by record; in every order of everything: `test/model`. */
import { describe, expect, it } from 'vitest';
import { decideClaim, type ClaimDecision } from '../../lib/ledger/decide-claim.ts';
import type { ClaimRequest, LedgerRecord } from '../../lib/ledger/ledger.ts';
import { LEDGER_FORMAT, toClaimed, toSettled } from '../../lib/ledger/record.ts';
import { claimSteps, settleSteps, type Step } from '../../lib/ledger/steps.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const key = { host: 'h', appId: '1', hookId: '7', deliveryId: 'd', handler: 'greet' };
const request = (changes: Partial<ClaimRequest> = {}): ClaimRequest => ({
  key,
  leaseUntil: new Date(NOON + 10_000),
  messageId: 'm2',
  askedAt: new Date(NOON - 1_000),
  byPerson: false,
  maxAttempts: 3,
  replay: false,
  alone: true,
  ...changes,
});
const record = (changes: Partial<LedgerRecord> = {}): LedgerRecord => ({
  v: LEDGER_FORMAT.written,
  state: 'failed',
  fence: 4,
  nonce: 'earlier',
  attempts: 2,
  started: null,
  alone: true,
  carrier: 'm1',
  messages: ['m0', 'm1'],
  leaseUntilMs: 0,
  endedAtMs: NOON - 60_000,
  askedAtMs: NOON - 120_000,
  reason: 'handler_error',
  ...changes,
});
const decide = (of: LedgerRecord | undefined, changes: Partial<ClaimRequest> = {}): ClaimDecision =>
  decideClaim(of, request(changes), { nowMs: NOON, nonce: 'mine' });
const claim = (decision: ClaimDecision): LedgerRecord => {
  if (decision.kind !== 'claim') throw new Error(decision.kind);
  return decision.next;
};

describe('a claim', () => {
  it('of something new is its first attempt', () => {
    expect(claim(decide(undefined))).toEqual({
      v: LEDGER_FORMAT.written,
      state: 'claimed',
      fence: 1,
      nonce: 'mine',
      attempts: 1,
      started: true,
      alone: true,
      carrier: 'm2',
      messages: ['m2'],
      leaseUntilMs: NOON + 10_000,
      endedAtMs: null,
      askedAtMs: NOON - 1_000,
      reason: null,
    });
  });

  it('of what failed goes on counting, and keeps the reason', () => {
    expect(claim(decide(record()))).toMatchObject({
      fence: 5,
      attempts: 3,
      messages: ['m0', 'm1', 'm2'],
      askedAtMs: NOON - 1_000,
      reason: 'handler_error',
    });
  });

  it('keeps the newest ask, and each message once, the last ten', () => {
    const messages = Array.from({ length: 10 }, (_, index) => `m${index}`);
    expect(claim(decide(record({ messages, askedAtMs: NOON })))).toMatchObject({
      askedAtMs: NOON,
      messages: ['m0', 'm1', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9', 'm2'],
    });
    expect(claim(decide(record({ messages }), { messageId: 'm10' })).messages).toEqual([
      ...messages.slice(1),
      'm10',
    ]);
    expect(claim(decide(record({ messages }), { messageId: null })).messages).toEqual(messages);
  });

  it.each([
    { what: 'is held', state: { state: 'claimed', leaseUntilMs: NOON + 1 } as const, told: 'busy' },
    {
      what: 'is held for an hour',
      state: { state: 'claimed', leaseUntilMs: NOON + 3_600_000 } as const,
      told: 'busy',
    },
    {
      what: 'is held for longer than any function runs',
      state: { state: 'claimed', leaseUntilMs: NOON + 3_600_001 } as const,
      told: 'claimed',
    },
    {
      what: 'was held by who died',
      state: { state: 'claimed', started: true, leaseUntilMs: NOON } as const,
      told: 'claimed',
    },
    { what: 'is done', state: { state: 'done' } as const, told: 'done' },
    {
      what: 'has had its attempts',
      state: { attempts: 3 } as const,
      told: 'given_up',
      askedAt: NOON - 60_000,
    },
    { what: 'skipped', state: { state: 'skipped' } as const, told: 'skipped', askedAt: NOON - 60_000 },
    { what: 'gave up', state: { state: 'given_up' } as const, told: 'given_up', askedAt: NOON - 60_000 },
  ])('of what $what: $told', ({ state, told, askedAt = NOON - 1_000 }) => {
    const decision = decide(record(state), { askedAt: new Date(askedAt) });
    expect(decision.kind === 'tell' ? decision.answer.state : 'claimed').toBe(told);
  });

  it.each([
    { what: 'died alone', record: { started: true, alone: true }, attempts: 3 },
    { what: 'died in company', record: { started: true, alone: false }, attempts: 2 },
    { what: 'a release of before had not begun', record: { started: false, alone: true }, attempts: 2 },
    { what: 'died under format 1', record: { started: null, alone: null }, attempts: 3 },
  ])('of what $what is attempt $attempts', ({ record: changes, attempts }) => {
    const died = record({ state: 'claimed', leaseUntilMs: NOON, ...changes });
    expect(claim(decide(died)).attempts).toBe(attempts);
  });

  it('of what died with others by it is for who is alone', () => {
    const died = record({ state: 'claimed', started: true, alone: false });
    expect(decide(died, { alone: false })).toEqual({
      kind: 'tell',
      answer: { state: 'abandoned', attempts: 1 },
    });
    expect(decide(record({ state: 'claimed', started: false }), { alone: false }).kind).toBe('claim');
    expect(decide(record(), { alone: false }).kind).toBe('claim');
  });

  it('says that its handler starts, whatever was there', () => {
    expect(claim(decide(record())).started).toBe(true);
    const unbegun = record({ state: 'claimed', started: false });
    expect(claim(decide(unbegun)).started).toBe(true);
  });

  it('of what died at its last attempt is for who asks after its lease, and for nobody before', () => {
    const died = record({ state: 'claimed', started: true, attempts: 3, leaseUntilMs: NOON - 1_000 });
    const person = { byPerson: true, askedAt: new Date(NOON - 999) };
    expect(claim(decide(died, person)).attempts).toBe(1);
    expect(decide(died, { ...person, askedAt: new Date(NOON - 1_001) })).toEqual({
      kind: 'tell',
      answer: { state: 'given_up', reason: 'handler_error' },
    });
  });

  it.each([
    { state: 'skipped', reason: '' },
    { state: 'given_up', reason: '' },
    { state: 'failed', attempts: 3, reason: 'attempts_exhausted' },
  ] as const)('of what is $state for no reason is told $reason', ({ reason, ...state }) => {
    const decision = decide(record({ ...state, reason: null }), { askedAt: new Date(NOON - 60_000) });
    expect(decision).toMatchObject({ kind: 'tell', answer: { reason } });
  });

  it('is refused for a format that is not read, and names it', () => {
    expect(() => decide(record({ v: 9 }))).toThrow(
      expect.objectContaining({
        code: 'ledger_unreadable',
        message: 'A ledger record has format 9; this release reads 1 to 3. Deploy the one that wrote it.',
      }),
    );
  });
});

describe('what has ended', () => {
  const ended = record({ state: 'skipped', reason: 'no label' });
  const told = { kind: 'tell', answer: { state: 'skipped', reason: 'no label' } } as const;

  it.each([
    { what: 'a message that claimed before', changes: { messageId: 'm0' } },
    { what: 'the message that claimed last', changes: { messageId: 'm1' } },
    { what: 'what was asked for before', changes: { askedAt: new Date(NOON - 60_001) } },
    { what: 'a message of the same instant', changes: { askedAt: new Date(NOON - 60_000) } },
    { what: 'a request of before', changes: { messageId: null, askedAt: new Date(NOON - 60_001) } },
  ])('stays so for $what', ({ changes }) => {
    expect(decide(ended, changes)).toEqual(told);
  });

  it.each([
    { what: 'a message asks later', changes: {}, of: {} },
    {
      what: 'a request asks in the same instant',
      changes: { messageId: null, askedAt: new Date(NOON - 60_000) },
      of: {},
    },
    {
      what: 'format 1 does not say when it ended',
      changes: { askedAt: new Date(0) },
      of: { endedAtMs: null },
    },
  ])('hangs on who asked where $what', ({ changes, of }) => {
    const decision = decide({ ...ended, ...of }, changes);
    if (decision.kind !== 'who_asked') throw new Error(decision.kind);
    expect(decision.decide(null)).toMatchObject({ kind: 'claim', next: { attempts: 1, fence: 5 } });
  });

  it('begins anew for who is known to be a person', () => {
    expect(claim(decide(ended, { byPerson: true })).attempts).toBe(1);
  });

  it('is told to the sweep, whose ask is spent with that', () => {
    const decision = decide(ended);
    if (decision.kind !== 'who_asked') throw new Error(decision.kind);
    expect(decision.decide(NOON - 10_000)).toEqual({
      kind: 'note',
      answer: told.answer,
      next: {
        ...ended,
        fence: 5,
        nonce: 'mine',
        carrier: 'm2',
        messages: ['m0', 'm1', 'm2'],
        askedAtMs: NOON - 1_000,
      },
    });
  });

  it.each([
    { sweepAskedAtMs: NOON + 4_000, askedAtMs: null, kind: 'note' },
    { sweepAskedAtMs: NOON + 4_001, askedAtMs: null, kind: 'claim' },
    { sweepAskedAtMs: NOON - 601_000, askedAtMs: null, kind: 'note' },
    { sweepAskedAtMs: NOON - 601_001, askedAtMs: null, kind: 'claim' },
    { sweepAskedAtMs: NOON - 10_000, askedAtMs: NOON - 15_000, kind: 'claim' },
    { sweepAskedAtMs: NOON - 10_000, askedAtMs: NOON - 15_001, kind: 'note' },
  ])('goes by the instants: $kind', ({ sweepAskedAtMs, askedAtMs, kind }) => {
    const decision = decide({ ...ended, askedAtMs });
    if (decision.kind !== 'who_asked') throw new Error(decision.kind);
    expect(decision.decide(sweepAskedAtMs).kind).toBe(kind);
  });

  it('well is run again for a replay that was asked for afterwards, and for nothing else', () => {
    const done = record({ state: 'done' });
    expect(decide(done).kind).toBe('tell');
    expect(decide(done, { replay: true, messageId: 'm1' }).kind).toBe('tell');
    expect(claim(decide(done, { replay: true })).attempts).toBe(1);
  });
});

describe('an owner', () => {
  const claimed = {
    state: 'claimed',
    key,
    attempt: 1,
    record: toClaimed(undefined, request(), 'mine', 0),
  } as const;

  it('settles', () => {
    expect(toSettled(claimed, { state: 'done' }, NOON)).toEqual({
      ...claimed.record,
      state: 'done',
      started: null,
      leaseUntilMs: 0,
      endedAtMs: NOON,
      reason: null,
    });
    const waited = { state: 'failed', reason: 'rate_limited', counts: false } as const;
    expect(toSettled(claimed, waited, NOON)).toMatchObject({ attempts: 0, reason: 'rate_limited' });
    expect(toSettled(claimed, { ...waited, counts: true }, NOON)).toMatchObject({ attempts: 1 });
  });

  /** Goes through the steps, with these answers. */
  const go = <Result>(
    start: Step<Result>,
    ...answers: readonly unknown[]
  ): Result | 'unknown' | 'goes on' => {
    let step = start;
    for (const answer of answers) {
      if (step.call === 'none') throw new Error('it had ended');
      // What each call is answered is this test's business.
      step = (step.after as (given: unknown) => Step<Result>)(answer);
    }
    return step.call === 'none' ? step.result : 'goes on';
  };
  const next = toSettled(claimed, { state: 'done' }, NOON);

  it.each([
    { answers: ['written'], result: true },
    { answers: ['refused', undefined], result: false },
    { answers: ['refused', next], result: true },
    { answers: ['unknown', next], result: true },
    { answers: ['unknown', claimed.record, 'written'], result: true },
    { answers: ['refused', { ...next, nonce: 'other' }], result: false },
    { answers: ['refused', { ...next, fence: 2 }], result: false },
    { answers: ['refused', { ...next, state: 'failed' }], result: false },
    { answers: ['refused', 'unknown', 'refused', undefined], result: false },
    { answers: ['unknown', 'unknown', 'unknown', undefined], result: 'goes on' },
    { answers: ['unknown', 'unknown', 'unknown', undefined, 'unknown', 'unknown'], result: 'unknown' },
  ])('that writes, and is answered $answers: $result', ({ answers, result }) => {
    expect(go(settleSteps(claimed, next), ...answers)).toBe(result);
  });

  it('writes over its own claim alone', () => {
    const step = settleSteps({ ...claimed, record: { ...claimed.record, state: 'failed' } }, next);
    expect(step).toMatchObject({ call: 'put', record: next, over: { state: 'claimed', fence: 1 } });
  });

  const time = { nowMs: NOON, nonce: 'mine' };
  const others = record({ state: 'claimed', nonce: 'other', leaseUntilMs: NOON + 5_000 });
  it.each([
    { what: 'has it', answers: ['written'], result: { state: 'claimed', attempt: 1 } },
    { what: 'has it, and was not told', answers: ['unknown', claimed.record], result: { state: 'claimed' } },
    { what: 'was late', answers: ['refused', others], result: { state: 'busy' } },
    { what: 'cannot know', answers: ['unknown', others, 'refused'], result: 'unknown' },
    { what: 'cannot read', answers: ['refused', 'unknown', 'written'], result: 'unknown' },
    { what: 'hears of nothing', answers: ['unknown', 'unknown', 'unknown'], result: 'unknown' },
    {
      what: 'loses each race',
      answers: ['refused', record(), 'refused', record(), 'refused', record()],
      result: { state: 'busy', until: new Date(NOON + 10_000) },
    },
    { what: 'takes what failed', answers: ['refused', record(), 'written'], result: { attempt: 3 } },
  ])('that claims and $what', ({ answers, result }) => {
    const got = go(claimSteps(request(), time), ...answers);
    expect([got]).toMatchObject([result]);
  });

  it('that cannot know whether it claimed gives the claim back, its attempt too', () => {
    let step = claimSteps(request(), time);
    for (const answer of ['refused', record(), 'unknown', 'unknown'])
      step = step.call === 'none' ? step : (step.after as (given: unknown) => typeof step)(answer);
    const over = claim(decide(record()));
    const given = { state: 'failed', attempts: 2, fence: 5, started: null, leaseUntilMs: 0 };
    expect(step).toMatchObject({ call: 'put', over, record: { ...given, reason: 'ledger_unavailable' } });
  });

  it('that asks for the sweep is told what has ended, also where that write was not answered', () => {
    const ended = record({ state: 'given_up', reason: 'no use' });
    const answer = { state: 'given_up', reason: 'no use' };
    const steps = claimSteps(request(), time);
    expect(go(steps, 'refused', ended, NOON - 10_000, 'written')).toEqual(answer);
    const noted = { ...ended, nonce: 'mine' };
    expect(go(steps, 'refused', ended, NOON - 10_000, 'unknown', noted)).toEqual(answer);
    // It claimed nothing: there is nothing to give back.
    expect(go(steps, 'refused', ended, NOON - 10_000, 'unknown', 'unknown')).toBe('unknown');
  });
});
