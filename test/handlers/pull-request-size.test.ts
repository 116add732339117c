import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asInstallation } from '../harness/as-installation.ts';
import { loadWorld } from '../harness/deliver.ts';
import { type Deployment, startDeployment } from '../harness/deployment.ts';
import { vary } from './vary.ts';

const WIDGETS = 'octo-org/widgets';

describe('labels a pull request by its size', () => {
  let app: Deployment;
  beforeEach(async () => {
    app = await startDeployment({ ledger: false });
  });
  afterEach(() => app.close());

  const labels = async (number: number) => (await app.github.seen.labels(WIDGETS, number)).toSorted();

  it('when it is opened', async () => {
    const { status } = await app.deliver('pull-request-opened');
    expect(status).toBe(200);
    expect(await labels(12)).toEqual(['size/S']);
  });

  it('when it is opened from a fork', async () => {
    await app.deliver('pull-request-opened-from-fork');
    expect(await labels(13)).toEqual(['size/XS']);
  });

  it('in place of the size that it had, leaving other labels alone', async () => {
    await app.deliver('pull-request-opened');
    const github = await asInstallation(app);
    const issue = { owner: 'octo-org', repo: 'widgets', issue_number: 12 };
    await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', {
      ...issue,
      labels: ['bug', 'size/unknown', 'size'],
    });
    await app.deliver('pull-request-synchronize');
    expect(await labels(12)).toEqual(['bug', 'size', 'size/L', 'size/unknown']);
  });

  it('and changes nothing where the label is right already', async () => {
    await app.deliver('pull-request-synchronize');
    const { status, calls } = await app.deliver('pull-request-synchronize');
    expect(status).toBe(200);
    expect(calls.filter(({ path }) => path.includes('/labels')).map(({ method }) => method)).toEqual(['GET']);
    expect(await labels(12)).toEqual(['size/L']);
  });

  it('and drops an old size that a crash left beside the right one', async () => {
    await app.deliver('pull-request-opened');
    const github = await asInstallation(app);
    const issue = { owner: 'octo-org', repo: 'widgets', issue_number: 12 };
    await github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', {
      ...issue,
      labels: ['size/L'],
    });
    await app.deliver('pull-request-synchronize');
    expect(await labels(12)).toEqual(['size/L']);
  });

  it('with a token for issues in this repository and nothing else, beside that of the title', async () => {
    const { tokens } = await app.deliver('pull-request-opened');
    const grants = tokens.map(({ grant }) => grant);
    expect(grants).toHaveLength(2);
    expect(grants).toEqual(
      expect.arrayContaining([
        { installationId: 51230417, permissions: { checks: 'write' }, repositoryIds: [186853002] },
        { installationId: 51230417, permissions: { issues: 'write' }, repositoryIds: [186853002] },
      ]),
    );
  });

  it('not where the payload lacks the figures', async () => {
    const { status, body } = await app.deliver(
      vary('pull-request-opened', { pull_request: { additions: undefined } }),
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      handlers: [
        { name: 'pull-request-title', outcome: 'handled' },
        {
          name: 'pull-request-size',
          outcome: 'skipped',
          reason: 'the payload does not say how many lines changed',
        },
      ],
    });
    expect(await labels(12)).toEqual([]);
  });
});

it('labels and checks in a private repository, where the token must allow every call', async () => {
  const world = loadWorld();
  const repositories = world.repositories?.map((repository) => ({ ...repository, private: true })) ?? [];
  const app = await startDeployment({ ledger: false, world: { ...world, repositories } });
  const { body, calls } = await app.deliver('pull-request-opened');
  expect(body).toMatchObject({ outcome: 'handled' });
  expect(calls.filter(({ status }) => status >= 400)).toEqual([]);
  expect(await app.github.seen.labels(WIDGETS, 12)).toEqual(['size/S']);
  await app.close();
});

describe('knows a size by the lines added and deleted', () => {
  let app: Deployment;
  beforeAll(async () => {
    app = await startDeployment({ ledger: false });
  });
  afterAll(() => app.close());

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
    await app.deliver(vary('pull-request-synchronize', { pull_request: { additions, deletions } }));
    expect(await app.github.seen.labels(WIDGETS, 12)).toEqual([label]);
  });
});
