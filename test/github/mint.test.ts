import { describe, expect, it } from 'vitest';
import { ServiceFault } from '../../lib/faults.ts';
import { followFor } from '../../lib/async/abort.ts';
import { createSender, type ApiResponse } from '../../lib/github/api.ts';
import { createManualClock } from '../harness/clock.ts';
import type { CallAsApp } from '../../lib/github/app-calls.ts';
import type { Grant } from '../../lib/github/grant.ts';
import { createMint } from '../../lib/github/mint.ts';
import { createPause } from '../../lib/github/rate-limit.ts';
import {
  createSceneClock,
  HELLO_WORLD,
  INSTALLATION_ID,
  ISSUES_WRITE,
  MINT,
  NOW,
  OPEN,
  inTime,
  json,
  startScene,
  stubFetch,
} from './scene.ts';

const ALL: Grant = { permissions: 'all', repositories: 'installation' };
const EXPIRES = '2026-11-22T13:00:00Z';
const GOOD = {
  token: 'ghs_1',
  expires_at: EXPIRES,
  permissions: { issues: 'write' },
  repository_selection: 'all',
};

/** A mint whose GitHub is one function. */
function mintWith(answer: (request: Parameters<CallAsApp>[0], nth: number) => Partial<ApiResponse>) {
  const clock = createSceneClock();
  const requests: Parameters<CallAsApp>[0][] = [];
  const call: CallAsApp = (request) => {
    requests.push(request);
    const answered = { status: 201, body: GOOD, ...answer(request, requests.length) };
    return Promise.resolve({ ...answered, headers: new Headers() });
  };
  const mint = createMint({
    call,
    apiUrl: 'https://api.github.com',
    appId: '4711',
    clock,
    githubNow: () => clock.ms,
  });
  return { clock, requests, mint };
}

describe.concurrent('a mint that GitHub refuses', () => {
  it('for an installation that is not there is repeated exactly once, and then believed', async () => {
    await using scene = await startScene();
    await expect(scene.mint.get(123, ISSUES_WRITE, inTime())).rejects.toMatchObject({
      code: 'installation_not_found',
      disposition: 'skipped',
    });
    expect(scene.asked()).toEqual([
      'POST /app/installations/123/access_tokens 404',
      'POST /app/installations/123/access_tokens 404',
    ]);
  });

  it('for an installation made a moment ago works at the second time', async () => {
    await using scene = await startScene();
    scene.github.faults.next({}, { status: 404, body: { message: 'Not Found' } });
    await expect(scene.mint.get(INSTALLATION_ID, ISSUES_WRITE, inTime())).resolves.toMatchObject({
      cached: false,
    });
    expect(scene.asked()).toHaveLength(2);
  });

  it('for a suspension says so, and works when that ends', async () => {
    await using scene = await startScene();
    scene.github.suspend(INSTALLATION_ID);
    const get = () => scene.mint.get(INSTALLATION_ID, ISSUES_WRITE, inTime());
    await expect(get()).rejects.toMatchObject({ code: 'installation_suspended', disposition: 'skipped' });
    expect(scene.asked()).toHaveLength(1);
    scene.github.unsuspend(INSTALLATION_ID);
    await expect(get()).resolves.toMatchObject({ cached: false });
  });

  it('for a suspension in other words is no rate limit either', async () => {
    const { mint } = mintWith(() => ({
      status: 403,
      body: { message: 'Sorry. Your account was suspended; octo-org has suspended your access.' },
    }));
    await expect(mint.get(1, ALL, inTime())).rejects.toMatchObject({ code: 'installation_suspended' });
  });

  it.each<{ name: string; permissions: Grant['permissions']; detail: string }>([
    { name: 'a permission', permissions: { issues: 'write', contents: 'read' }, detail: 'contents=read' },
    {
      name: 'a level',
      permissions: { checks: 'read', pull_requests: 'write' },
      detail: 'pull_requests=write',
    },
    {
      name: 'two of three',
      permissions: { issues: 'read', contents: 'write', pull_requests: 'write' },
      detail: 'contents=write, pull_requests=write',
    },
  ])('for want of $name names exactly that', async ({ permissions, detail }) => {
    await using scene = await startScene();
    const grant = { permissions, repositories: [HELLO_WORLD] };
    await expect(scene.mint.get(INSTALLATION_ID, grant, inTime())).rejects.toMatchObject({
      code: 'permission_not_granted',
      disposition: 'skipped',
      detail,
    });
  });

  it('for a level that does not exist names exactly that', async () => {
    await using scene = await startScene();
    const permissions = { checks: 'write', issues: 'maintain' } as unknown as Grant['permissions'];
    const grant: Grant = { permissions, repositories: 'installation' };
    await expect(scene.mint.get(INSTALLATION_ID, grant, inTime())).rejects.toMatchObject({
      detail: 'issues=maintain',
    });
  });

  it.each([
    { name: 'fails', fault: { status: 500 } },
    { name: 'is limited', fault: { status: 429 } },
    { name: 'is not found', fault: { status: 404, body: { message: 'Not Found' } } },
  ])(
    'for a permission names all that was asked where a look at the installation $name',
    async ({ fault }) => {
      await using scene = await startScene();
      scene.github.faults.next({ method: 'GET' }, fault, 3);
      const grant: Grant = {
        permissions: { issues: 'write', contents: 'read' },
        repositories: 'installation',
      };
      await expect(scene.mint.get(INSTALLATION_ID, grant, inTime())).rejects.toMatchObject({
        code: 'permission_not_granted',
        detail: 'issues=write, contents=read',
      });
    },
  );

  it.each<{ name: string; repositories: Grant['repositories'] }>([
    { name: 'an id', repositories: [HELLO_WORLD, 99] },
    { name: 'an id of another installation', repositories: [1296269] },
    { name: 'a name', repositories: ['not-selected'] },
  ])('for a repository outside ($name) says so', async ({ repositories }) => {
    await using scene = await startScene();
    const grant: Grant = { permissions: { issues: 'write' }, repositories };
    await expect(scene.mint.get(INSTALLATION_ID, grant, inTime())).rejects.toMatchObject({
      code: 'repository_not_accessible',
      disposition: 'skipped',
    });
    expect(scene.asked(/POST/)).toHaveLength(1);
  });

  it.each([
    { name: '400', status: 400, detail: 'mint: 400' },
    { name: '200', status: 200, detail: 'mint: 200' },
    { name: '202', status: 202, detail: 'mint: 202' },
    { name: '301 to nowhere', status: 301, detail: 'mint: 301' },
    { name: '409', status: 409, detail: 'mint: 409' },
  ])('with $name is a fault', async ({ status, detail }) => {
    const { mint } = mintWith(() => ({ status, body: { message: 'Forbidden' } }));
    await expect(mint.get(1, ALL, inTime())).rejects.toMatchObject({
      code: 'github_unexpected',
      disposition: 500,
      detail,
    });
  });

  it('is told to all who waited, and kept from nobody who comes later', async () => {
    await using scene = await startScene();
    scene.github.suspend(INSTALLATION_ID);
    const get = () => scene.mint.get(INSTALLATION_ID, ISSUES_WRITE, inTime());
    const settled = await Promise.allSettled(Array.from({ length: 20 }, get));
    expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(20);
    expect(scene.asked()).toHaveLength(1);
    scene.github.unsuspend(INSTALLATION_ID);
    await get();
    expect(scene.asked()).toHaveLength(2);
  });
});

describe('a 403 is told in the words of GitHub', () => {
  it.each([
    { code: 'request_refused', message: 'Forbidden' },
    { code: 'flagged_as_spam', message: 'Your account was flagged as spammy.' },
    {
      code: 'ip_not_allowed',
      message: 'the `octo-org` organization has an IP allow list enabled, and 192.0.2.1 is not on it',
    },
  ])('$message', async ({ code, message }) => {
    const { mint } = mintWith(() => ({ status: 403, body: { message } }));
    await expect(mint.get(1, ALL, inTime())).rejects.toMatchObject({ code, detail: message, isFinal: true });
  });
});

it('a refusal of a permission that the installation says it granted names what was asked for', async () => {
  const body = { message: 'The permissions requested are not granted to this installation.' };
  const { mint } = mintWith(({ method }) =>
    method === 'POST' ? { status: 422, body } : { status: 200, body: { permissions: { issues: 'write' } } },
  );
  const grant: Grant = { permissions: { issues: 'read' }, repositories: [1] };
  await expect(mint.get(1, grant, inTime())).rejects.toMatchObject({
    code: 'permission_not_granted',
    detail: 'issues=read',
  });
});

describe('a token that may do more than was asked is not handed on:', () => {
  const asked: Grant = { permissions: { issues: 'read', checks: 'write' }, repositories: [1, 2] };
  const answer = { token: 'ghs_1', expires_at: EXPIRES, permissions: { issues: 'read', checks: 'write' } };

  it.each([
    {
      name: 'a permission',
      body: { permissions: { issues: 'read', contents: 'read' } },
      detail: 'contents=read',
    },
    { name: 'a level', body: { permissions: { issues: 'write' } }, detail: 'issues=write' },
    { name: 'the highest level', body: { permissions: { checks: 'admin' } }, detail: 'checks=admin' },
    { name: 'a level that nobody knows', body: { permissions: { checks: 'own' } }, detail: 'checks=own' },
    { name: 'metadata to write', body: { permissions: { metadata: 'write' } }, detail: 'metadata=write' },
    {
      name: 'a repository',
      body: { repositories: [{ id: 1 }, { id: 3, name: 'x' }] },
      detail: 'repository 3',
    },
    { name: 'all repositories', body: { repository_selection: 'all' }, detail: 'all repositories' },
  ])('$name more', async ({ body, detail }) => {
    const { mint } = mintWith(() => ({ body: { ...answer, ...body } }));
    await expect(mint.get(1, asked, inTime())).rejects.toMatchObject({
      code: 'token_too_wide',
      disposition: 500,
      detail,
    });
    expect([...mint.held()]).toEqual([]);
  });

  it('a repository of another name more', async () => {
    const grant: Grant = { ...asked, repositories: ['hello-world'] };
    const repositories = [{ id: 1, name: 'Hello-World' }];
    const { mint } = mintWith((_, nth) => ({
      body: { ...answer, repositories: nth === 1 ? [{ id: 2, name: 'open' }] : repositories },
    }));
    await expect(mint.get(1, grant, inTime())).rejects.toMatchObject({ code: 'token_too_wide' });
    await expect(mint.get(1, grant, inTime())).resolves.toMatchObject({ token: { repositoryIds: [1] } });
  });

  it.each([
    { name: 'less of a level', body: { permissions: { issues: 'read', checks: 'read' } } },
    { name: 'one permission less', body: { permissions: { issues: 'read' } } },
    { name: 'one repository less', body: { repositories: [{ id: 2 }] } },
    {
      name: 'metadata, which every App may read',
      body: { permissions: { issues: 'read', metadata: 'read' } },
    },
  ])('$name is not more', async ({ body }) => {
    const { mint } = mintWith(() => ({ body: { ...answer, ...body } }));
    await expect(mint.get(1, asked, inTime())).resolves.toMatchObject({ token: { token: 'ghs_1' } });
  });
});

describe('a 201 is no token', () => {
  it.each([
    { name: 'without a body', body: undefined },
    { name: 'with a text', body: 'ghs_1' },
    { name: 'with a list', body: [GOOD] },
    { name: 'without a token', body: { expires_at: EXPIRES } },
    { name: 'with a token of null', body: { ...GOOD, token: null } },
    { name: 'with an empty token', body: { ...GOOD, token: '' } },
    { name: 'with a token of blanks', body: { ...GOOD, token: '  ' } },
    { name: 'with a line break in the token', body: { ...GOOD, token: 'ghs_1\r\nx-evil: 1' } },
    { name: 'with a line break after the token', body: { ...GOOD, token: 'ghs_1\n' } },
    { name: 'with a token that no header can carry', body: { ...GOOD, token: 'ghs_ä' } },
    { name: 'without an expiry', body: { token: 'ghs_1' } },
    { name: 'with an expiry of null', body: { ...GOOD, expires_at: null } },
    { name: 'with an expiry that is no date', body: { ...GOOD, expires_at: 'soon' } },
    { name: 'that has expired', body: { ...GOOD, expires_at: '2026-11-22T12:00:00Z' } },
    { name: 'with an expiry in numbers', body: { ...GOOD, expires_at: 1_795_352_400 } },
  ])('$name', async ({ body }) => {
    const { mint } = mintWith((_, nth) => (nth === 1 ? { body } : {}));
    await expect(mint.get(1, ALL, inTime())).rejects.toMatchObject({
      code: 'token_unusable',
      disposition: 500,
    });
    await expect(mint.get(1, ALL, inTime())).resolves.toMatchObject({ cached: false });
  });

  it('cut in its middle', async () => {
    await using scene = await startScene();
    scene.github.faults.next({}, { status: 201 });
    await expect(scene.mint.get(INSTALLATION_ID, ALL, inTime())).rejects.toMatchObject({
      code: 'token_unusable',
    });
  });
});

describe('the request', () => {
  it.each<{ name: string; grant: Grant; body: unknown }>([
    { name: "'all' of the installation leaves everything out", grant: ALL, body: {} },
    {
      name: "'all' of one repository names the repository alone",
      grant: { permissions: 'all', repositories: [HELLO_WORLD] },
      body: { repository_ids: [HELLO_WORLD] },
    },
    {
      name: 'permissions on the installation name the permissions alone',
      grant: { permissions: { issues: 'write', pull_requests: 'read' }, repositories: 'installation' },
      body: { permissions: { issues: 'write', pull_requests: 'read' } },
    },
    {
      name: 'permissions on the repositories of an event go with their ids',
      grant: { permissions: { issues: 'write' }, repositories: [HELLO_WORLD, OPEN] },
      body: { permissions: { issues: 'write' }, repository_ids: [HELLO_WORLD, OPEN] },
    },
    {
      name: 'permissions on names go with the names',
      grant: { permissions: { issues: 'write' }, repositories: ['hello-world', 'open'] },
      body: { permissions: { issues: 'write' }, repositories: ['hello-world', 'open'] },
    },
  ])('for $name', async ({ grant, body }) => {
    await using scene = await startScene();
    await scene.mint.get(INSTALLATION_ID, grant, inTime());
    expect(
      scene.github.calls.map(({ method, path, requestBody }) => ({ method, path, requestBody })),
    ).toEqual([{ method: 'POST', path: MINT, requestBody: body }]);
  });

  // GitHub may read what is empty as "everything".
  it.each<{ name: string; grant: Grant }>([
    { name: 'no permissions', grant: { permissions: {}, repositories: [HELLO_WORLD] } },
    { name: 'no repositories', grant: { permissions: { issues: 'write' }, repositories: [] } },
    {
      name: 'a permission that is undefined at run time',
      grant: {
        permissions: { issues: undefined } as unknown as Grant['permissions'],
        repositories: 'installation',
      },
    },
  ])('for $name is never sent', async ({ grant }) => {
    await using scene = await startScene();
    await expect(scene.mint.get(INSTALLATION_ID, grant, inTime())).rejects.toMatchObject({
      code: 'internal_error',
      disposition: 500,
    });
    expect(scene.github.calls).toEqual([]);
  });
});

describe('the token', () => {
  it('is what GitHub gave, no more than was asked for', async () => {
    await using scene = await startScene();
    const { token } = await scene.mint.get(INSTALLATION_ID, ISSUES_WRITE, inTime());
    expect(token).toEqual({
      token: expect.stringMatching(/^ghs_/),
      expiresAt: new Date('2026-11-22T13:00:00Z'),
      permissions: { issues: 'write' },
      repositoryIds: [HELLO_WORLD],
      mintedAtMs: NOW,
      worked: false,
      missed: false,
    });
    expect(scene.github.tokens[0]?.grant).toEqual({
      installationId: INSTALLATION_ID,
      permissions: { issues: 'write' },
      repositoryIds: [HELLO_WORLD],
    });
  });

  it('of the whole installation names no repositories, and the permissions as granted', async () => {
    await using scene = await startScene();
    const { token } = await scene.mint.get(INSTALLATION_ID, ALL, inTime());
    expect(token.permissions).toEqual({ issues: 'write', checks: 'write', pull_requests: 'read' });
    expect(token).not.toHaveProperty('repositoryIds');
  });

  it('for names tells their ids', async () => {
    await using scene = await startScene();
    const grant: Grant = { permissions: { issues: 'write' }, repositories: ['hello-world', 'open'] };
    const { token } = await scene.mint.get(INSTALLATION_ID, grant, inTime());
    expect(token.repositoryIds?.toSorted((a, b) => a - b)).toEqual([HELLO_WORLD, OPEN]);
  });

  it.each([
    { name: '40 characters', token: `ghs_${'a'.repeat(36)}` },
    {
      name: 'dots, dashes and underscores',
      token: `ghs_4711_${'a-b_c'.repeat(60)}.${'d-e_f'.repeat(60)}.g-_`,
    },
    { name: '4,000 characters', token: 'x'.repeat(4_000) },
    { name: 'another prefix', token: 'v1.0123456789abcdef' },
    { name: 'signs', token: 'a+b/c==~!' },
  ])('may be of any make: $name', async ({ token }) => {
    const { mint } = mintWith(() => ({ body: { ...GOOD, token } }));
    await expect(mint.get(1, ALL, inTime())).resolves.toMatchObject({ token: { token } });
  });

  it('may come with less than the API promises: what was asked for stands in', async () => {
    const { mint } = mintWith(() => ({ body: { token: 'ghs_1', expires_at: EXPIRES } }));
    await expect(
      mint.get(1, { permissions: { issues: 'write' }, repositories: [5] }, inTime()),
    ).resolves.toMatchObject({
      token: { permissions: { issues: 'write' }, repositoryIds: [5] },
    });
  });
});

describe('the cache', () => {
  const grants: Grant[] = [
    ISSUES_WRITE,
    { ...ISSUES_WRITE, permissions: { issues: 'read' } },
    { ...ISSUES_WRITE, permissions: { issues: 'write', checks: 'write' } },
    { ...ISSUES_WRITE, permissions: 'all' },
    { ...ISSUES_WRITE, repositories: [OPEN] },
    { ...ISSUES_WRITE, repositories: [HELLO_WORLD, OPEN] },
    { ...ISSUES_WRITE, repositories: ['hello-world'] },
    { ...ISSUES_WRITE, repositories: 'installation' },
  ];

  it('keeps every permission, level and repository apart, and each installation', async () => {
    const { requests, mint } = mintWith((_, nth) => ({ body: { token: `ghs_${nth}`, expires_at: EXPIRES } }));
    const asks = [1, 11].flatMap((id) => grants.map((grant) => () => mint.get(id, grant, inTime())));
    const first = await Promise.all(asks.map((ask) => ask()));
    const again = await Promise.all(asks.map((ask) => ask()));
    expect(new Set(first.map(({ token }) => token.token)).size).toBe(16);
    expect(again.map(({ token }) => token)).toEqual(first.map(({ token }) => token));
    expect([first, again].map((all) => all.map(({ cached }) => cached))).toEqual([
      Array.from({ length: 16 }, () => false),
      Array.from({ length: 16 }, () => true),
    ]);
    expect(requests).toHaveLength(16);
  });

  it('knows a grant again whatever the order of its permissions', async () => {
    const { requests, mint } = mintWith(() => ({ body: { token: 'ghs_1', expires_at: EXPIRES } }));
    await mint.get(1, { permissions: { issues: 'write', checks: 'read' }, repositories: [1] }, inTime());
    await mint.get(1, { permissions: { checks: 'read', issues: 'write' }, repositories: [1] }, inTime());
    expect(requests).toHaveLength(1);
  });

  it('mints once for a hundred who ask at the same time', async () => {
    await using scene = await startScene();
    const get = () => scene.mint.get(INSTALLATION_ID, ISSUES_WRITE, inTime());
    const all = await Promise.all(Array.from({ length: 100 }, get));
    expect(new Set(all.map(({ token }) => token.token)).size).toBe(1);
    expect(scene.asked()).toEqual([`POST ${MINT} 201`]);
  });

  it('mints on for the others when one has no more time', async () => {
    await using scene = await startScene();
    scene.github.faults.next({}, { delayMs: 300 });
    const leaving = scene.mint.get(INSTALLATION_ID, ISSUES_WRITE, inTime(AbortSignal.timeout(50)));
    const staying = scene.mint.get(INSTALLATION_ID, ISSUES_WRITE, inTime());
    await expect(leaving).rejects.toMatchObject({ code: 'github_unavailable' });
    await expect(staying).resolves.toMatchObject({ cached: false });
    expect(scene.asked(/POST/)).toHaveLength(1);
  });

  it('begins anew for who comes after all others have left', async () => {
    await using scene = await startScene();
    scene.github.faults.next({}, { silence: true });
    await expect(
      scene.mint.get(INSTALLATION_ID, ISSUES_WRITE, inTime(AbortSignal.timeout(50))),
    ).rejects.toMatchObject({
      code: 'github_unavailable',
    });
    await expect(scene.mint.get(INSTALLATION_ID, ISSUES_WRITE, inTime())).resolves.toMatchObject({
      cached: false,
    });
  });

  it('serves a token until five minutes before its end', async () => {
    const { clock, requests, mint } = mintWith(() => ({}));
    await mint.get(1, ALL, inTime());
    clock.ms = Date.parse('2026-11-22T12:54:59.999Z');
    await expect(mint.get(1, ALL, inTime())).resolves.toMatchObject({ cached: true });
    clock.ms = Date.parse('2026-11-22T12:55:00.000Z');
    await expect(mint.get(1, ALL, inTime())).resolves.toMatchObject({ cached: false });
    expect(requests).toHaveLength(2);
  });

  it('serves no token for longer than an hour less five minutes, whatever GitHub says of its end', async () => {
    const { clock, mint } = mintWith(() => ({ body: { ...GOOD, expires_at: '2036-11-22T12:00:00Z' } }));
    await mint.get(1, ALL, inTime());
    clock.ms += 55 * 60_000 - 1;
    await expect(mint.get(1, ALL, inTime())).resolves.toMatchObject({ cached: true });
    clock.ms += 1;
    await expect(mint.get(1, ALL, inTime())).resolves.toMatchObject({ cached: false });
  });

  it('forgets what an installation had before an instant, and nothing of others', async () => {
    const { clock, mint } = mintWith((_, nth) => ({ body: { ...GOOD, token: `ghs_${nth}` } }));
    const get = (id: number, grant = ALL) => mint.get(id, grant, inTime());
    await get(1);
    await get(2);
    clock.ms += 1_000;
    await get(1, { permissions: { issues: 'write' }, repositories: 'installation' });
    mint.dropOlder(1, clock.ms);
    expect([...mint.held()]).toEqual(['ghs_2', 'ghs_3']);
  });

  it('goes by what GitHub says of the end, not by an hour', async () => {
    const { clock, mint } = mintWith(() => ({ body: { ...GOOD, expires_at: '2026-11-22T12:10:00+00:00' } }));
    await mint.get(1, ALL, inTime());
    clock.ms += 5 * 60_000 - 1;
    await expect(mint.get(1, ALL, inTime())).resolves.toMatchObject({ cached: true });
    clock.ms += 1;
    await expect(mint.get(1, ALL, inTime())).resolves.toMatchObject({ cached: false });
  });

  it('holds 5,000 tokens, and loses the one that nobody used for longest', async () => {
    const { requests, mint } = mintWith((_, nth) => ({ body: { ...GOOD, token: `ghs_${nth}` } }));
    const get = (id: number) => mint.get(id, ALL, inTime());
    await Promise.all(Array.from({ length: 5_000 }, (_, at) => get(at + 1)));
    await expect(get(1)).resolves.toMatchObject({ cached: true });
    await get(5_001);
    expect([...mint.held()]).toHaveLength(5_000);
    await expect(get(1)).resolves.toMatchObject({ cached: true });
    await expect(get(3)).resolves.toMatchObject({ cached: true });
    await expect(get(2)).resolves.toMatchObject({ cached: false });
    expect(requests).toHaveLength(5_002);
  });

  it('forgets a token that is dropped, and no other', async () => {
    const { mint } = mintWith((_, nth) => ({ body: { ...GOOD, token: `ghs_${nth}` } }));
    const { token } = await mint.get(1, ALL, inTime());
    await mint.get(2, ALL, inTime());
    mint.drop(token.token);
    expect([...mint.held()]).toEqual(['ghs_2']);
    await expect(mint.get(1, ALL, inTime())).resolves.toMatchObject({
      cached: false,
      token: { token: 'ghs_3' },
    });
  });

  it('is not emptied by a late drop of the token before', async () => {
    const { mint } = mintWith((_, nth) => ({ body: { ...GOOD, token: `ghs_${nth}` } }));
    const { token: old } = await mint.get(1, ALL, inTime());
    mint.drop(old.token);
    await mint.get(1, ALL, inTime());
    mint.drop(old.token);
    await expect(mint.get(1, ALL, inTime())).resolves.toMatchObject({ cached: true });
  });
});

describe('a slow mint', () => {
  /** Tokens that GitHub makes, each after so many milliseconds of the clock. */
  function slowMint(takesMs: number) {
    const clock = createManualClock(NOW);
    let minted = 0;
    const { fetch, requests } = stubFetch(
      (_, { signal }) =>
        new Promise((resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
          clock.after(takesMs, () => resolve(json({ ...GOOD, token: `ghs_${(minted += 1)}` }, 201)));
        }),
    );
    const send = createSender('https://api.github.com', fetch, clock);
    const call: CallAsApp = (request, signal) => send({ ...request, credential: 'a JWT' }, signal);
    const deps = { call, apiUrl: 'https://api.github.com', appId: '4711', clock, githubNow: () => NOW };
    return { clock, requests, mint: createMint(deps) };
  }

  it.each([
    { name: '6 s, of 47 s that are left', takesMs: 6_000, leftMs: 47_000, requests: 1 },
    { name: '20 s, of 47 s that are left', takesMs: 20_000, leftMs: 47_000, requests: 1 },
    { name: '6 s, of 8.25 s that are left', takesMs: 6_000, leftMs: 8_250, requests: 2 },
  ])('is waited for, and not repeated before half of the time is gone: $name', async (slow) => {
    const { clock, requests, mint } = slowMint(slow.takesMs);
    const limit = followFor(clock, slow.leftMs);
    const got = mint.get(1, ALL, { signal: limit.signal, leftMs: slow.leftMs });
    await clock.advance(slow.takesMs);
    await expect(got).resolves.toMatchObject({ token: { token: 'ghs_1' } });
    expect(requests).toHaveLength(slow.requests);
    limit.end();
  });
});

describe('a rate limit', () => {
  it('stops all minting until it is over, and no token that is there', async () => {
    await using scene = await startScene();
    const get = (id: number, grant = ISSUES_WRITE) => scene.mint.get(id, grant, inTime());
    await get(INSTALLATION_ID);
    scene.github.faults.next(
      {},
      { status: 403, headers: { 'retry-after': '120' }, body: { message: 'secondary rate limit' } },
    );
    await expect(get(INSTALLATION_ID, ALL)).rejects.toMatchObject({
      code: 'app_rate_limited',
      retryAfterSeconds: 120,
    });
    scene.clock.ms += 30_500;
    await expect(get(77, ALL)).rejects.toMatchObject({ code: 'app_rate_limited', retryAfterSeconds: 90 });
    await expect(get(INSTALLATION_ID)).resolves.toMatchObject({ cached: true });
    expect(scene.asked()).toHaveLength(2);
    scene.clock.ms += 89_499;
    await expect(get(77, ALL)).rejects.toMatchObject({ retryAfterSeconds: 1 });
    scene.clock.ms += 1;
    await expect(get(77, ALL)).resolves.toMatchObject({ cached: false });
  });

  it('is told beforehand to who would need a token that is not there', async () => {
    await using scene = await startScene();
    const check = (id: number, grant = ISSUES_WRITE) => scene.mint.check(id, grant);
    await scene.mint.get(INSTALLATION_ID, ISSUES_WRITE, inTime());
    scene.github.faults.next({}, { status: 403, headers: { 'retry-after': '120' } });
    await expect(scene.mint.get(77, ALL, inTime())).rejects.toMatchObject({ code: 'app_rate_limited' });
    scene.clock.ms += 30_500;
    const limit = expect.objectContaining({ code: 'app_rate_limited', retryAfterSeconds: 90 });
    expect(() => check(77)).toThrow(limit);
    expect(() => check(INSTALLATION_ID, ALL)).toThrow(limit);
    expect(() => check(INSTALLATION_ID)).not.toThrow();
    scene.clock.ms += 89_500;
    expect(() => check(77)).not.toThrow();
    expect(scene.asked()).toHaveLength(2);
  });

  it('is not told beforehand to who can join a mint that was sent before it', async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<ApiResponse>();
    const limit = new ServiceFault('app_rate_limited', 'made for this test', { retryAfterSeconds: 60 });
    const call: CallAsApp = ({ path }) => (path.includes('/1/') ? answered : Promise.reject(limit));
    const mint = createMint({
      call,
      apiUrl: 'https://api.github.com',
      appId: '4711',
      clock: createSceneClock(),
      githubNow: () => NOW,
    });
    const first = mint.get(1, ALL, inTime());
    await expect(mint.get(2, ALL, inTime())).rejects.toBe(limit);
    expect(() => mint.check(1, ALL)).not.toThrow();
    expect(() => mint.check(2, ALL)).toThrow(expect.objectContaining({ code: 'app_rate_limited' }));
    answer({ status: 201, headers: new Headers(), body: GOOD });
    await expect(first).resolves.toMatchObject({ cached: false });
  });

  it('is not shortened by one that came later', async () => {
    await using scene = await startScene();
    scene.github.faults.next({}, { status: 429, headers: { 'retry-after': '100' } });
    scene.github.faults.next({}, { status: 429, headers: { 'retry-after': '10' } });
    await Promise.allSettled([
      scene.mint.get(INSTALLATION_ID, ALL, inTime()),
      scene.mint.get(77, ALL, inTime()),
    ]);
    await expect(scene.mint.get(INSTALLATION_ID, ALL, inTime())).rejects.toMatchObject({
      retryAfterSeconds: 100,
    });
    expect(scene.asked()).toHaveLength(2);
  });

  it('is not made longer by a clock that was put back', () => {
    const clock = createSceneClock();
    const limited = new ServiceFault('app_rate_limited', 'made for this test', { retryAfterSeconds: 60 });
    const paused = createPause(() => clock.ms);
    expect(() => paused.note(limited)).toThrow(limited);
    clock.ms -= 10 * 365 * 24 * 3_600_000;
    expect(paused.seconds()).toBe(3_600);
    clock.ms += 3_600_000;
    expect(paused.seconds()).toBe(0);
  });

  it('does not stop minting for other failures', async () => {
    await using scene = await startScene();
    scene.github.faults.next({}, { status: 503, headers: { 'retry-after': '120' } }, 3);
    await expect(scene.mint.get(INSTALLATION_ID, ALL, inTime())).rejects.toMatchObject({
      code: 'github_unavailable',
    });
    await expect(scene.mint.get(INSTALLATION_ID, ALL, inTime())).resolves.toMatchObject({ cached: false });
  });
});
