import { afterEach, beforeEach, expect, it } from 'vitest';
import { asInstallation } from '../harness/as-installation.ts';
import { type Deployment, startDeployment } from '../harness/deployment.ts';
import { vary } from './vary.ts';

const WIDGETS = 'octo-org/widgets';
const GREETING = {
  body: '<!-- hookmint:greeting -->\nThank you for opening your first issue here! Someone will have a look soon.',
  user: 'hookmint[bot]',
};

let app: Deployment;
beforeEach(async () => {
  app = await startDeployment({ ledger: false });
});
afterEach(() => app.close());

const comments = (number: number) => app.github.seen.comments(WIDGETS, number);

it('greets the author of a first issue', async () => {
  const { status, body } = await app.deliver('issues-opened-first-time');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    outcome: 'handled',
    handlers: [{ name: 'issues.opened', outcome: 'handled' }],
  });
  expect(await comments(14)).toEqual([expect.objectContaining(GREETING)]);
});

it('uses a token for issues in this repository and nothing else', async () => {
  const { tokens } = await app.deliver('issues-opened-first-time');
  expect(tokens.map(({ grant }) => grant)).toEqual([
    { installationId: 51230417, permissions: { issues: 'write' }, repositoryIds: [186853002] },
  ]);
});

it('does not greet twice when the same delivery runs again', async () => {
  await app.deliver('issues-opened-first-time');
  const before = await comments(14);
  const again = await app.deliver('issues-opened-first-time');
  expect(again.body).toMatchObject({ outcome: 'handled' });
  expect(await comments(14)).toEqual(before);
});

it('finds its greeting behind more than a hundred comments', async () => {
  await comment(14, 100);
  await app.deliver('issues-opened-first-time');
  await comment(14, 1);
  const { status, calls } = await app.deliver('issues-opened-first-time');
  expect(status).toBe(200);
  const about = calls.filter(({ path }) => path.includes('/comments'));
  expect(about.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /repos/octo-org/widgets/issues/14/comments?per_page=100&page=1',
    'GET /repos/octo-org/widgets/issues/14/comments?per_page=100&page=2',
  ]);
});

it('does not greet whoever opened an issue before', async () => {
  const earlier = { status: 200, body: [{ number: 9 }] };
  app.github.faults.next({ method: 'GET', path: /\/issues$/ }, earlier);
  const { body, calls } = await app.deliver('issues-opened-first-time');
  expect(body).toMatchObject({ outcome: 'handled' });
  expect(calls.at(-1)?.path).toBe(
    '/repos/octo-org/widgets/issues?creator=monalisa&state=all&sort=created&direction=asc&per_page=1',
  );
  expect(await comments(14)).toEqual([]);
});

it('greets where the first issue of its author is this one', async () => {
  app.github.faults.next({ method: 'GET', path: /\/issues$/ }, { status: 200, body: [{ number: 14 }] });
  await app.deliver('issues-opened-first-time');
  expect(await comments(14)).toEqual([expect.objectContaining(GREETING)]);
});

it.each([
  { who: 'a member', fixture: 'issues-opened-by-member', changes: {} },
  {
    who: 'a contributor',
    fixture: 'issues-opened-first-time',
    changes: { author_association: 'CONTRIBUTOR' },
  },
  { who: 'a bot', fixture: 'issues-opened-first-time', changes: { user: { type: 'Bot' } } },
  {
    who: 'somebody unknown',
    fixture: 'issues-opened-first-time',
    changes: { author_association: undefined },
  },
])('ignores an issue of $who: no call, no token', async ({ fixture, changes }) => {
  const { status, body, calls } = await app.deliver(vary(fixture, { issue: changes }));
  expect(status).toBe(202);
  expect(body).toMatchObject({ outcome: 'ignored' });
  expect(calls).toEqual([]);
});

it('does not mind an author whose account is gone', async () => {
  const { status } = await app.deliver(vary('issues-opened-first-time', { issue: { user: null } }));
  expect(status).toBe(200);
  expect(await comments(14)).toEqual([]);
});

/** Other people's comments, as many as asked for. */
async function comment(issue_number: number, count: number): Promise<void> {
  const github = await asInstallation(app);
  const issue = { owner: 'octo-org', repo: 'widgets', issue_number };
  for (let written = 0; written < count; written += 1) {
    await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      ...issue,
      body: '+1',
    });
  }
}
