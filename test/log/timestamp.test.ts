import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { toTimestamp } from '../../lib/log/timestamp.ts';

it('writes a time as ISO 8601, to the millisecond', () => {
  expect(toTimestamp(Date.parse('2026-11-22T12:00:00.007Z'))).toBe('2026-11-22T12:00:00.007Z');
  expect(toTimestamp(-1)).toBe('1969-12-31T23:59:59.999Z');
});

it('is what Date makes of it, for lines in any order', () => {
  const time = fc.date({ noInvalidDate: true }).map((date) => date.getTime());
  fc.assert(
    fc.property(time, fc.array(fc.integer({ min: 0, max: 3_000 })), (start, steps) => {
      for (const step of [0, ...steps]) {
        const ms = Math.min(start + step, 8.64e15);
        expect(toTimestamp(ms)).toBe(new Date(ms).toISOString());
      }
    }),
  );
});

it('throws for what is no time, as Date does', () => {
  expect(() => toTimestamp(Number.NaN)).toThrow(RangeError);
  expect(toTimestamp(0)).toBe('1970-01-01T00:00:00.000Z');
});
