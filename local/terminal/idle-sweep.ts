/** Which runs of the sweeper are no news. Pure. */
import { parseJson, toObject } from '../../lib/json/json.ts';
import type { LineCode } from '../../lib/log/messages.ts';
import type { SweepSummary } from '../../lib/sweep/sweep.ts';

const SWEEP_LINE: LineCode = 'sweep';

/** What a run did. What it read, and what waits, is none of it. */
const DEEDS = [
  'asked',
  'recovered',
  'pulled',
  'gaveUp',
  'lost',
  'missing',
  'unreadable',
  'unreadableEntries',
] as const satisfies readonly (keyof SweepSummary)[];

/** @param line Of the function's output. Whether it says that a run came to its end and did nothing. */
export function isIdleSweep(line: string): boolean {
  const fields = toObject(parseJson(line));
  return (
    fields['code'] === SWEEP_LINE &&
    fields['level'] === 'INFO' &&
    fields['finished'] === true &&
    DEEDS.every((deed) => fields[deed] === 0)
  );
}
