import { expect, it } from 'vitest';
import { dispatchOneByOne } from '../../lib/dispatch/dispatch-one-by-one.ts';
import type { Dispatch } from '../../lib/dispatch/dispatch.ts';
import type { Job } from '../../lib/dispatch/job.ts';
import type { Route } from '../../lib/dispatch/route.ts';

const ROUTES = ['first', 'second', 'third'].map((key): Route => ({
  key,
  load: () => Promise.reject(new Error('not asked for')),
}));

/** What each handler finds in `seen`, where each adds its own name; and how many ran at once. */
async function runAll(options: { readonly large: boolean; readonly payload?: object }) {
  const { large, payload = { seen: [] } } = options;
  const found: unknown[] = [];
  let atWork = 0;
  let mostAtWork = 0;
  const dispatch: Dispatch = async (routes, job) => {
    atWork += 1;
    mostAtWork = Math.max(mostAtWork, atWork);
    await new Promise((resolve) => setImmediate(resolve));
    atWork -= 1;
    const { seen } = job.payload;
    found.push(structuredClone(seen));
    if (Array.isArray(seen) && !Object.isFrozen(seen)) seen.push(routes[0]?.key);
    return routes.map(({ key: name }) => ({ name, outcome: 'handled' }));
  };
  // Nothing else of a job is looked at.
  const outcomes = await dispatchOneByOne(ROUTES, { payload } as unknown as Job, { dispatch, large });
  return { outcomes: outcomes.map(({ name }) => name), found, mostAtWork, payload };
}

it('runs one handler after the other, and tells of each', async () => {
  const { outcomes, mostAtWork } = await runAll({ large: false });
  expect(outcomes).toEqual(['first', 'second', 'third']);
  expect(mostAtWork).toBe(1);
});

it('gives each handler a payload of its own', async () => {
  expect((await runAll({ large: false })).found).toEqual([[], [], []]);
});

it('lets handlers share a large payload that none of them can change', async () => {
  const { found, payload } = await runAll({ large: true });
  expect(found).toEqual([[], [], []]);
  expect(payload).toEqual({ seen: [] });
});

it('runs nothing for a delivery without handlers', async () => {
  const dispatch: Dispatch = () => Promise.reject(new Error('not asked for'));
  const job = { payload: {} } as unknown as Job;
  await expect(dispatchOneByOne([], job, { dispatch, large: true })).resolves.toEqual([]);
});
