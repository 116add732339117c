import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findNeed, toHeader } from '../../local/github/permissions.ts';
import type { GitHub } from '../../local/github/types.ts';
import { at, callerOf, INSTALLATION, start } from './github-scene.ts';

const PRIVATE = '/repos/octo-org/hello-world';
const PUBLIC = '/repos/octo-org/open';
const SHA = 'ec26c3e57ca3a959ca5aad62de7213c562f8c821';

let github: GitHub;
let call: ReturnType<typeof callerOf>['call'];
let mint: ReturnType<typeof callerOf>['mint'];

beforeEach(async () => {
  github = await start();
  ({ call, mint } = callerOf(github));
});
afterEach(() => github.close());

describe('a route asks for', () => {
  it.each([
    { method: 'POST', path: '/issues', needs: 'issues=write' },
    { method: 'GET', path: '/issues/1', needs: 'issues=read' },
    { method: 'PATCH', path: '/issues/1', needs: 'issues=write; pull_requests=write' },
    { method: 'POST', path: '/issues/1/comments', needs: 'issues=write; pull_requests=write' },
    { method: 'PATCH', path: '/issues/comments/5', needs: 'issues=write; pull_requests=write' },
    { method: 'DELETE', path: '/issues/1/labels/bug', needs: 'issues=write; pull_requests=write' },
    { method: 'POST', path: '/issues/1/reactions', needs: 'issues=write' },
    { method: 'POST', path: '/issues/comments/5/reactions', needs: 'issues=write' },
    { method: 'POST', path: '/labels', needs: 'issues=write; pull_requests=write' },
    { method: 'GET', path: '/pulls/1/files', needs: 'pull_requests=read' },
    { method: 'POST', path: '/pulls/1/reviews', needs: 'pull_requests=write' },
    { method: 'PUT', path: '/pulls/1/merge', needs: 'contents=write' },
    { method: 'GET', path: '/commits/main/pulls', needs: 'pull_requests=read' },
    { method: 'POST', path: '/check-runs', needs: 'checks=write' },
    { method: 'GET', path: '/commits/main/check-runs', needs: 'checks=read' },
    { method: 'POST', path: `/statuses/${SHA}`, needs: 'statuses=write' },
    { method: 'GET', path: '/commits/main/status', needs: 'statuses=read' },
    { method: 'GET', path: '/commits/main', needs: 'contents=read' },
    { method: 'PUT', path: '/contents/a.txt', needs: 'contents=write; contents=write,workflows=write' },
    { method: 'PUT', path: '/branches/main/protection', needs: 'administration=write' },
    { method: 'GET', path: '', needs: 'metadata=read' },
    { method: 'DELETE', path: '', needs: 'administration=write' },
    { method: 'HEAD', path: '/contents/', needs: 'contents=read' },
    { method: 'GET', path: '/contents/docs/a.md', needs: 'contents=read' },
    { method: 'GET', path: '/branches/a/b/protection', needs: 'administration=read' },
    { method: 'POST', path: '/forks', needs: 'administration=write,contents=read' },
    {
      method: 'PATCH',
      path: '/git/refs/heads/main',
      needs: 'contents=write; contents=write,workflows=write',
    },
  ])('$needs: $method $path', ({ method, path, needs }) => {
    const need = findNeed(method, `${PRIVATE}${path}`);
    expect(need && toHeader(need)).toBe(needs);
  });

  it.each([
    { what: 'for a reaction to a release', method: 'POST', path: '/releases/1/reactions', kind: 'none' },
    { what: 'that is a transfer', method: 'POST', path: '/transfer', kind: 'user_only' },
  ])('no permission $what: $kind', ({ method, path, kind }) => {
    expect(findNeed(method, `${PRIVATE}${path}`)).toMatchObject({ kind });
  });

  it('nothing that is known, where GitHub has no such route', () => {
    expect(findNeed('GET', `${PRIVATE}/no-such-thing`)).toBeUndefined();
  });
});

describe('a token', () => {
  it('that lacks the permission is told which would do', async () => {
    const token = await mint({ permissions: { checks: 'write' } });
    const answer = await call('POST', `${PRIVATE}/issues/347/comments`, { token, body: { body: 'Hello' } });
    expect([answer.status, at(answer.body, 'message')]).toEqual([
      403,
      'Resource not accessible by integration',
    ]);
    expect(answer.headers.get('x-accepted-github-permissions')).toBe('issues=write; pull_requests=write');
    expect(await github.seen.comments('octo-org/hello-world', 347)).toEqual([]);
  });

  it('that may read may not write', async () => {
    const token = await mint({ permissions: { issues: 'read' } });
    await expect(call('GET', `${PRIVATE}/issues/347`, { token })).resolves.toHaveProperty('status', 200);
    await expect(
      call('POST', `${PRIVATE}/issues/347/labels`, { token, body: { labels: ['bug'] } }),
    ).resolves.toHaveProperty('status', 403);
  });

  it('limited to one repository does not see another private one, and changes no public one', async () => {
    const elsewhere = await mint({ repositories: ['open'] });
    const here = await mint({ repositories: ['hello-world'] });
    await expect(call('GET', PRIVATE, { token: elsewhere })).resolves.toHaveProperty('status', 404);
    await expect(call('GET', PUBLIC, { token: here })).resolves.toHaveProperty('status', 200);
    await expect(
      call('POST', `${PUBLIC}/issues`, { token: here, body: { title: 'No' } }),
    ).resolves.toHaveProperty('status', 404);
  });

  it('reads the repository itself whatever its permissions', async () => {
    const answer = await call('GET', PRIVATE, { token: await mint({ permissions: { checks: 'read' } }) });
    expect(answer.body).toMatchObject({ id: 186853002, private: true, owner: { id: 6811672 } });
  });

  it('changes nothing outside repositories', async () => {
    const answer = await call('PATCH', '/user', { token: await mint(), body: {} });
    expect(answer.status).toBe(403);
  });
});

it('lets nobody in without a credential, except to read what is public', async () => {
  await expect(call('GET', `${PUBLIC}/issues/1`)).resolves.toHaveProperty('status', 200);
  await expect(call('GET', `${PRIVATE}/issues/347`)).resolves.toHaveProperty('status', 404);
  await expect(call('POST', `${PUBLIC}/issues`, { body: { title: 'No' } })).resolves.toHaveProperty(
    'status',
    401,
  );
  await expect(call('GET', '/installation/repositories')).resolves.toHaveProperty('status', 401);
});

describe('an issue', () => {
  it('has the number, author and ids that were asked for', async () => {
    const answer = await call('GET', `${PRIVATE}/issues/347`, { token: await mint() });
    expect(answer.body).toMatchObject({
      number: 347,
      title: 'It breaks',
      body: 'Badly.',
      author_association: 'MEMBER',
      user: { login: 'codertocat', id: 21031067, type: 'User' },
      url: `${github.url}/repos/octo-org/hello-world/issues/347`,
      comments_url: `${github.url}/repos/octo-org/hello-world/issues/347/comments`,
    });
    await expect(call('GET', `${PRIVATE}/issues/1`, { token: await mint() })).resolves.toHaveProperty(
      'status',
      404,
    );
  });

  it('keeps labels and the comments of the bot', async () => {
    const token = await mint();
    await call('POST', `${PRIVATE}/issues/347/labels`, { token, body: { labels: ['bug', 'triage'] } });
    const comment = await call('POST', `${PRIVATE}/issues/347/comments`, {
      token,
      body: { body: 'Thanks!' },
    });
    expect(comment.status).toBe(201);
    expect(comment.body).toMatchObject({
      user: { login: 'hookmint[bot]', type: 'Bot' },
      issue_url: `${github.url}/repos/octo-org/hello-world/issues/347`,
    });
    expect(await github.seen.labels('octo-org/hello-world', 347)).toEqual(['bug', 'triage']);
    expect(await github.seen.comments('octo-org/hello-world', 347)).toEqual([
      { id: 1, body: 'Thanks!', user: 'hookmint[bot]' },
    ]);
  });

  it('that is new gets the next number', async () => {
    const token = await mint();
    const made = await call('POST', `${PRIVATE}/issues`, { token, body: { title: 'Another' } });
    expect([made.status, at(made.body, 'number')]).toEqual([201, 348]);
    expect(await github.seen.issue('octo-org/hello-world', 348)).toMatchObject({
      title: 'Another',
      state: 'open',
    });
  });
});

describe('a pull request', () => {
  it('has the number, hash and figures that were asked for', async () => {
    const answer = await call('GET', `${PRIVATE}/pulls/12`, { token: await mint() });
    expect(answer.body).toMatchObject({
      number: 12,
      head: { ref: 'patch-1', sha: SHA, repo: { id: 186853002 } },
      base: { ref: 'main' },
      additions: 7,
      deletions: 2,
      changed_files: 1,
      user: { login: 'codertocat' },
      author_association: 'NONE',
    });
  });

  it('lists its files', async () => {
    const answer = await call('GET', `${PRIVATE}/pulls/12/files`, { token: await mint() });
    expect(answer.body).toEqual([
      { filename: 'src/a.ts', status: 'modified', additions: 7, deletions: 2, changes: 9 },
    ]);
  });

  it('is an issue too', async () => {
    const token = await mint();
    await call('POST', `${PRIVATE}/issues/12/labels`, { token, body: { labels: ['size/S'] } });
    expect(await github.seen.labels('octo-org/hello-world', 12)).toEqual(['size/S']);
    const answer = await call('GET', `${PRIVATE}/issues/12`, { token });
    expect(answer.body).toMatchObject({
      number: 12,
      pull_request: { url: `${github.url}/repos/octo-org/hello-world/pulls/12` },
    });
  });
});

describe('a check run', () => {
  it('is put on the head of a pull request', async () => {
    const body = {
      name: 'title',
      head_sha: SHA,
      status: 'completed',
      conclusion: 'failure',
      output: { title: 'Too long', summary: 'Over 72 characters.' },
    };
    const answer = await call('POST', `${PRIVATE}/check-runs`, { token: await mint(), body });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ head_sha: SHA, app: { id: 4711, slug: 'hookmint' } });
    expect(await github.seen.checkRuns('octo-org/hello-world', SHA)).toEqual([
      {
        id: 1,
        name: 'title',
        status: 'completed',
        conclusion: 'failure',
        title: 'Too long',
        summary: 'Over 72 characters.',
      },
    ]);
  });

  it('is refused on a commit that does not exist', async () => {
    const sha = 'a10867b14bb761a232cd80139fbd4c0d33264240';
    const put = async () =>
      call('POST', `${PRIVATE}/check-runs`, { token: await mint(), body: { name: 'title', head_sha: sha } });
    const answer = await put();
    expect([answer.status, at(answer.body, 'message')]).toEqual([422, `No commit found for SHA: ${sha}`]);
    await github.addRepository({ id: 186853002, full_name: 'octo-org/hello-world', commits: [sha] });
    await expect(put()).resolves.toHaveProperty('status', 201);
  });
});

describe('a renamed repository', () => {
  it('redirects from its old name to its id, keeping the method where it matters', async () => {
    const token = await mint();
    await github.rename('octo-org/hello-world', 'octo-org/hello');
    const read = await call('GET', `${PRIVATE}/issues/347`, { token });
    const written = await call('POST', `${PRIVATE}/issues/347/comments`, { token, body: { body: 'x' } });
    expect([read.status, read.headers.get('location')]).toEqual([
      301,
      `${github.url}/repositories/186853002/issues/347`,
    ]);
    expect(written.status).toBe(307);
    const followed = await call('GET', '/repositories/186853002/issues/347', { token });
    expect(at(followed.body, 'url')).toBe(`${github.url}/repos/octo-org/hello/issues/347`);
  });

  it('stays selected', async () => {
    github.install({ ...INSTALLATION, repositories: ['hello-world'] });
    await github.rename('octo-org/hello-world', 'octo-org/hello');
    const token = await mint({ repositories: ['hello'] });
    await expect(call('GET', '/repos/octo-org/hello', { token })).resolves.toHaveProperty('status', 200);
  });
});

it('takes accounts, installations and repositories while it runs', async () => {
  const account = { login: 'Codertocat', type: 'User', id: 21031067 } as const;
  github.install({ id: 2, account, permissions: { issues: 'write' }, repositories: 'all' });
  await github.addRepository({
    id: 77,
    full_name: 'Codertocat/Hello-World',
    private: true,
    defaultBranch: 'trunk',
    issues: [{ number: 2, title: 'Two', user: 'hubot' }],
    pulls: [
      { number: 5, title: 'Five', user: 'hubot', head: { ref: 'trunk', sha: 'f'.repeat(40) }, additions: 1 },
      { number: 6, title: 'Six', user: 'hubot', head: { ref: 'trunk', sha: 'e'.repeat(40) } },
    ],
  });
  const token = await mint({}, 2);
  const body = { labels: ['new'] };
  await expect(
    call('POST', '/repos/codertocat/hello-world/issues/2/labels', { token, body }),
  ).resolves.toHaveProperty('status', 200);
  expect(await github.seen.labels('Codertocat/Hello-World', 2)).toEqual(['new']);
  const pull = await call('GET', '/repos/Codertocat/Hello-World/pulls/5', { token });
  expect(pull.status).toBe(403);
  github.grant(2, { pull_requests: 'read' });
  const allowed = await call('GET', '/repos/Codertocat/Hello-World/pulls/5', { token: await mint({}, 2) });
  expect(allowed.body).toMatchObject({
    number: 5,
    additions: 1,
    head: { ref: 'trunk', label: 'Codertocat:trunk', sha: 'f'.repeat(40) },
    base: { ref: 'trunk', repo: { id: 77, default_branch: 'trunk' } },
  });
});
