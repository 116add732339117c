import { run, type RunCall } from 'hookmint/testing';
import { describe, expect, it } from 'vitest';
import handler from './pull-request-title.ts';

/** What world.json has of the pull request 12 of octo-org/widgets: the newest commit, and when it was updated. */
const SHA = '6113728f27ae82c7b1a177c8d03f9e96e0adf246';
const UPDATED_AT = '2026-11-10T14:51:09Z';

const READ = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
const RUNS = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
const CHANGE = 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}';

const PASSED = {
  status: 'completed',
  conclusion: 'success',
  output: {
    title: 'The title is conventional',
    summary: 'The title follows Conventional Commits.',
  },
};
const FAILED = {
  status: 'completed',
  conclusion: 'failure',
  output: { title: 'The title does not begin with a type and a colon' },
};

/** GitHub's answer where the pull request is like this now. */
const now = (changes: object = {}) => ({
  [READ]: {
    number: 12,
    title: 'Fixed a typo',
    state: 'open',
    updated_at: UPDATED_AT,
    head: { sha: SHA },
    base: { repo: { archived: false } },
    ...changes,
  },
});

/** GitHub's answer where there is such a check run. */
const withRun = (external_id: string) => ({ [RUNS]: { check_runs: [{ id: 7, external_id }] } });
const ours = (asOf: string) => withRun(`hookmint, title of #12 as of ${asOf}`);

const methodsOf = (calls: readonly { readonly method: string }[]) => calls.map(({ method }) => method);

const writtenBy = (calls: readonly RunCall[]) => calls.filter(({ method }) => method !== 'GET');

describe('reports a check run', () => {
  it.each(['pull-request-opened', 'pull-request-synchronize', 'pull-request-reopened'])(
    'that succeeds for a conventional title, on the newest commit: %s',
    async (name) => {
      const { outcome, calls } = await run(handler, name);
      expect(outcome).toBe('handled');
      expect(calls).toMatchObject([
        { method: 'GET', path: '/repos/octo-org/widgets/pulls/12', status: 200 },
        {
          method: 'GET',
          path: `/repos/octo-org/widgets/commits/${SHA}/check-runs?check_name=conventional+title`,
          status: 200,
        },
        {
          method: 'POST',
          path: '/repos/octo-org/widgets/check-runs',
          body: { name: 'conventional title', head_sha: SHA, ...PASSED },
          status: 201,
        },
        { method: 'GET', path: '/repos/octo-org/widgets/pulls/12', status: 200 },
      ]);
    },
  );

  it('of the title that is there now, where the delivery is late and has an old one', async () => {
    const { calls } = await run(handler, 'pull-request-opened', { respond: now() });
    expect(writtenBy(calls).at(-1)).toMatchObject({ method: 'POST', body: { head_sha: SHA, ...FAILED } });
  });

  it('on the commit that is the newest now', async () => {
    const sha = 'ec26c3e57ca3a959ca5aad62de7213c562f8c821';
    const { calls } = await run(handler, 'pull-request-synchronize', { respond: now({ head: { sha } }) });
    expect(writtenBy(calls).at(-1)).toMatchObject({ method: 'POST', body: { head_sha: sha } });
  });

  it('that says how to mend a title', async () => {
    const { calls } = await run(handler, 'pull-request-opened', { respond: now() });
    expect(writtenBy(calls).at(-1)?.body).toHaveProperty(
      'output.summary',
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

  it('also for a pull request from a fork', async () => {
    const { outcome, calls } = await run(handler, 'pull-request-opened-from-fork');
    expect(outcome).toBe('handled');
    expect(writtenBy(calls).at(-1)).toMatchObject({
      method: 'POST',
      body: { head_sha: '7f8d1c0b9a2e4d5f6a7b8c9d0e1f2a3b4c5d6e7f', ...PASSED },
      status: 201,
    });
  });

  it.each(['2026-01-01T00:00:00Z', UPDATED_AT])(
    'that it changes, where it made one as of %s, and makes no second',
    async (asOf) => {
      const { calls } = await run(handler, 'pull-request-opened', {
        respond: { ...now({ title: 'fix: a typo' }), ...ours(asOf), [CHANGE]: { id: 7 } },
      });
      expect(writtenBy(calls).at(-1)).toMatchObject({
        method: 'PATCH',
        path: '/repos/octo-org/widgets/check-runs/7',
        body: { ...PASSED, external_id: `hookmint, title of #12 as of ${UPDATED_AT}` },
      });
    },
  );

  it('that stands where another delivery judged a newer title meanwhile', async () => {
    const { outcome, calls } = await run(handler, 'pull-request-opened', {
      respond: { ...now(), ...ours('2100-01-01T00:00:00Z') },
    });
    expect(outcome).toBe('handled');
    expect(methodsOf(calls)).toEqual(['GET', 'GET', 'GET']);
  });

  it.each([
    { whose: 'another App', external_id: 'another job' },
    {
      whose: 'another pull request with this commit',
      external_id: `hookmint, title of #123 as of ${UPDATED_AT}`,
    },
  ])('beside one of the same name of $whose', async ({ external_id }) => {
    const { calls } = await run(handler, 'pull-request-opened', {
      respond: { ...now(), ...withRun(external_id) },
    });
    expect(writtenBy(calls).at(-1)).toMatchObject({
      method: 'POST',
      path: '/repos/octo-org/widgets/check-runs',
    });
  });

  it('beside one of another App that bears its mark, which GitHub lets nobody else change', async () => {
    const refused = { status: 403, body: { message: 'Invalid app_id `1`' } };
    const { outcome, calls } = await run(handler, 'pull-request-opened', {
      respond: { ...now(), ...ours(UPDATED_AT), [CHANGE]: refused },
    });
    expect(outcome).toBe('handled');
    expect(methodsOf(calls)).toEqual(['GET', 'GET', 'PATCH', 'POST', 'GET']);
  });

  it('in a second try, where GitHub fails at the change', async () => {
    const { outcome, calls } = await run(handler, 'pull-request-opened', {
      respond: { ...now(), ...ours(UPDATED_AT), [CHANGE]: { status: 422, body: { message: 'no' } } },
    });
    expect(outcome).toBe('failed');
    expect(methodsOf(calls)).not.toContain('POST');
  });

  it('of the title that it was changed to meanwhile, in place of the one before', async () => {
    const titles = ['Fixed a typo', 'fix: a typo', 'fix: a typo'];
    const runs = [[], [{ id: 7, external_id: `hookmint, title of #12 as of ${UPDATED_AT}` }]];
    const { outcome, calls } = await run(handler, 'pull-request-opened', {
      respond: {
        [READ]: () => now({ title: titles.shift() })[READ],
        [RUNS]: () => ({ check_runs: runs.shift() }),
        [CHANGE]: { id: 7 },
      },
    });
    expect(outcome).toBe('handled');
    expect(writtenBy(calls)).toMatchObject([
      { method: 'POST', body: FAILED },
      { method: 'PATCH', body: PASSED },
    ]);
  });

  it('of the commit that was pushed meanwhile as well', async () => {
    const shas = [
      SHA,
      'ec26c3e57ca3a959ca5aad62de7213c562f8c821',
      'ec26c3e57ca3a959ca5aad62de7213c562f8c821',
    ];
    const { calls } = await run(handler, 'pull-request-synchronize', {
      respond: { [READ]: () => now({ head: { sha: shas.shift() } })[READ] },
    });
    expect(writtenBy(calls)).toMatchObject([
      { body: { head_sha: SHA } },
      { body: { head_sha: 'ec26c3e57ca3a959ca5aad62de7213c562f8c821' } },
    ]);
  });

  it('later, where the title changes with each look', async () => {
    let looks = 0;
    const { outcome, reason, calls } = await run(handler, 'pull-request-opened', {
      respond: { [READ]: () => now({ title: `title ${(looks += 1)}` })[READ] },
    });
    expect([outcome, reason]).toEqual(['failed', 'handler_retry: the title keeps changing']);
    expect(writtenBy(calls)).toHaveLength(3);
  });

  it('with a token for this repository and what it calls', async () => {
    const { token } = await run(handler, 'pull-request-reopened');
    expect(token).toEqual({
      permissions: { checks: 'write', pull_requests: 'read' },
      repositoryIds: [186853002],
    });
  });

  it('not at all when only the description was edited: no call, no token', async () => {
    const result = await run(handler, 'pull-request-edited-body');
    expect(result).toMatchObject({ outcome: 'ignored', calls: [] });
    expect(result.token).toBeUndefined();
  });

  it('not at all where the repository is archived by now', async () => {
    const respond = now({ base: { repo: { archived: true } } });
    expect(await run(handler, 'pull-request-opened', { respond })).toMatchObject({
      outcome: 'skipped',
      reason: 'the repository is archived',
    });
  });

  it('not at all where the pull request is closed by now', async () => {
    expect(await run(handler, 'pull-request-opened', { respond: now({ state: 'closed' }) })).toMatchObject({
      outcome: 'skipped',
      reason: 'the pull request is closed',
    });
  });
});

describe('judges a title', () => {
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
    const { calls } = await run(handler, 'pull-request-reopened', { respond: now({ title }) });
    expect(writtenBy(calls).at(-1)?.body).toMatchObject({ output: { title: verdict } });
  });
});
