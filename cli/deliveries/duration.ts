/** `24h`, `90m`, `3d`: how far back. Pure. */
import { CommandError } from '../command-error.ts';

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @throws CommandError For what is no duration. */
export function parseDurationMs(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})\s*([smhd])$/.exec(text.trim()) ?? [];
  const unitMs = UNITS_MS[unit];
  if (unitMs === undefined || Number(count) === 0) {
    throw new CommandError(`'${text}' is no duration: 90m, 24h and 3d are.`);
  }
  return Number(count) * unitMs;
}
