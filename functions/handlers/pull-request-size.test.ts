import { run } from 'hookmint/testing';
import { describe, expect, it } from 'vitest';
import fixture from '../fixtures/pull-request-synchronize.json' with { type: 'json' };
import world from '../fixtures/world.json' with { type: 'json' };
import handler from './pull-request-size.ts';

const LABELS = 'GET /repos/{owner}/{repo}/issues/{issue_number}/labels';
const PATH = '/repos/octo-org/widgets/issues/12/labels';

/** The fixture, of a pull request that differs. */
const withPull = (changes: object) => ({
  event: 'pull_request.synchronize',
  payload: { ...fixture.body, pull_request: { ...fixture.body.pull_request, ...changes } },
});

/** What the handler changed, on a pull request with these labels. */
async function changesOn(
  labels: readonly string[],
  delivery: Parameters<typeof run>[1] = 'pull-request-synchronize',
) {
  const { outcome, calls } = await run(handler, delivery, {
    respond: { [LABELS]: labels.map((name) => ({ name })) },
  });
  expect(outcome).toBe('handled');
  return calls
    .filter(({ method }) => method !== 'GET')
    .map(({ method, path, body, status }) => ({ method, path, body, status }));
}

it('leaves an archived repository alone', async () => {
  const archived = { ...fixture.body, repository: { ...fixture.body.repository, archived: true } };
  const result = await run(handler, { event: 'pull_request.synchronize', payload: archived });
  expect(result).toMatchObject({ outcome: 'skipped', reason: 'the repository is archived', calls: [] });
});

describe('labels a pull request by its size', () => {
  it.each([
    { fixture: 'pull-request-opened', number: 12, size: 'size/S' },
    { fixture: 'pull-request-opened-from-fork', number: 13, size: 'size/XS' },
    { fixture: 'pull-request-synchronize', number: 12, size: 'size/L' },
  ])('$size: $fixture', async ({ fixture: name, number, size }) => {
    const { outcome, calls } = await run(handler, name);
    expect(outcome).toBe('handled');
    expect(calls).toEqual([
      expect.objectContaining({ method: 'GET', status: 200 }),
      {
        method: 'POST',
        path: `/repos/octo-org/widgets/issues/${number}/labels`,
        body: { labels: [size] },
        status: 200,
      },
    ]);
  });

  it('in place of the size that it had, leaving other labels alone', async () => {
    const { outcome, calls } = await run(handler, 'pull-request-synchronize', {
      world: { repositories: withLabels(['bug', 'size/unknown', 'size', 'size/S']) },
    });
    expect(outcome).toBe('handled');
    expect(calls.slice(1)).toEqual([
      { method: 'POST', path: PATH, body: { labels: ['size/L'] }, status: 200 },
      { method: 'DELETE', path: `${PATH}/size%2FS`, body: undefined, status: 200 },
    ]);
  });

  it('and changes nothing where the label is right already', async () => {
    expect(await changesOn(['bug', 'size/L'])).toEqual([]);
  });

  it('and drops an old size that a crash left beside the right one', async () => {
    const { calls } = await run(handler, 'pull-request-synchronize', {
      world: { repositories: withLabels(['size/L', 'size/S']) },
    });
    expect(calls.slice(1).map(({ method, path }) => `${method} ${path}`)).toEqual([
      `DELETE ${PATH}/size%2FS`,
    ]);
  });

  it('with a token for issues in this repository and nothing else', async () => {
    const { token } = await run(handler, 'pull-request-opened');
    expect(token).toEqual({ permissions: { issues: 'write' }, repositoryIds: [186853002] });
  });

  it('also in a private repository, where the token must allow every call', async () => {
    const repositories = world.repositories.map((repository) => ({ ...repository, private: true }));
    const { outcome, calls } = await run(handler, 'pull-request-opened', { world: { repositories } });
    expect(outcome).toBe('handled');
    expect(calls.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('not where the payload lacks the figures', async () => {
    expect(await run(handler, withPull({ additions: undefined }))).toMatchObject({
      outcome: 'skipped',
      reason: 'the payload does not say how many lines changed',
      calls: [],
    });
  });

  it('not where only the description was edited', async () => {
    expect(await run(handler, 'pull-request-edited-body')).toMatchObject({ outcome: 'ignored', calls: [] });
  });
});

describe('knows a size by the lines added and deleted', () => {
  it.each([
    { additions: 0, deletions: 0, label: 'size/XS' },
    { additions: 4, deletions: 6, label: 'size/XS' },
    { additions: 11, deletions: 0, label: 'size/S' },
    { additions: 0, deletions: 50, label: 'size/S' },
    { additions: 26, deletions: 25, label: 'size/M' },
    { additions: 250, deletions: 0, label: 'size/M' },
    { additions: 250, deletions: 1, label: 'size/L' },
    { additions: 1000, deletions: 0, label: 'size/L' },
    { additions: 1000, deletions: 1, label: 'size/XL' },
    { additions: 2_000_000, deletions: 0, label: 'size/XL' },
  ])('$additions and $deletions: $label', async ({ additions, deletions, label }) => {
    expect(await changesOn([], withPull({ additions, deletions }))).toEqual([
      { method: 'POST', path: PATH, body: { labels: [label] }, status: 200 },
    ]);
  });
});

/** The repositories of `world.json`, pull request 12 with these labels. */
function withLabels(labels: readonly string[]) {
  return world.repositories.map((repository) => ({
    ...repository,
    pulls: repository.pulls.map((pull) => (pull.number === 12 ? { ...pull, labels } : pull)),
  }));
}
