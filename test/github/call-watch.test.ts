import { describe, expect, it } from 'vitest';
import { createCallWatch } from '../../lib/github/call-watch.ts';

/** A call that ends when it is told to. */
function open() {
  return Promise.withResolvers<number>();
}

describe('a watched call', () => {
  it('gives what the call gives, or throws what it throws', async () => {
    const { watch } = createCallWatch();
    expect(await watch('GET /a', Promise.resolve(1))).toBe(1);
    await expect(watch('GET /a', Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await Promise.all([watch('GET /a', Promise.resolve(1)), Promise.resolve(2)])).toEqual([1, 2]);
  });

  it('that somebody waited for is not forgotten, also where it failed', async () => {
    const { watch, finish } = createCallWatch();
    await watch('GET /good', Promise.resolve(1));
    await watch('GET /bad', Promise.reject(new Error('no'))).catch(() => {});
    const late = watch('GET /late', Promise.reject(new Error('no')));
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.allSettled([late]);
    expect(await finish()).toEqual([]);
  });

  it('that failed and nobody waited for is forgotten, and strays nowhere', async () => {
    const { watch, finish } = createCallWatch();
    const error = new Error('no');
    void watch('POST /a', Promise.reject(error));
    await new Promise((resolve) => setImmediate(resolve));
    expect(await finish()).toEqual([{ route: 'POST /a', failure: { error } }]);
  });

  it('that is under way at the end is waited for, whoever else waits', async () => {
    const { watch, finish } = createCallWatch();
    const [slow, failing] = [open(), open()];
    void watch('POST /slow', slow.promise).finally(() => {});
    void watch('POST /failing', failing.promise).catch(() => {});
    const finished = finish();
    let isFinished = false;
    void finished.then(() => (isFinished = true));
    slow.resolve(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(isFinished).toBe(false);
    const error = new Error('no');
    failing.reject(error);
    expect(await finished).toEqual([{ route: 'POST /slow' }, { route: 'POST /failing', failure: { error } }]);
  });

  it('that leads to another one ends with that', async () => {
    const { watch, finish } = createCallWatch();
    const [first, second] = [open(), open()];
    void (async () => {
      await watch('GET /first', first.promise);
      await watch('POST /second', second.promise);
    })();
    first.resolve(1);
    setImmediate(() => second.resolve(2));
    expect(await finish()).toEqual([{ route: 'GET /first' }, { route: 'POST /second' }]);
  });
});
