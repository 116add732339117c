/** The log of deliveries that the GitHub stand-in keeps. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GitHub } from '../../local/github/types.ts';
import { callerOf, NOW, sign, start } from '../local/github-scene.ts';

const PATH = '/app/hook/deliveries';

let github: GitHub;
let asApp: ReturnType<typeof callerOf>['asApp'];

beforeEach(async () => {
  github = await start();
  ({ asApp } = callerOf(github));
});
afterEach(() => github.close());

async function listIds(query = ''): Promise<readonly string[]> {
  const response = await fetch(`${github.url}${PATH}${query}`, {
    headers: { authorization: `Bearer ${await sign()}` },
  });
  return [...(await response.text()).matchAll(/"id":(\d+)/g)].map(([, id = '']) => id);
}

const add = (minutesAgo: number, statusCode = 200, status?: string) =>
  github.deliveries.add({
    event: 'push',
    statusCode,
    deliveredAt: new Date(NOW - minutesAgo * 60_000),
    ...(status !== undefined && { status }),
  });

describe('the log', () => {
  it('lists exact ids, newest first', async () => {
    const older = github.deliveries.add({ event: 'push', statusCode: 200, id: '3804004623172239366' });
    github.advance(1000);
    const newer = github.deliveries.add({ event: 'push', statusCode: 200, id: '3804004623172239367' });
    await expect(listIds()).resolves.toEqual([newer.id, older.id]);
  });

  it('goes in pages, by the cursor of its Link header', async () => {
    const ids = [1, 2, 3].map((minutesAgo) => add(minutesAgo).id);
    const first = await asApp('GET', `${PATH}?per_page=2`);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    expect(await listIds(new URL(next).search)).toEqual([ids[2]]);
    expect(
      (await asApp('GET', new URL(next).pathname + new URL(next).search)).headers.get('link'),
    ).toBeNull();
  });

  it.each([
    { query: '?status=success', codes: [200, 302] },
    { query: '?status=failure', codes: [404, 500] },
    { query: '', codes: [200, 302, 404, 500, 0] },
  ])('filters as GitHub does ($query): a failed connection is neither', async ({ query, codes }) => {
    const all = [200, 302, 404, 500, 0].map((code, index) => ({ code, id: add(index, code).id }));
    const expected = all.filter(({ code }) => codes.includes(code)).map(({ id }) => id);
    await expect(listIds(query)).resolves.toEqual(expected);
  });

  it('forgets after three days', async () => {
    const { id } = add(3 * 24 * 60);
    const kept = add(3 * 24 * 60 - 1);
    await expect(listIds()).resolves.toEqual([kept.id]);
    await expect(asApp('GET', `${PATH}/${id}`)).resolves.toHaveProperty('status', 404);
    await expect(asApp('POST', `${PATH}/${id}/attempts`)).resolves.toHaveProperty('status', 404);
  });

  it('is for the App alone', async () => {
    const response = await fetch(`${github.url}${PATH}`);
    expect(response.status).toBe(401);
  });

  it('refuses a cursor that is none of its own', async () => {
    await expect(asApp('GET', `${PATH}?cursor=x`)).resolves.toHaveProperty('status', 422);
  });

  it('meets faults as all else does', async () => {
    github.faults.next({ path: /deliveries/ }, { status: 502 });
    await expect(asApp('GET', PATH)).resolves.toHaveProperty('status', 502);
    await expect(asApp('GET', PATH)).resolves.toHaveProperty('status', 200);
  });
});

describe('a redelivery', () => {
  it('is answered 202, and shows as an entry of its own', async () => {
    const { id, guid } = add(5, 500);
    github.deliveries.onRedeliver((delivery) => ({ statusCode: delivery.id === id ? 200 : 500 }));
    const answer = await asApp('POST', `${PATH}/${id}/attempts`);
    expect([answer.status, answer.body]).toEqual([202, {}]);
    await github.deliveries.settled();
    expect(github.deliveries.all()).toMatchObject([
      { guid, redelivery: true, status: 'OK', statusCode: 200 },
      { guid, redelivery: false, status: 'Invalid HTTP Response: 500' },
    ]);
  });

  it('that nobody takes does not show', async () => {
    const { id } = add(5, 500);
    await asApp('POST', `${PATH}/${id}/attempts`);
    await github.deliveries.settled();
    expect(github.deliveries.all()).toHaveLength(1);
  });
});
