import { run } from 'hookmint/testing';
import { describe, expect, it } from 'vitest';
import edited from '../fixtures/pull-request-edited-title.json' with { type: 'json' };
import reopened from '../fixtures/pull-request-reopened.json' with { type: 'json' };
import handler from './pull-request-title.ts';

const FIRST_SHA = 'ec26c3e57ca3a959ca5aad62de7213c562f8c821';
const SECOND_SHA = '6113728f27ae82c7b1a177c8d03f9e96e0adf246';
const FORK_SHA = '7f8d1c0b9a2e4d5f6a7b8c9d0e1f2a3b4c5d6e7f';
const RUNS = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';

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

/** A fixture, of a pull request that differs. */
const withPull = (changes: object) => ({
  event: 'pull_request.reopened',
  payload: { ...reopened.body, pull_request: { ...reopened.body.pull_request, ...changes } },
});

/** GitHub's answer where there is a check run of ours as of this instant. */
const ours = (asOf: string) => ({
  [RUNS]: { check_runs: [{ id: 7, external_id: `hookmint, title as of ${asOf}` }] },
});

describe('reports a check run', () => {
  it.each([
    { name: 'pull-request-opened', sha: FIRST_SHA },
    { name: 'pull-request-synchronize', sha: SECOND_SHA },
    { name: 'pull-request-reopened', sha: SECOND_SHA },
  ])('that succeeds for a conventional title, on the head commit: $name', async ({ name, sha }) => {
    const { outcome, calls } = await run(handler, name);
    expect(outcome).toBe('handled');
    expect(calls).toMatchObject([
      {
        method: 'GET',
        path: `/repos/octo-org/widgets/commits/${sha}/check-runs?check_name=conventional+title`,
        status: 200,
      },
      {
        method: 'POST',
        path: '/repos/octo-org/widgets/check-runs',
        body: { name: 'conventional title', head_sha: sha, ...PASSED },
        status: 201,
      },
    ]);
  });

  it('that fails for another title, also from a fork, and says how to mend it', async () => {
    const { calls } = await run(handler, 'pull-request-opened-from-fork');
    expect(calls.at(-1)).toMatchObject({
      method: 'POST',
      body: { head_sha: FORK_SHA, ...FAILED },
      status: 201,
    });
    expect(calls.at(-1)?.body).toHaveProperty(
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

  it('that turns green when the title is mended, without a second one', async () => {
    const before = '2026-01-01T00:00:00Z';
    const { calls } = await run(handler, 'pull-request-edited-title', {
      respond: { ...ours(before), 'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}': { id: 7 } },
    });
    expect(calls.at(-1)).toMatchObject({
      method: 'PATCH',
      path: '/repos/octo-org/widgets/check-runs/7',
      body: PASSED,
    });
  });

  it('as of the same instant, where a second run of the same delivery finds its own', async () => {
    const { calls } = await run(handler, 'pull-request-edited-title', {
      respond: {
        ...ours(edited.body.pull_request.updated_at),
        'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}': { id: 7 },
      },
    });
    expect(calls.map(({ method }) => method)).toEqual(['GET', 'PATCH']);
  });

  it('that an older title, delivered late, does not overwrite', async () => {
    const { outcome, calls } = await run(handler, 'pull-request-opened-from-fork', {
      respond: ours('2100-01-01T00:00:00Z'),
    });
    expect(outcome).toBe('handled');
    expect(calls.map(({ method }) => method)).toEqual(['GET']);
  });

  it('beside one of the same name that is not its own', async () => {
    const { calls } = await run(handler, 'pull-request-opened-from-fork', {
      respond: { [RUNS]: { check_runs: [{ id: 1, external_id: 'another job' }] } },
    });
    expect(calls.at(-1)).toMatchObject({
      method: 'POST',
      path: '/repos/octo-org/widgets/check-runs',
      status: 201,
    });
  });

  it('with a token for checks in this repository and nothing else', async () => {
    const { token } = await run(handler, 'pull-request-reopened');
    expect(token).toEqual({ permissions: { checks: 'write' }, repositoryIds: [186853002] });
  });

  it('not at all when only the description was edited: no call, no token', async () => {
    const result = await run(handler, 'pull-request-edited-body');
    expect(result).toMatchObject({ outcome: 'ignored', calls: [] });
    expect(result.token).toBeUndefined();
  });

  it('not at all where the payload has no head commit', async () => {
    expect(await run(handler, withPull({ head: undefined }))).toMatchObject({
      outcome: 'skipped',
      reason: 'the payload has no title or head commit',
      calls: [],
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
    const { calls } = await run(handler, withPull({ title }));
    expect(calls.at(-1)?.body).toMatchObject({ output: { title: verdict } });
  });
});
