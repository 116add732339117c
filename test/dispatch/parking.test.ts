import { describe, expect, it } from 'vitest';
import { createParking } from '../../lib/dispatch/parking.ts';
import { ServiceFault } from '../../lib/faults.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');

function startParking() {
  const clock = { ms: NOW };
  const parking = createParking(() => clock.ms);
  return {
    clock,
    note: (installationId: number | null, fault: ServiceFault, handler = 'greet'): void =>
      parking.note({ installationId, handler }, fault),
    /** What `check` throws. */
    check: (installationId: number | null, handler = 'greet'): ServiceFault | undefined => {
      try {
        parking.check({ installationId, handler });
        return undefined;
      } catch (error) {
        if (error instanceof ServiceFault) return error;
        throw error;
      }
    },
  };
}

const limit = (retryAfterSeconds?: number, resource?: string): ServiceFault =>
  new ServiceFault('rate_limited', 'made for this test', { retryAfterSeconds, resource });

describe('an installation that met its rate limit', () => {
  it('is parked for so long, and no other', () => {
    const { clock, note, check } = startParking();
    note(5, limit(60));
    expect(check(5)).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 60 });
    expect(check(6)).toBeUndefined();
    clock.ms += 59_999;
    expect(check(5)).toMatchObject({ retryAfterSeconds: 1 });
    clock.ms += 1;
    expect(check(5)).toBeUndefined();
  });

  it('is free at the end of that, however many messages ask in turn and are told to wait', () => {
    const { clock, note, check } = startParking();
    note(5, limit(60));
    for (let asked = 0; asked < 100; asked += 1) {
      clock.ms = NOW + asked * 599;
      const fault = check(5);
      // As the dispatcher does with whatever ended a handler.
      if (fault !== undefined) note(5, fault);
    }
    clock.ms = NOW + 60_000;
    expect(check(5)).toBeUndefined();
  });

  it('stays parked until the later of two ends', () => {
    const { clock, note, check } = startParking();
    note(5, limit(60));
    note(5, limit(10));
    clock.ms += 59_000;
    expect(check(5)).toMatchObject({ retryAfterSeconds: 1 });
  });
});

describe('a limit that GitHub counts apart', () => {
  it.each(['search', 'graphql', 'code_search'])(
    '(%s) parks the handler that met it, and no other',
    (resource) => {
      const { clock, note, check } = startParking();
      note(5, limit(60, resource), 'find');
      expect(check(5, 'find')).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 60 });
      expect(check(5, 'greet')).toBeUndefined();
      expect(check(6, 'find')).toBeUndefined();
      clock.ms += 60_000;
      expect(check(5, 'find')).toBeUndefined();
    },
  );

  it('is none where it is of all of REST', () => {
    const { note, check } = startParking();
    note(5, limit(60, 'core'), 'find');
    expect(check(5, 'greet')).toMatchObject({ code: 'rate_limited' });
  });
});

it.each([
  { name: 'the rate limit of the App', fault: 'app_rate_limited' },
  { name: 'a copy at work', fault: 'in_progress' },
  { name: 'a handler that asked for later', fault: 'handler_retry' },
] as const)('$name parks nothing', ({ fault }) => {
  const { note, check } = startParking();
  note(5, new ServiceFault(fault, 'made for this test', { retryAfterSeconds: 60 }));
  expect(check(5)).toBeUndefined();
});

it('a delivery of no installation parks nothing', () => {
  const { note, check } = startParking();
  note(null, limit(60));
  expect(check(null)).toBeUndefined();
});
