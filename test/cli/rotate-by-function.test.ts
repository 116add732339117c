/** Watching a rotation that the function of a stage takes. */
import { expect, it } from 'vitest';
import { rotateByFunction } from '../../cli/rotate/rotate-by-function.ts';
import { createManualClock } from '../harness/clock.ts';

it('sees the end of a rotation whose version did not become the current one, but one made from it', async () => {
  const clock = createManualClock();
  const lines = [
    { step: 'testSecret', outcome: 'done', proof: 'accepted' },
    { step: 'finishSecret', outcome: 'done' },
  ];
  const rotating = rotateByFunction(
    {
      begin: async () => {},
      versions: { labels: async () => new Map([['made from it', new Set(['AWSCURRENT'])]]) },
      steps: async () => lines,
      clock,
    },
    { say: () => {}, clear: () => {}, end: () => {} },
    new AbortController().signal,
  );
  await clock.advance(2_500);
  expect(await Promise.race([rotating, clock.advance(0).then(() => 'still watching')])).toBe('accepted');
});
