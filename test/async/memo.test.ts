import { expect, it } from 'vitest';
import { createMemo } from '../../lib/async/memo.ts';

it('a failure is told to all who asked, and forgotten: the next one tries again', async () => {
  const memo = createMemo<string>();
  let tries = 0;
  const work = async (): Promise<string> => {
    tries += 1;
    if (tries === 1) throw new Error('not yet');
    return 'found';
  };
  const settled = await Promise.allSettled([memo('a', work), memo('a', work)]);
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(tries).toBe(1);
  expect(await memo('a', work)).toBe('found');
});

it('a result is found once for each key, and then the same for everybody', async () => {
  const memo = createMemo<object>();
  const works: string[] = [];
  const find = (key: string) =>
    memo(key, async () => {
      works.push(key);
      return { key };
    });
  const [first, second] = await Promise.all([find('a'), find('a')]);
  expect(second).toBe(first);
  expect(await find('a')).toBe(first);
  expect(await find('b')).toEqual({ key: 'b' });
  expect(works).toEqual(['a', 'b']);
});
