import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GitHub, GitHubOptions } from '../../local/github/types.ts';
import { at, callerOf, INSTALLATION, INSTALLATION_ID, start } from './github-scene.ts';

const MINT = `/app/installations/${INSTALLATION_ID}/access_tokens`;
const ISSUE = '/repos/octo-org/hello-world/issues/347';
const NOT_GRANTED = 'The permissions requested are not granted to this installation.';
const OUT_OF_REACH =
  'There is at least one repository that does not exist or is not accessible to the parent installation.';

let github: GitHub;
let call: ReturnType<typeof callerOf>['call'];
let asApp: ReturnType<typeof callerOf>['asApp'];
let mint: ReturnType<typeof callerOf>['mint'];

async function restart(options: Partial<GitHubOptions> = {}): Promise<void> {
  await github?.close();
  github = await start(options);
  ({ call, asApp, mint } = callerOf(github));
}

beforeEach(() => restart());
afterEach(() => github.close());

describe('a mint is refused', () => {
  it.each([
    {
      name: 'for a permission that was not granted',
      body: { permissions: { contents: 'read' } },
      message: NOT_GRANTED,
    },
    {
      name: 'for a level above the grant',
      body: { permissions: { pull_requests: 'write' } },
      message: NOT_GRANTED,
    },
    {
      name: 'for a level that does not exist',
      body: { permissions: { issues: 'all' } },
      message: NOT_GRANTED,
    },
    {
      name: 'for a name with a hyphen',
      body: { permissions: { 'pull-requests': 'read' } },
      message: NOT_GRANTED,
    },
    { name: 'for an unknown repository', body: { repositories: ['nothing'] }, message: OUT_OF_REACH },
    {
      name: 'for an owner in the name',
      body: { repositories: ['octo-org/hello-world'] },
      message: OUT_OF_REACH,
    },
    {
      name: 'for an unknown id beside a good one',
      body: { repository_ids: [186853002, 1] },
      message: OUT_OF_REACH,
    },
    {
      name: 'for over 500 repositories',
      body: { repository_ids: Array.from({ length: 501 }, () => 186853002) },
      message: 'Validation Failed',
    },
  ])('$name', async ({ body, message }) => {
    const answer = await asApp('POST', MINT, { body });
    expect([answer.status, at(answer.body, 'message')]).toEqual([422, message]);
  });

  it('for a repository that was not selected', async () => {
    await restart({ installations: [{ ...INSTALLATION, repositories: ['open'] }] });
    const answer = await asApp('POST', MINT, { body: { repositories: ['hello-world'] } });
    expect([answer.status, at(answer.body, 'message')]).toEqual([422, OUT_OF_REACH]);
    await expect(asApp('POST', MINT, { body: { repositories: ['Open'] } })).resolves.toHaveProperty(
      'status',
      201,
    );
  });

  it('while the installation is suspended', async () => {
    github.suspend(INSTALLATION_ID);
    const answer = await asApp('POST', MINT);
    expect([answer.status, at(answer.body, 'message')]).toEqual([
      403,
      'This installation has been suspended',
    ]);
    github.unsuspend(INSTALLATION_ID);
    await expect(asApp('POST', MINT)).resolves.toHaveProperty('status', 201);
  });

  it.each([1, INSTALLATION_ID])('for installation %i once there is none', async (id) => {
    github.uninstall(INSTALLATION_ID);
    const answer = await asApp('POST', `/app/installations/${id}/access_tokens`);
    expect([answer.status, at(answer.body, 'message')]).toEqual([404, 'Not Found']);
  });

  it('where the body is no JSON object', async () => {
    await expect(asApp('POST', MINT, { body: [] })).resolves.toHaveProperty('status', 400);
  });
});

describe('a minted token', () => {
  it('says what it may do', async () => {
    const body = { permissions: { issues: 'read' }, repository_ids: [186853002] };
    const answer = await asApp('POST', MINT, { body });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      expires_at: '2026-11-22T13:00:00Z',
      permissions: { issues: 'read' },
      repository_selection: 'selected',
      repositories: [{ id: 186853002, full_name: 'octo-org/hello-world', private: true }],
    });
  });

  it('may do everything that was granted where nothing was asked, or an empty list', async () => {
    for (const body of [undefined, {}, { permissions: {}, repositories: [], repository_ids: [] }]) {
      const answer = await asApp('POST', MINT, { body });
      expect(answer.body).toMatchObject({
        permissions: { issues: 'write', checks: 'write', pull_requests: 'read' },
        repository_selection: 'all',
      });
      expect(answer.body).not.toHaveProperty('repositories');
    }
  });

  it('is stateless, long and dotted by default', async () => {
    const token = await mint();
    expect(token).toMatch(/^ghs_4711_[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(token).toHaveLength(517);
  });

  it('has the classic 40 characters where that is asked for', async () => {
    const headers = { 'x-github-stateless-s2s-token': 'disabled' };
    const answer = await asApp('POST', MINT, { headers });
    expect(at(answer.body, 'token')).toMatch(/^ghs_[A-Za-z0-9]{36}$/);
    await restart({ tokenStyle: 'classic' });
    expect(await mint()).toHaveLength(40);
  });

  it('is known to tests by its digest, never by its text', async () => {
    const token = await mint({ permissions: { issues: 'read' } });
    await call('GET', ISSUE, { token });
    expect(github.tokens).toMatchObject([
      {
        grant: { installationId: 35490125, permissions: { issues: 'read' } },
        expiresAt: new Date('2026-11-22T13:00:00Z'),
      },
    ]);
    expect(github.calls.at(-1)?.tokenSha256).toBe(github.tokens[0]?.sha256);
    expect(JSON.stringify([github.calls, github.tokens])).not.toContain(token);
  });
});

const DEAD = [401, 'Bad credentials'];

async function use(token: string): Promise<unknown[]> {
  const answer = await call('GET', ISSUE, { token });
  return [answer.status, at(answer.body, 'message')];
}

describe('a token is dead', () => {
  it('when nobody issued it', async () => {
    expect(await use('ghs_nobodyissuedthis')).toEqual(DEAD);
  });

  it('an hour later, to the second', async () => {
    const token = await mint();
    github.advance(3_599_000);
    await expect(call('GET', ISSUE, { token })).resolves.toHaveProperty('status', 200);
    github.advance(1000);
    expect(await use(token)).toEqual(DEAD);
  });

  it('after a shorter life where that was asked for', async () => {
    await restart({ tokenLifetimeSeconds: 60 });
    const token = await mint();
    github.advance(60_000);
    expect(await use(token)).toEqual(DEAD);
  });

  it('after it revoked itself', async () => {
    const token = await mint();
    const answer = await call('DELETE', '/installation/token', { token });
    expect([answer.status, answer.body]).toEqual([204, undefined]);
    expect(await use(token)).toEqual(DEAD);
  });

  it('after somebody revoked it', async () => {
    const token = await mint();
    github.revoke(token);
    expect(await use(token)).toEqual(DEAD);
  });

  it('once the App is uninstalled', async () => {
    const token = await mint();
    github.uninstall(INSTALLATION_ID);
    github.install(INSTALLATION);
    expect(await use(token)).toEqual(DEAD);
  });
});

it('refuses tokens of a suspended installation, and takes them again afterwards', async () => {
  const token = await mint();
  github.suspend(INSTALLATION_ID);
  const answer = await call('GET', ISSUE, { token });
  expect([answer.status, at(answer.body, 'message')]).toEqual([403, 'This installation has been suspended']);
  github.unsuspend(INSTALLATION_ID);
  await expect(call('GET', ISSUE, { token })).resolves.toHaveProperty('status', 200);
});

it('mints by the new grant, and leaves older tokens what they had', async () => {
  const token = await mint();
  github.grant(INSTALLATION_ID, { checks: 'read' });
  await expect(asApp('POST', MINT, { body: { permissions: { issues: 'read' } } })).resolves.toHaveProperty(
    'status',
    422,
  );
  await expect(call('GET', ISSUE, { token })).resolves.toHaveProperty('status', 200);
});

describe('fresh tokens', () => {
  it.each([
    { status: 401, message: 'Bad credentials' },
    { status: 403, message: 'Resource not accessible by integration' },
    { status: 404, message: 'Not Found' },
  ] as const)('are refused with $status for so many calls, each', async ({ status, message }) => {
    const old = await mint();
    github.lag({ status, calls: 2 });
    for (const token of [await mint(), await mint()]) {
      expect(await use(token)).toEqual([status, message]);
      expect(await use(token)).toEqual([status, message]);
      expect(await use(token)).toEqual([200, undefined]);
    }
    await expect(call('GET', ISSUE, { token: old })).resolves.toHaveProperty('status', 200);
  });

  it('are refused while they are younger than so many milliseconds', async () => {
    github.lag({ status: 401, ms: 3000 });
    const token = await mint();
    github.advance(2999);
    await expect(call('GET', ISSUE, { token })).resolves.toHaveProperty('status', 401);
    github.advance(1);
    await expect(call('GET', ISSUE, { token })).resolves.toHaveProperty('status', 200);
  });

  it('work once the lag is called off', async () => {
    github.lag({ status: 403 });
    const token = await mint();
    await expect(call('GET', ISSUE, { token })).resolves.toHaveProperty('status', 403);
    github.lag(undefined);
    await expect(call('GET', ISSUE, { token })).resolves.toHaveProperty('status', 200);
  });
});

it('lists the repositories that a token reaches, in pages', async () => {
  const all = await call('GET', '/installation/repositories?per_page=1', { token: await mint() });
  expect(all.body).toMatchObject({ total_count: 2, repository_selection: 'all' });
  expect(at(all.body, 'repositories', 'length')).toBe(1);
  expect(all.headers.get('link')).toContain('rel="next"');
  const one = await call('GET', '/installation/repositories', {
    token: await mint({ repositories: ['open'] }),
  });
  expect(one.body).toMatchObject({ total_count: 1, repository_selection: 'selected' });
});

it('tells a token its rate limit', async () => {
  const answer = await call('GET', '/rate_limit', { token: await mint() });
  expect(at(answer.body, 'resources', 'core', 'limit')).toBe(5000);
});
