/** What makes a payload large, and how to tell that a handler got all of it. Pure. */
import { crc32 } from 'node:zlib';
import { createRandom } from '../../local/random.ts';
import type { PlannedDelivery } from './plan.ts';

/** Of a length beyond the 32 KiB in which gzip looks for repetitions: it does not compress well. */
const PIECE_LENGTH = 100_000;

/** ASCII, of the length that the plan has for it. */
export function createFiller({ guid, fillerBytes }: Pick<PlannedDelivery, 'guid' | 'fillerBytes'>): string {
  if (fillerBytes === 0) return '';
  const piece = createRandom(Number.parseInt(guid.slice(0, 8), 16)).text(PIECE_LENGTH);
  return piece.repeat(Math.ceil(fillerBytes / PIECE_LENGTH)).slice(0, fillerBytes);
}

/** A short text that is another one for another filler. */
export function toSum(filler: string): string {
  return `${filler.length} ${crc32(filler)}`;
}
