import { expect, it } from 'vitest';
import { isIdleSweep } from '../../local/terminal/idle-sweep.ts';

/** As the sweeper writes it after a run that did nothing. */
const IDLE = {
  level: 'INFO',
  code: 'sweep',
  message: 'sweep',
  scanned: 13,
  open: 1,
  asked: 0,
  recovered: 0,
  pulled: 0,
  gaveUp: 0,
  lost: 0,
  missing: 0,
  unreadable: 0,
  unreadableEntries: 0,
  finished: true,
  dryRun: false,
  durationMs: 41,
};

it.each([
  { what: 'asked for something', changes: { asked: 1 } },
  { what: 'found something recovered', changes: { recovered: 1 } },
  { what: 'misses something', changes: { missing: 1 } },
  { what: 'lost something', changes: { lost: 1 } },
  { what: 'did not come to its end', changes: { finished: false, stopped: 'rate_limited' } },
  { what: 'failed', changes: { level: 'ERROR' } },
  { what: 'is no sweep', changes: { code: 'delivery' } },
])('a run is news that $what', ({ changes }) => {
  expect(isIdleSweep(JSON.stringify({ ...IDLE, ...changes }))).toBe(false);
});

it('a run that only read is no news', () => {
  expect(isIdleSweep(JSON.stringify(IDLE))).toBe(true);
});

it('what is no line of the log is news', () => {
  expect(isIdleSweep('Warning: something of Node')).toBe(false);
});
