import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { follow, followFor } from '../../lib/async/abort.ts';
import { createManualClock } from '../harness/clock.ts';

const reason = new Error('over');

it('leaves nobody listening where one of the leaders had aborted already', () => {
  const live = new AbortController();
  const own = follow(AbortSignal.abort(reason), live.signal);
  expect(own.reason).toBe(reason);
  expect(own.signal.reason).toBe(reason);
  expect(getEventListeners(live.signal, 'abort')).toEqual([]);
});

describe('a signal of ones own', () => {
  it.each([
    { name: 'a real one', create: () => new AbortController() },
    {
      name: 'one of ours',
      create: () => {
        const own = follow();
        return { signal: own, abort: (why: unknown) => own.abort(why) };
      },
    },
  ])('aborts with $name that it follows, and so does what follows it', ({ create }) => {
    const leader = create();
    const own = follow(leader.signal);
    const next = follow(own);
    const { signal } = next;
    leader.abort(reason);
    for (const each of [own, next, signal, next.signal])
      expect(each).toMatchObject({ aborted: true, reason });
    expect(() => own.throwIfAborted()).toThrow(reason);
  });

  it('tells each listener once, and nobody who has stopped listening', () => {
    const own = follow();
    const told: string[] = [];
    const stopped = (): void => void told.push('stopped');
    own.addEventListener('abort', () => void told.push('first'));
    own.addEventListener('abort', stopped);
    own.removeEventListener('abort', stopped);
    own.addEventListener('abort', () => void told.push('second'));
    own.abort(reason);
    own.abort(new Error('again'));
    expect(told).toEqual(['first', 'second']);
    expect(own.reason).toBe(reason);
  });

  it('tells a listener to stop in time, also where another listener does so', () => {
    const own = follow();
    const told: string[] = [];
    const late = (): void => void told.push('late');
    own.addEventListener('abort', () => own.removeEventListener('abort', late));
    own.addEventListener('abort', late);
    own.abort(reason);
    expect(told).toEqual([]);
  });

  it('that has ended heeds neither its leader nor its time', async () => {
    const clock = createManualClock();
    const leader = new AbortController();
    const own = followFor(clock, 1_000, leader.signal);
    own.end();
    expect(getEventListeners(leader.signal, 'abort')).toEqual([]);
    leader.abort(reason);
    await clock.advance(2_000);
    expect([own.aborted, own.signal.aborted, clock.waiting]).toEqual([false, false, 0]);
  });

  it('aborts at the end of its time with a TimeoutError', async () => {
    const clock = createManualClock();
    const own = followFor(clock, 1_000);
    await clock.advance(999);
    expect(own.aborted).toBe(false);
    await clock.advance(1);
    expect(own.signal.reason).toMatchObject({ name: 'TimeoutError' });
  });

  it('takes its timer down when a leader aborts', () => {
    const clock = createManualClock();
    const leader = follow();
    followFor(clock, 1_000, leader);
    leader.abort(reason);
    expect(clock.waiting).toBe(0);
  });
});
