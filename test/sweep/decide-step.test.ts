import { describe, expect, it } from 'vitest';
import { decideStep, planAsk, planPull } from '../../lib/sweep/decide-step.ts';
import { toFailure, type Failure } from '../../lib/sweep/store.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const HOUR = 60 * 60_000;

const failure = (changes: Partial<Failure> = {}): Failure => ({
  ...toFailure({
    guid: 'a',
    logId: '1',
    event: 'issues',
    action: 'opened',
    statusCode: 500,
    deliveredAtMs: NOON - HOUR,
    latestAtMs: NOON - HOUR,
    nextAtMs: NOON,
    installationId: null,
    repositoryId: null,
  }),
  ...changes,
});
const PAST_LOG = { deliveredAtMs: NOON - 72 * HOUR - 1 };
const decide = (changes: Partial<Failure>, claimed = true, scanFinished = true) =>
  decideStep(failure(changes), { nowMs: NOON, claimed, scanFinished });

describe('a failure', () => {
  it.each([
    { what: 'is not due', changes: { nextAtMs: NOON + 1 }, step: 'wait' },
    { what: 'is held by a run', changes: { leaseUntilMs: NOON + 1 }, step: 'wait' },
    { what: 'was held until now', changes: { leaseUntilMs: NOON }, step: 'ask' },
    { what: 'is due', changes: {}, step: 'ask' },
    { what: 'is due, however old', changes: PAST_LOG, step: 'ask' },
    { what: 'has had its asks', changes: { exhausted: true }, step: 'give_up' },
    {
      what: 'has had its asks, and is not due',
      changes: { exhausted: true, nextAtMs: NOON + 1 },
      step: 'wait',
    },
  ])('that $what: $step', ({ changes, step }) => {
    expect(decide(changes)).toBe(step);
  });

  it('is not given up before all of the log is read, unless the log has forgotten it', () => {
    expect(decide({ exhausted: true }, true, false)).toBe('keep');
    expect(decide({ exhausted: true, ...PAST_LOG }, true, false)).toBe('give_up');
  });

  it('that no handler wants is kept until the log has forgotten it', () => {
    expect(decide({}, false)).toBe('keep');
    expect(decide({ exhausted: true }, false)).toBe('keep');
    expect(decide(PAST_LOG, false)).toBe('unclaimed');
  });

  it('that is asked for has one ask more, and the time of it', () => {
    expect(planAsk(failure({ attempts: 1 }), NOON)).toEqual({
      attempts: 2,
      askedAtMs: NOON,
      nextAtMs: NOON + 50 * 60_000,
      exhausted: false,
    });
  });

  it.each([
    { what: 'was never asked for', askedAtMs: undefined },
    { what: 'was asked for before', askedAtMs: NOON - HOUR },
  ])('that is pulled, and $what, has one ask more and the same time of it', ({ askedAtMs }) => {
    expect(planPull(failure({ attempts: 1, askedAtMs }), NOON)).toEqual({
      attempts: 2,
      askedAtMs,
      nextAtMs: NOON + 50 * 60_000,
      exhausted: false,
    });
  });
});
