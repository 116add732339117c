import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asInstallation } from '../harness/as-installation.ts';
import { type Delivered, type Deployment, startDeployment } from '../harness/deployment.ts';
import { vary } from './vary.ts';

const WIDGETS = 'octo-org/widgets';
const FIRST_SHA = 'ec26c3e57ca3a959ca5aad62de7213c562f8c821';
const SECOND_SHA = '6113728f27ae82c7b1a177c8d03f9e96e0adf246';
const FORK_SHA = '7f8d1c0b9a2e4d5f6a7b8c9d0e1f2a3b4c5d6e7f';

const PASSED = {
  name: 'conventional title',
  status: 'completed',
  conclusion: 'success',
  title: 'The title is conventional',
  summary: 'The title follows Conventional Commits.',
};
const FAILED = {
  name: 'conventional title',
  status: 'completed',
  conclusion: 'failure',
  title: 'The title does not begin with a type and a colon',
};

describe('reports a check run', () => {
  let app: Deployment;
  beforeEach(async () => {
    app = await startDeployment({ ledger: false });
  });
  afterEach(() => app.close());

  const checkRuns = (sha: string) => app.github.seen.checkRuns(WIDGETS, sha);

  it('that succeeds for a conventional title, on the head commit', async () => {
    const { status, body } = await app.deliver('pull-request-opened');
    expect(status).toBe(200);
    expect(body).toMatchObject({ event: 'pull_request', outcome: 'handled' });
    expect(await checkRuns(FIRST_SHA)).toEqual([expect.objectContaining(PASSED)]);
  });

  it('that fails for another title, also from a fork, and says how to mend it', async () => {
    await app.deliver('pull-request-opened-from-fork');
    const [run, ...others] = await checkRuns(FORK_SHA);
    expect(others).toEqual([]);
    expect(run).toMatchObject(FAILED);
    expect(run?.summary).toBe(
      [
        'The title does not begin with a type and a colon.',
        'Edit the title of the pull request to read `type(scope): description`; the check then runs again by itself.',
        '- The type is one of `build`, `chore`, `ci`, `docs`, `feat`, `fix`, `perf`, `refactor`, `revert`, `style`, `test`, in lower case.',
        '- The scope, in parentheses, may be left out. A `!` before the colon marks a breaking change.',
        '- The colon is followed by one space and a short description.',
        'For example: `fix(parser): accept titles without a scope`',
      ].join('\n'),
    );
  });

  it('that turns green when the title is mended, without a second one', async () => {
    await app.deliver('pull-request-opened-from-fork');
    const [red] = await checkRuns(FORK_SHA);
    await app.deliver('pull-request-edited-title');
    expect(await checkRuns(FORK_SHA)).toEqual([{ id: red?.id, ...PASSED }]);
  });

  it('on the new commit when one is pushed', async () => {
    await app.deliver('pull-request-synchronize');
    expect(await checkRuns(SECOND_SHA)).toEqual([expect.objectContaining(PASSED)]);
    expect(await checkRuns(FIRST_SHA)).toEqual([]);
  });

  it('when a pull request is reopened', async () => {
    await app.deliver('pull-request-reopened');
    expect(await checkRuns(SECOND_SHA)).toEqual([expect.objectContaining(PASSED)]);
  });

  it('that a second run of the same delivery leaves as it is', async () => {
    await app.deliver('pull-request-opened-from-fork');
    const before = await checkRuns(FORK_SHA);
    const again = await app.deliver('pull-request-opened-from-fork');
    expect(again.status).toBe(200);
    expect(await checkRuns(FORK_SHA)).toEqual(before);
  });

  it('that an older title, delivered late, does not overwrite', async () => {
    await app.deliver('pull-request-edited-title');
    const { body } = await app.deliver('pull-request-opened-from-fork');
    expect(body).toMatchObject({ outcome: 'handled' });
    expect(await checkRuns(FORK_SHA)).toEqual([expect.objectContaining(PASSED)]);
  });

  it('beside one of the same name that is not its own', async () => {
    const github = await asInstallation(app);
    const foreign = { name: 'conventional title', head_sha: FORK_SHA, external_id: 'another job' };
    await github.request('POST /repos/{owner}/{repo}/check-runs', {
      owner: 'octo-org',
      repo: 'widgets',
      ...foreign,
    });
    const { calls } = await app.deliver('pull-request-opened-from-fork');
    expect(callsFor('check-runs', calls)).toEqual([
      `GET /repos/octo-org/widgets/commits/${FORK_SHA}/check-runs?check_name=conventional+title 200`,
      'POST /repos/octo-org/widgets/check-runs 201',
    ]);
  });

  it('with a token for checks in this repository and nothing else', async () => {
    const { tokens } = await app.deliver('pull-request-reopened');
    expect(tokens.map(({ grant }) => grant)).toEqual([
      { installationId: 51230417, permissions: { checks: 'write' }, repositoryIds: [186853002] },
    ]);
  });

  it('not at all when only the description was edited: no call, no token', async () => {
    const { status, body, calls } = await app.deliver('pull-request-edited-body');
    expect(status).toBe(202);
    expect(body).toMatchObject({
      outcome: 'ignored',
      handlers: [
        { name: 'pull-request-title', outcome: 'ignored' },
        { name: 'pull-request-size', outcome: 'ignored' },
      ],
    });
    expect(calls).toEqual([]);
  });

  it('not at all where the payload has no head commit', async () => {
    const { body } = await app.deliver(vary('pull-request-reopened', { pull_request: { head: undefined } }));
    expect(body).toMatchObject({
      outcome: 'skipped',
      handlers: [
        {
          name: 'pull-request-title',
          outcome: 'skipped',
          reason: 'the payload has no title or head commit',
        },
        { name: 'pull-request-size', outcome: 'ignored' },
      ],
    });
  });
});

describe('judges a title', () => {
  let app: Deployment;
  beforeAll(async () => {
    app = await startDeployment({ ledger: false });
  });
  afterAll(() => app.close());

  it.each([
    { title: 'feat: list widgets', verdict: 'The title is conventional' },
    { title: 'feat(catalog): list widgets', verdict: 'The title is conventional' },
    { title: 'feat!: drop the old catalog', verdict: 'The title is conventional' },
    { title: 'refactor(catalog, search)!: drop the old index', verdict: 'The title is conventional' },
    { title: 'fix: mend "a: b" (again)', verdict: 'The title is conventional' },
    { title: 'docs: ☕ für alle', verdict: 'The title is conventional' },
    { title: 'List widgets', verdict: 'The title does not begin with a type and a colon' },
    { title: 'feat list: widgets', verdict: 'The title does not begin with a type and a colon' },
    { title: 'feat (catalog): list', verdict: 'The title does not begin with a type and a colon' },
    { title: 'feat!(catalog): list', verdict: 'The title does not begin with a type and a colon' },
    { title: '', verdict: 'The title does not begin with a type and a colon' },
    { title: 'Feat: list widgets', verdict: 'The title begins with an unknown type' },
    { title: 'feature: list widgets', verdict: 'The title begins with an unknown type' },
    { title: 'feat(): list widgets', verdict: 'The scope in parentheses is empty' },
    { title: 'feat:', verdict: 'There is no description after the colon' },
    { title: 'feat:   ', verdict: 'There is no description after the colon' },
    { title: 'feat:list widgets', verdict: 'The colon must be followed by exactly one space' },
    { title: 'feat:  list widgets', verdict: 'The colon must be followed by exactly one space' },
  ])('$title', async ({ title, verdict }) => {
    await app.deliver(vary('pull-request-reopened', { pull_request: { title } }));
    const runs = await app.github.seen.checkRuns(WIDGETS, SECOND_SHA);
    expect(runs.map((run) => run.title)).toEqual([verdict]);
  });
});

function callsFor(what: string, calls: Delivered['calls']): readonly string[] {
  return calls
    .filter(({ path }) => path.includes(what))
    .map(({ method, path, status }) => `${method} ${path} ${status}`);
}
