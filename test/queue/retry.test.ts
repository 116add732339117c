import { describe, expect, it } from 'vitest';
import { toFaultOutcome, type Attempt } from '../../lib/dispatch/outcome.ts';
import { ServiceFault, type FaultCode } from '../../lib/faults.ts';
import { decideVerdict, toDelaySeconds, toReturnSeconds, expire } from '../../lib/queue/retry.ts';

function failed(code: FaultCode, attempt?: Attempt, retryAfterSeconds?: number) {
  return toFaultOutcome('greet', new ServiceFault(code, 'a message', { retryAfterSeconds }), attempt);
}

const handled = { name: 'label', outcome: 'handled' } as const;
const at = (number: number): Attempt => ({ number, most: 12 });

describe('the verdict on a message', () => {
  it.each([
    { what: 'no handler', outcomes: [] },
    { what: 'handled and ignored', outcomes: [handled, { name: 'size', outcome: 'ignored' } as const] },
    { what: 'done before', outcomes: [{ name: 'size', outcome: 'duplicate' } as const] },
    { what: 'skipped', outcomes: [failed('installation_suspended', at(1))] },
  ])('is done after $what', ({ outcomes }) => {
    expect(decideVerdict(outcomes, 1, 0)).toEqual({ kind: 'done' });
  });

  it.each([
    { attempt: 1, random: 0, delaySeconds: 10 },
    { attempt: 2, random: 0, delaySeconds: 20 },
    { attempt: 5, random: 0, delaySeconds: 160 },
    { attempt: 5, random: 0.5, delaySeconds: 120 },
    { attempt: 9, random: 0, delaySeconds: 2560 },
    { attempt: 11, random: 0, delaySeconds: 3600 },
    { attempt: 11, random: 0.999, delaySeconds: 1802 },
  ])(
    'is to come back in $delaySeconds s after attempt $attempt with jitter $random',
    ({ attempt, random, delaySeconds }) => {
      expect(decideVerdict([handled, failed('handler_error', at(attempt))], 1, random)).toMatchObject({
        kind: 'again',
        delaySeconds,
      });
    },
  );

  it('is to come back when the rate limit ends, whatever the attempt', () => {
    expect(decideVerdict([failed('rate_limited', at(12), 1234)], 40, 0)).toMatchObject({
      kind: 'again',
      delaySeconds: 1234,
    });
  });

  it.each([
    { random: 0.5, delaySeconds: 1388 },
    { random: 0.999, delaySeconds: 1542 },
  ])(
    'is to come back up to a quarter later with jitter $random, never sooner',
    ({ random, delaySeconds }) => {
      expect(decideVerdict([failed('rate_limited', at(1), 1234)], 1, random)).toMatchObject({
        kind: 'again',
        delaySeconds,
      });
    },
  );

  it('is to come back for the soonest of the handlers that failed', () => {
    const outcomes = [failed('rate_limited', at(1), 1234), failed('handler_error', at(3))];
    expect(decideVerdict(outcomes, 3, 0)).toMatchObject({ kind: 'again', delaySeconds: 40 });
  });

  it('is to come back within the twelve hours that SQS can hide a message', () => {
    expect(decideVerdict([failed('handler_retry', at(1), 999_999)], 1, 0)).toMatchObject({
      kind: 'again',
      delaySeconds: 39_600,
    });
  });

  it('grows with the receipts where nothing could be claimed', () => {
    expect(decideVerdict([failed('ledger_unavailable')], 3, 0)).toMatchObject({
      kind: 'again',
      delaySeconds: 40,
    });
  });

  it.each([
    { what: 'the twelfth failure', outcome: failed('handler_error', at(12)), reason: 'greet: handler_error' },
    {
      what: 'a handler that gave up',
      outcome: failed('handler_gave_up', at(1)),
      reason: 'greet: handler_gave_up',
    },
    {
      what: 'owners that kept dying',
      outcome: failed('attempts_exhausted'),
      reason: 'greet: attempts_exhausted',
    },
  ])('is death after $what, with the reason', ({ outcome, reason }) => {
    expect(decideVerdict([handled, outcome], 12, 0)).toEqual({ kind: 'dead', reason });
  });

  it('is not death while another handler still has attempts', () => {
    const outcomes = [failed('handler_gave_up', at(1)), failed('handler_error', at(2))];
    expect(decideVerdict(outcomes, 2, 0)).toMatchObject({ kind: 'again', delaySeconds: 20 });
  });

  it('spreads what waited together over a quarter of the wait, in whole seconds', () => {
    const limit = new ServiceFault('app_rate_limited', 'a message', { retryAfterSeconds: 60 });
    expect([0, 0.25, 0.5, 0.75, 0.999].map((random) => toReturnSeconds(limit, 1, random))).toEqual([
      60, 63, 67, 71, 74,
    ]);
    const short = new ServiceFault('in_progress', 'a message', { retryAfterSeconds: 1 });
    expect(toReturnSeconds(short, 1, 0.999)).toBe(1);
  });

  it('spreads what failed together over half the distance', () => {
    expect([0, 0.25, 0.5, 0.75].map((random) => toDelaySeconds(4, random))).toEqual([80, 70, 60, 50]);
  });
});

describe('a message that waits', () => {
  const sentAt = new Date(Date.UTC(2026, 10, 22, 12));
  const after = (ms: number): number => sentAt.getTime() + ms;
  const DAYS = 24 * 60 * 60_000;
  const again = { kind: 'again', delaySeconds: 60, reason: 'greet: rate_limited' } as const;

  it('comes back for three days', () => {
    expect(expire(again, sentAt, after(3 * DAYS))).toBe(again);
  });

  it('is dead after three days, and says what it waited for', () => {
    expect(expire(again, sentAt, after(3 * DAYS + 1))).toEqual({
      kind: 'dead',
      reason: 'too_old; greet: rate_limited',
    });
  });

  it.each([{ kind: 'done' } as const, { kind: 'dead', reason: 'greet: handler_error' } as const])(
    'is what it is where it has ended: $kind',
    (verdict) => {
      expect(expire(verdict, sentAt, after(30 * DAYS))).toBe(verdict);
    },
  );

  it.each([
    { random: 0, seconds: 100 },
    { random: 0.5, seconds: 112 },
    { random: 0.999, seconds: 124 },
  ])('waits as told, and up to a quarter longer: $seconds s', ({ random, seconds }) => {
    const fault = new ServiceFault('rate_limited', 'wait', { retryAfterSeconds: 100 });
    expect(toReturnSeconds(fault, 3, random)).toBe(seconds);
  });

  it('goes by its attempts where nobody said how long', () => {
    expect(toReturnSeconds(undefined, 3, 0)).toBe(40);
    expect(toReturnSeconds(new ServiceFault('handler_error', 'threw'), 1, 0)).toBe(10);
  });

  it('names each handler that failed', () => {
    const gaveUp = (name: string) =>
      ({
        name,
        outcome: 'failed',
        reason: 'oops',
        fault: new ServiceFault('handler_error', 'threw'),
        final: true,
      }) as const;
    expect(decideVerdict([gaveUp('a'), gaveUp('b')], 1, 0)).toEqual({
      kind: 'dead',
      reason: 'a: oops; b: oops',
    });
  });
});
