import { afterEach, beforeEach, expect, it } from 'vitest';
import type { GitHub } from '../../local/github/types.ts';
import { callerOf, NOW, start } from './github-scene.ts';

const COMMENTS = '/repos/octo-org/hello-world/issues/347/comments';

let github: GitHub;
let call: ReturnType<typeof callerOf>['call'];
let token: string;

beforeEach(async () => {
  github = await start();
  const caller = callerOf(github);
  call = caller.call;
  token = await caller.mint();
});
afterEach(() => github.close());

const comment = (): ReturnType<typeof call> => call('POST', COMMENTS, { token, body: { body: 'Hello' } });
const comments = () => github.seen.comments('octo-org/hello-world', 347);

it('answers as ordered, for matching requests only, as often as ordered', async () => {
  const fault = { status: 503, headers: { 'retry-after': '7' }, body: { message: 'Unavailable' } };
  github.faults.next({ method: 'POST', path: /\/comments$/ }, fault, 2);
  await expect(call('GET', COMMENTS, { token })).resolves.toHaveProperty('status', 200);
  const first = await comment();
  expect([first.status, first.headers.get('retry-after'), first.body]).toEqual([
    503,
    '7',
    { message: 'Unavailable' },
  ]);
  await expect(comment()).resolves.toHaveProperty('status', 503);
  expect(await comments()).toEqual([]);
  await expect(comment()).resolves.toHaveProperty('status', 201);
});

it('cuts the connection before anything takes effect', async () => {
  github.faults.next({}, { reset: true });
  await expect(comment()).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
  expect(await comments()).toEqual([]);
});

it('cuts the connection after it took effect', async () => {
  github.faults.next({}, { resetAfter: true });
  await expect(comment()).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
  expect(await comments()).toMatchObject([{ body: 'Hello' }]);
});

it('stays silent', async () => {
  github.faults.next({}, { silence: true });
  const before = github.calls.length;
  const patience = new AbortController();
  const silent = fetch(`${github.url}${COMMENTS}`, { signal: patience.signal }).catch(
    (error: unknown) => error,
  );
  await expect.poll(() => github.calls.length).toBe(before + 1);
  patience.abort();
  expect(await silent).toMatchObject({ name: 'AbortError' });
  expect(github.calls.at(-1)?.status).toBe(0);
});

it('closes while somebody still waits for an answer', async () => {
  const brief = await start();
  brief.faults.next({}, { silence: true });
  const waiting = fetch(brief.url).catch((error: unknown) => error);
  await expect.poll(() => brief.calls.length).toBe(1);
  await brief.close();
  expect(await waiting).toMatchObject({ message: 'fetch failed' });
});

it('answers late', async () => {
  github.faults.next({}, { delayMs: 80 });
  const before = performance.now();
  await expect(comment()).resolves.toHaveProperty('status', 201);
  expect(performance.now() - before).toBeGreaterThan(75);
});

it('records every call with its outcome', async () => {
  await call('POST', `${COMMENTS}?x=1`, {
    token,
    body: { body: 'Hello' },
    headers: { 'user-agent': 'hookmint' },
  });
  await call('GET', '/app');
  expect(github.calls).toEqual([
    expect.objectContaining({
      credential: 'jwt',
      path: '/app/installations/35490125/access_tokens',
      status: 201,
    }),
    {
      method: 'POST',
      path: `${COMMENTS}?x=1`,
      status: 201,
      credential: 'token',
      tokenSha256: github.tokens[0]?.sha256,
      userAgent: 'hookmint',
      at: new Date(NOW),
      requestId: expect.stringMatching(/^[\da-f-]{36}$/),
      requestBody: { body: 'Hello' },
      responseBody: expect.objectContaining({ id: 1, body: 'Hello' }),
    },
    expect.objectContaining({ credential: 'none', path: '/app', status: 401 }),
  ]);
});
