import { expect, it } from 'vitest';
import type { Signal } from '../../lib/async/abort.ts';
import { sendWithSecondTry } from '../../lib/http/second-try.ts';
import { createManualClock } from '../harness/clock.ts';

/** Tries that end as told, and the signals that they were sent with. */
function startTries() {
  const tries: (PromiseWithResolvers<string> & { readonly signal: Signal })[] = [];
  const clock = createManualClock();
  const caller = new AbortController();
  const send = (signal: Signal): Promise<string> => {
    const attempt = Promise.withResolvers<string>();
    tries.push({ ...attempt, signal });
    signal.addEventListener('abort', () => attempt.reject(signal.reason));
    return attempt.promise;
  };
  const answer = sendWithSecondTry(send, { clock, afterMs: 4_000, signal: caller.signal });
  answer.catch(() => {});
  return { tries, clock, caller, answer };
}

it('there is no second try where the first fails: that is for the caller to judge', async () => {
  const { tries, clock, answer } = startTries();
  tries[0]?.reject(new Error('cut'));
  await expect(answer).rejects.toThrow('cut');
  await clock.advance(60_000);
  expect(tries).toHaveLength(1);
  expect(clock.waiting).toBe(0);
});

it('there is no second try where the first answers in time', async () => {
  const { tries, clock, answer } = startTries();
  await clock.advance(3_999);
  tries[0]?.resolve('first');
  await expect(answer).resolves.toBe('first');
  await clock.advance(60_000);
  expect(tries).toHaveLength(1);
});

it('there is one second try, and no third', async () => {
  const { tries, clock } = startTries();
  await clock.advance(60_000);
  expect(tries).toHaveLength(2);
});

it.each([
  { name: 'a slow first', at: 0 },
  { name: 'the second', at: 1 },
])('the answer of $name is taken, and the other ends', async ({ at }) => {
  const { tries, clock, answer } = startTries();
  await clock.advance(4_000);
  tries[at]?.resolve('the answer');
  await expect(answer).resolves.toBe('the answer');
  expect(tries.map(({ signal }) => signal.aborted)).toEqual([at === 1, at === 0]);
});

it('the answer of one is waited for where the other fails', async () => {
  const { tries, clock, answer } = startTries();
  await clock.advance(4_000);
  tries[1]?.reject(new Error('cut'));
  await clock.advance(10_000);
  tries[0]?.resolve('slow');
  await expect(answer).resolves.toBe('slow');
});

it('where both fail, what the first one met is told', async () => {
  const { tries, clock, answer } = startTries();
  await clock.advance(4_000);
  tries[1]?.reject(new Error('second'));
  tries[0]?.reject(new Error('first'));
  await expect(answer).rejects.toThrow('first');
});

it('the caller ends both', async () => {
  const { tries, clock, caller, answer } = startTries();
  await clock.advance(4_000);
  caller.abort(new Error('the time is up'));
  await expect(answer).rejects.toThrow('the time is up');
  expect(tries.map(({ signal }) => signal.aborted)).toEqual([true, true]);
  expect(clock.waiting).toBe(0);
});
