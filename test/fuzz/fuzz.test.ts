/** Strangers' bytes, some hundred for each parser, the same every time; `npm run fuzz` has as many as one likes. */
import { expect, it } from 'vitest';
import { TARGETS } from './targets.ts';

const SEED = 20_261_122;
const INPUTS = 300;

it.each(TARGETS)('$name is read or refused, and does no harm', ({ run }) => {
  expect(run(SEED, INPUTS)).toBeUndefined();
});
