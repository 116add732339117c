import { defineHandler, skip, toRepo } from 'hookmint';
import { run } from 'hookmint/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import world from '../app/functions/fixtures/world.json' with { type: 'json' };
import { PROJECT, TEST_APP } from '../harness/build.ts';

const ISSUE = 'GET /repos/{owner}/{repo}/issues/{issue_number}';
const COMMENTS = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
const PERMISSION = 'GET /repos/{owner}/{repo}/collaborators/{username}/permission';

const where = { owner: 'octo-org', repo: 'widgets' };

/** A payload as somebody pastes it: of a repository that no `world.json` has. */
const issue = {
  action: 'opened',
  issue: { number: 3, title: 'It leaks', user: { login: 'mona', id: 7 }, author_association: 'NONE' },
  repository: { id: 9, full_name: 'acme/pump', name: 'pump', owner: { login: 'acme', id: 8 }, private: true },
  installation: { id: 44 },
};
const opened = { event: 'issues', payload: issue };

const greeter = defineHandler('issues.opened', {
  permissions: { issues: 'write' },
  async handle({ payload, github, log }) {
    const { owner, name } = payload.repository;
    const at = { owner: owner.login, repo: name, issue_number: payload.issue.number };
    await github.request(ISSUE, at);
    await github.request(COMMENTS, { ...at, body: 'Hello' });
    log.warn('greeted', { issue: payload.issue.number });
  },
});

it('takes an import of world.json as it is, and refuses a level that GitHub does not have', async () => {
  const level: string = 'write'; // as an import of JSON has it
  const repositories = [
    { id: 9, full_name: 'acme/pump', collaborators: { mona: level } },
    { id: 10, full_name: 'acme/hose', files: { 'a.md': 'a' }, collaborators: undefined },
  ];
  expect(await run(greeter, opened, { world: { ...world, repositories } })).toMatchObject({
    outcome: 'handled',
  });
  const wrong = [{ id: 9, full_name: 'acme/pump', collaborators: { mona: 'wirte' } }];
  await expect(run(greeter, opened, { world: { repositories: wrong } })).rejects.toThrow(
    "mona is given 'wirte', which is none of read, triage, write, maintain, admin.",
  );
});

it('a fixture that is not there is told with the folder, and with those that are', async () => {
  await expect(run(greeter, 'issue-opened')).rejects.toThrow(
    /^There is no fixture 'issue-opened' in .*functions.fixtures\. There are: .*issues-opened-first-time, .*push\.$/,
  );
});

describe('settings', () => {
  const notifier = defineHandler('issues.opened', {
    permissions: {},
    settings: { NOTIFY_URL: 'text', NOTIFY_TOKEN: 'secret' },
    handle: ({ settings }) => skip(`${settings.NOTIFY_URL} ${settings.NOTIFY_TOKEN}`),
  });
  const settings = { NOTIFY_URL: 'http://127.0.0.1:9/', NOTIFY_TOKEN: 'a-secret' };

  it('are those of the test, and a secret among them is shown nowhere', async () => {
    const result = await run(notifier, opened, { settings });
    expect(result).toMatchObject({ outcome: 'skipped', reason: 'http://127.0.0.1:9/ [redacted]' });
    expect(JSON.stringify(result)).not.toContain('a-secret');
  });

  it.each([
    { given: {}, says: /declares NOTIFY_URL.*declares NOTIFY_TOKEN/ },
    { given: { ...settings, NOTIFY_URL: ' ' }, says: /'issues.opened': it declares NOTIFY_URL: run\(/ },
    { given: { ...settings, OTHER: 'x' }, says: /it does not declare OTHER/ },
  ])('must be those that the handler declares: $says', async ({ given, says }) => {
    await expect(run(notifier, opened, { settings: given })).rejects.toThrow(says);
  });
});

describe('run goes the way of a real delivery', () => {
  it('and tells outcome, token, calls and log lines', async () => {
    const result = await run(greeter, opened);
    expect(result).toMatchObject({
      outcome: 'handled',
      token: { permissions: { issues: 'write' }, repositoryIds: [9] },
      calls: [
        { method: 'GET', path: '/repos/acme/pump/issues/3', status: 200 },
        { method: 'POST', path: '/repos/acme/pump/issues/3/comments', body: { body: 'Hello' }, status: 201 },
      ],
    });
    expect(result.logs).toContainEqual(
      expect.objectContaining({ level: 'WARN', message: 'greeted', issue: 3, handler: 'issues.opened' }),
    );
  });

  it('in a world of its own each time', async () => {
    await run(greeter, opened);
    const count = defineHandler('issues', {
      permissions: { issues: 'read' },
      async handle({ github }) {
        const at = { owner: 'acme', repo: 'pump', issue_number: 3 };
        const { data } = await github.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', at);
        throw skip(`${data.length} comments`);
      },
    });
    expect(await run(count, opened)).toMatchObject({ outcome: 'skipped', reason: '0 comments' });
  });

  it('asks `when` before anything is minted', async () => {
    const never = defineHandler('issues', {
      permissions: { issues: 'write' },
      when: () => false,
      handle() {},
    });
    const result = await run(never, opened);
    expect(result).toMatchObject({ outcome: 'ignored', calls: [] });
    expect(result.token).toBeUndefined();
  });

  it('mints nothing for a handler without permissions', async () => {
    const quiet = defineHandler('issues', { permissions: {}, handle: () => {} });
    const result = await run(quiet, opened);
    expect(result).toMatchObject({ outcome: 'handled', calls: [] });
    expect(result.token).toBeUndefined();
  });

  it('is refused by the stand-in what the token may not do', async () => {
    const result = await run(
      defineHandler('issues', {
        permissions: { issues: 'read' },
        async handle({ github }) {
          // @ts-expect-error which the compiler refuses first
          await github.request(COMMENTS, { owner: 'acme', repo: 'pump', issue_number: 3, body: 'Hello' });
        },
      }),
      opened,
    );
    expect(result).toMatchObject({
      outcome: 'failed',
      reason: 'permission_missing: issues=write or pull_requests=write',
    });
    // At once: nothing here has to spread before it is known.
    expect(result.calls).toEqual([expect.objectContaining({ method: 'POST', status: 403 })]);
  });

  it('waits for a call by name that the handler forgot to await, and fails with it', async () => {
    const forgetful = defineHandler('issues', {
      permissions: { issues: 'write' },
      handle({ github, payload }) {
        void github.rest.issues.createComment({
          ...toRepo(payload),
          issue_number: payload.issue.number,
          body: 'Hi',
        });
      },
    });
    const good = await run(forgetful, opened);
    expect(good).toMatchObject({ outcome: 'handled', calls: [{ method: 'POST', status: 201 }] });
    const [warning] = good.logs.filter(({ level }) => level === 'WARN');
    expect(warning).toMatchObject({ code: 'call_not_awaited', route: COMMENTS });
    const bad = await run(forgetful, opened, {
      respond: { [COMMENTS]: { status: 410, body: { message: 'Gone' } } },
    });
    expect(bad).toMatchObject({ outcome: 'failed', reason: 'not_awaited' });
  });

  it('mints no more than `granted`', async () => {
    const result = await run(greeter, opened, { granted: { issues: 'read', metadata: 'read' } });
    expect(result).toMatchObject({ outcome: 'skipped', reason: 'permission_not_granted: issues=write' });
    expect(result.logs.at(-1)?.message).toContain(
      'installations[].permissions in functions/fixtures/world.json',
    );
  });

  it('hands back what the handler threw', async () => {
    const mistake = new TypeError('no such thing');
    const result = await run(
      defineHandler('issues', {
        permissions: {},
        handle() {
          throw mistake;
        },
      }),
      opened,
    );
    expect(result).toMatchObject({ outcome: 'failed', reason: 'handler_error' });
    expect(result.error).toBe(mistake);
  });

  it('says so where the fixture is of another event', async () => {
    expect(await run(greeter, 'push')).toMatchObject({
      outcome: 'ignored',
      reason: 'the handler is for issues.opened, and the fixture is push',
    });
  });
});

describe('respond', () => {
  const asker = defineHandler('issues', {
    permissions: { issues: 'write', metadata: 'read' },
    async handle({ github }) {
      const { data, status, headers } = await github.request(PERMISSION, { ...where, username: 'mona' });
      throw skip(`${status} ${data.permission} ${headers['x-test']}`);
    },
  });

  it.each([
    { form: 'a body', answer: { permission: 'admin' }, told: '200 admin undefined' },
    {
      form: 'status, headers and body',
      answer: { status: 203, headers: { 'x-test': 'yes' }, body: { permission: 'read' } },
      told: '203 read yes',
    },
  ])('answers a route with $form', async ({ answer, told }) => {
    const result = await run(asker, opened, { respond: { [PERMISSION]: answer } });
    expect(result).toMatchObject({ outcome: 'skipped', reason: told });
  });

  it('answers with what a function of the request returns', async () => {
    const result = await run(asker, opened, {
      respond: { [PERMISSION]: ({ params, method }) => ({ permission: `${method} ${params['username']}` }) },
    });
    expect(result).toMatchObject({ outcome: 'skipped', reason: '200 GET mona undefined' });
  });

  it('throws what its function throws: that is the mistake of a test, not an answer of GitHub', async () => {
    const respond = {
      [PERMISSION]: () => {
        throw new Error('not so');
      },
    };
    await expect(run(asker, opened, { respond })).rejects.toThrow('not so');
  });

  it('refuses a key that is no route', async () => {
    await expect(run(asker, opened, { respond: { 'get /user': {} } })).rejects.toThrow(
      "'get /user' is no route: write it as 'GET /repos/{owner}/{repo}/topics'.",
    );
  });
});

describe('what the stand-in does not serve is told as such', () => {
  const text =
    'The stand-in for GitHub does not serve GET /repos/{owner}/{repo}/stats/participation. Write its answer under "responses" in functions/fixtures/world.json, or give it to run(…) as `respond`.';
  const statistician = defineHandler('issues', {
    permissions: { metadata: 'read' },
    async handle({ github }) {
      await github.request('GET /repos/{owner}/{repo}/stats/participation', { owner: 'acme', repo: 'pump' });
    },
  });

  it('in outcome, call, error and log line, and asked for once', async () => {
    const result = await run(statistician, opened);
    expect(result).toMatchObject({
      outcome: 'failed',
      reason: 'route_not_served: GET /repos/{owner}/{repo}/stats/participation',
      calls: [{ method: 'GET', path: '/repos/acme/pump/stats/participation', status: 501 }],
    });
    expect(result.error).toBeInstanceOf(Error);
    expect(String(result.error)).toContain(text);
    expect(JSON.stringify(result.logs)).toContain(JSON.stringify(text).slice(1, -1));
  });

  it('until somebody writes what it answers', async () => {
    const respond = { 'GET /repos/{owner}/{repo}/stats/participation': { all: [] } };
    expect(await run(statistician, opened, { respond })).toMatchObject({ outcome: 'handled' });
    expect(await run(statistician, opened, { world: { responses: respond } })).toMatchObject({
      outcome: 'handled',
    });
  });

  it('also of GraphQL, whose operations are answered by name', async () => {
    const asker = defineHandler('issues', {
      permissions: { issues: 'read' },
      async handle({ github }) {
        const { viewer } = await github.graphql<{ viewer: { login: string } }>(
          'query Who { viewer { login } }',
        );
        throw skip(viewer.login);
      },
    });
    expect(await run(asker, opened)).toMatchObject({
      outcome: 'failed',
      reason: 'route_not_served: POST /graphql Who',
    });
    const graphql = { Who: { data: { viewer: { login: 'app[bot]' } } } };
    expect(await run(asker, opened, { world: { graphql } })).toMatchObject({
      outcome: 'skipped',
      reason: 'app[bot]',
    });
  });
});

describe('a fixture', () => {
  const quiet = defineHandler('issues', { permissions: {}, handle: () => {} });

  // Of the current folder: an app's tests run in its own.
  beforeAll(() => process.chdir(TEST_APP));
  afterAll(() => process.chdir(PROJECT));

  it('is found by its name and by its path', async () => {
    for (const fixture of ['issues-opened-first-time', 'functions/fixtures/issues-opened-first-time.json']) {
      expect(await run(quiet, fixture)).toMatchObject({ outcome: 'handled' });
    }
  });

  it('that is not there is named', async () => {
    await expect(run(quiet, 'nowhere')).rejects.toThrow("There is no fixture 'nowhere' in ");
  });

  it('may be given headers', async () => {
    const headers = { 'X-GitHub-Delivery': 'a-copy' };
    const result = await run(quiet, { ...opened, headers });
    expect(result.logs.at(-1)).toMatchObject({ delivery: 'a-copy', event: 'issues' });
  });
});
