import { run } from 'hookmint/testing';
import { describe, expect, it } from 'vitest';
import fixture from '../fixtures/issues-opened-first-time.json' with { type: 'json' };
import handler from './issues-opened.ts';

const ISSUES = 'GET /repos/{owner}/{repo}/issues';
const COMMENTS = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
const GREETING =
  '<!-- hookmint:greeting -->\nThank you for opening your first issue here! Someone will have a look soon.';

const greeting = expect.objectContaining({
  method: 'POST',
  path: '/repos/octo-org/widgets/issues/14/comments',
  body: { body: GREETING },
  status: 201,
});

/** The fixture, of an issue that differs. */
const withIssue = (changes: object) => ({
  event: 'issues.opened',
  payload: { ...fixture.body, issue: { ...fixture.body.issue, ...changes } },
});

describe('greets the author of a first issue', () => {
  it('with one comment, after it has looked for earlier issues and for its greeting', async () => {
    const { outcome, calls } = await run(handler, 'issues-opened-first-time');
    expect(outcome).toBe('handled');
    expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /repos/octo-org/widgets/issues?creator=monalisa&state=all&sort=created&direction=asc&per_page=1',
      'GET /repos/octo-org/widgets/issues/14/comments?per_page=100&page=1',
      'GET /repos/octo-org/widgets/issues/14',
      'POST /repos/octo-org/widgets/issues/14/comments',
    ]);
    expect(calls.at(-1)).toEqual(greeting);
  });

  it('with a token for issues in this repository and nothing else', async () => {
    const { token } = await run(handler, 'issues-opened-first-time');
    expect(token).toEqual({ permissions: { issues: 'write' }, repositoryIds: [186853002] });
  });

  it('where the first issue of its author is this one', async () => {
    const { calls } = await run(handler, 'issues-opened-first-time', {
      respond: { [ISSUES]: [{ number: 14 }] },
    });
    expect(calls.at(-1)).toEqual(greeting);
  });
});

describe('does not greet', () => {
  it('twice when the same delivery runs again', async () => {
    const { outcome, calls } = await run(handler, 'issues-opened-first-time', {
      respond: { [COMMENTS]: [{ body: GREETING }] },
    });
    expect(outcome).toBe('handled');
    expect(calls.map(({ method }) => method)).toEqual(['GET', 'GET']);
  });

  it('twice where its greeting stands behind a hundred comments', async () => {
    const others = Array.from({ length: 100 }, () => ({ body: '+1' }));
    const { calls } = await run(handler, 'issues-opened-first-time', {
      respond: { [COMMENTS]: ({ query }) => (query['page'] === '1' ? others : [{ body: GREETING }]) },
    });
    expect(calls.slice(1).map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /repos/octo-org/widgets/issues/14/comments?per_page=100&page=1',
      'GET /repos/octo-org/widgets/issues/14/comments?per_page=100&page=2',
    ]);
  });

  it('whoever opened an issue before', async () => {
    const { outcome, calls } = await run(handler, 'issues-opened-first-time', {
      respond: { [ISSUES]: [{ number: 9 }] },
    });
    expect(outcome).toBe('handled');
    expect(calls).toHaveLength(1);
  });

  it('where the issue is locked by now', async () => {
    const { outcome, reason, calls } = await run(handler, 'issues-opened-first-time', {
      respond: { 'GET /repos/{owner}/{repo}/issues/{issue_number}': { number: 14, locked: true } },
    });
    expect([outcome, reason]).toEqual(['skipped', 'the issue is locked']);
    expect(calls.map(({ method }) => method)).not.toContain('POST');
  });

  it('where the repository is archived', async () => {
    const archived = { ...fixture.body, repository: { ...fixture.body.repository, archived: true } };
    const result = await run(handler, { event: 'issues.opened', payload: archived });
    expect(result).toMatchObject({ outcome: 'skipped', reason: 'the repository is archived', calls: [] });
  });

  it('where the account of the author is gone', async () => {
    const { outcome, calls } = await run(handler, withIssue({ user: null }));
    expect([outcome, calls]).toEqual(['handled', []]);
  });

  it.each([
    { who: 'a member', delivery: 'issues-opened-by-member' },
    { who: 'a contributor', delivery: withIssue({ author_association: 'CONTRIBUTOR' }) },
    { who: 'a bot', delivery: withIssue({ user: { type: 'Bot' } }) },
    { who: 'somebody unknown', delivery: withIssue({ author_association: undefined }) },
  ])('$who: no call, no token', async ({ delivery }) => {
    const result = await run(handler, delivery);
    expect(result).toMatchObject({ outcome: 'ignored', calls: [] });
    expect(result.token).toBeUndefined();
  });
});
