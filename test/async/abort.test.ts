import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { follow } from '../../lib/async/abort.ts';

it('leaves nobody listening where one of the leaders had aborted already', () => {
  const reason = new Error('over');
  const live = new AbortController();
  const { signal } = follow(AbortSignal.abort(reason), live.signal);
  expect(signal.reason).toBe(reason);
  expect(getEventListeners(live.signal, 'abort')).toEqual([]);
});
