/** What `world.json` may say of a GitHub, and what a handler finds of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GitHub, GitHubOptions } from '../../local/github/types.ts';
import { at, callerOf, INSTALLATION, SCENE, start } from './github-scene.ts';

const SHA = 'a10867b14bb761a232cd80139fbd4c0d33264240';
const HEAD = 'ec26c3e57ca3a959ca5aad62de7213c562f8c821';
const REPO = '/repos/octo-org/garden';

const permissions = {
  administration: 'write',
  contents: 'write',
  issues: 'write',
  members: 'write',
  pull_requests: 'write',
  statuses: 'write',
};

const WORLD: GitHubOptions = {
  ...SCENE,
  installations: [{ ...INSTALLATION, permissions }],
  organizations: [
    {
      login: 'octo-org',
      members: { codertocat: 'admin', hubot: 'member' },
      teams: [{ slug: 'gardeners', name: 'Gardeners', members: { hubot: 'maintainer' } }],
    },
  ],
  repositories: [
    {
      id: 77,
      full_name: 'octo-org/garden',
      private: true,
      collaborators: { mona: 'triage', lisa: 'write' },
      labels: [{ name: 'bug' }],
      milestones: [{ title: 'v1' }, { title: 'v0', state: 'closed' }],
      branches: ['release/1'],
      files: { 'README.md': '# Garden\n', '.github/app.yml': 'greet: true\n' },
      statuses: [
        { sha: SHA, state: 'pending', context: 'ci' },
        { sha: SHA, state: 'success', context: 'ci' },
      ],
      issues: [
        {
          number: 5,
          title: 'Dry',
          user: 'mona',
          labels: ['bug', 'water'],
          assignees: ['lisa'],
          milestone: 'v1',
          locked: true,
          comments: [
            { user: 'mona', body: 'Still dry', reactions: [{ user: 'lisa', content: 'eyes' }] },
            { body: 'Noted' },
          ],
          reactions: [{ user: 'hubot', content: '+1' }],
        },
        { number: 6, title: 'Wet', user: 'octo-org', state: 'closed' },
      ],
      pulls: [
        {
          number: 9,
          title: 'Water it',
          user: 'lisa',
          head: { ref: 'water', sha: HEAD },
          requestedReviewers: ['mona'],
          labels: ['bug'],
        },
      ],
    },
  ],
};

let github: GitHub;
let token: string;
const ask = async (method: string, path: string, body?: object) =>
  callerOf(github).call(method, path, { token, ...(body && { body }) });
const read = async (path: string) => (await ask('GET', path)).body;

beforeAll(async () => {
  github = await start(WORLD);
  token = await callerOf(github).mint();
});
afterAll(() => github.close());

describe('an issue', () => {
  it('has labels, assignees, a milestone, a lock and a state', async () => {
    expect(await read(`${REPO}/issues/5`)).toMatchObject({
      number: 5,
      user: { login: 'mona' },
      labels: [{ name: 'bug' }, { name: 'water' }],
      assignees: [{ login: 'lisa' }],
      milestone: { title: 'v1' },
      locked: true,
      state: 'open',
    });
    expect(await read(`${REPO}/issues/6`)).toMatchObject({ state: 'closed' });
  });

  it('has comments of people and of the bot, with reactions', async () => {
    expect(await read(`${REPO}/issues/5/comments`)).toMatchObject([
      { body: 'Still dry', user: { login: 'mona' } },
      { body: 'Noted', user: { login: 'hookmint[bot]' } },
    ]);
    const [first] = (await read(`${REPO}/issues/5/comments`)) as { id: number }[];
    expect(await read(`${REPO}/issues/comments/${first?.id}/reactions`)).toMatchObject([
      { content: 'eyes', user: { login: 'lisa' } },
    ]);
  });

  it('takes reactions of the bot once, and gives them up', async () => {
    const path = `${REPO}/issues/5/reactions`;
    expect(await ask('POST', path, { content: 'nonsense' })).toMatchObject({ status: 422 });
    const made = await ask('POST', path, { content: 'rocket' });
    expect(made).toMatchObject({
      status: 201,
      body: { content: 'rocket', user: { login: 'hookmint[bot]' } },
    });
    expect(await ask('POST', path, { content: 'rocket' })).toMatchObject({ status: 200 });
    expect(await read(`${path}?content=rocket`)).toHaveLength(1);
    expect(await read(path)).toHaveLength(2);
    expect(await ask('DELETE', `${path}/${String(at(made.body, 'id'))}`)).toMatchObject({ status: 204 });
    expect(await read(path)).toHaveLength(1);
    expect(await ask('POST', `${REPO}/issues/404/reactions`, { content: 'rocket' })).toMatchObject({
      status: 404,
    });
  });

  it('is assigned to those who are known, and to nobody else', async () => {
    const { status, body } = await ask('POST', `${REPO}/issues/6/assignees`, {
      assignees: ['mona', 'stranger'],
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ assignees: [{ login: 'mona' }] });
    const after = await ask('DELETE', `${REPO}/issues/6/assignees`, { assignees: ['mona'] });
    expect(after.body).toMatchObject({ assignees: [] });
  });

  it('is locked and unlocked', async () => {
    expect(await ask('PUT', `${REPO}/issues/6/lock`, { lock_reason: 'spam' })).toMatchObject({ status: 204 });
    expect(await read(`${REPO}/issues/6`)).toMatchObject({ locked: true, active_lock_reason: 'spam' });
    expect(await ask('DELETE', `${REPO}/issues/6/lock`)).toMatchObject({ status: 204 });
    expect(await read(`${REPO}/issues/6`)).toMatchObject({ locked: false });
  });
});

describe('a pull request', () => {
  it('has labels and requested reviewers', async () => {
    expect(await read(`${REPO}/pulls/9`)).toMatchObject({
      number: 9,
      labels: [{ name: 'bug' }],
      requested_reviewers: [{ login: 'mona' }],
    });
  });

  it('is assigned, locked, and given to other reviewers', async () => {
    await ask('POST', `${REPO}/issues/9/assignees`, { assignees: ['lisa'] });
    expect(await ask('PUT', `${REPO}/issues/9/lock`, {})).toMatchObject({ status: 204 });
    const path = `${REPO}/pulls/9/requested_reviewers`;
    expect(await ask('POST', path, { reviewers: ['hubot'] })).toMatchObject({ status: 201 });
    await ask('DELETE', path, { reviewers: ['mona'] });
    expect(await read(`${REPO}/pulls/9`)).toMatchObject({
      assignees: [{ login: 'lisa' }],
      locked: true,
      requested_reviewers: [{ login: 'hubot' }],
    });
    const refused = await ask('POST', path, { reviewers: ['stranger'] });
    expect([refused.status, at(refused.body, 'message')]).toEqual([
      422,
      'Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the octo-org/garden repository.',
    ]);
  });
});

describe('a repository', () => {
  it('has files, also in a folder', async () => {
    for (const [path, text] of [
      ['README.md', '# Garden\n'],
      ['.github/app.yml', 'greet: true\n'],
    ] as const) {
      const content = String(at(await read(`${REPO}/contents/${path}`), 'content'));
      expect(Buffer.from(content, 'base64').toString()).toBe(text);
    }
    expect(await ask('GET', `${REPO}/contents/none.md`)).toMatchObject({ status: 404 });
    expect(await read(`${REPO}/contents/`)).toMatchObject([{ name: '.github' }, { name: 'README.md' }]);
  });

  it('has branches and milestones', async () => {
    expect(await read(`${REPO}/branches/release/1`)).toMatchObject({ name: 'release/1' });
    expect(await read(`${REPO}/milestones?state=all`)).toMatchObject([
      { title: 'v1', state: 'open' },
      { title: 'v0', state: 'closed' },
    ]);
  });

  it('knows who may do what', async () => {
    const levels = [];
    for (const login of ['mona', 'lisa', 'hubot', 'codertocat', 'octo-org', 'hookmint[bot]']) {
      const { body } = await ask('GET', `${REPO}/collaborators/${encodeURIComponent(login)}/permission`);
      levels.push([login, at(body, 'permission'), at(body, 'role_name')]);
    }
    expect(levels).toEqual([
      ['mona', 'read', 'triage'],
      ['lisa', 'write', 'write'],
      ['hubot', 'read', 'read'],
      ['codertocat', 'admin', 'admin'],
      ['octo-org', 'admin', 'admin'],
      ['hookmint[bot]', 'none', 'none'],
    ]);
    expect(await ask('GET', `${REPO}/collaborators/stranger/permission`)).toMatchObject({ status: 404 });
    expect(await ask('GET', `${REPO}/collaborators/mona`)).toMatchObject({ status: 204 });
    expect(await ask('GET', `${REPO}/assignees/hubot`)).toMatchObject({ status: 204 });
  });

  it('has statuses, of which the newest of each context counts', async () => {
    const combined = await read(`${REPO}/commits/${SHA}/status`);
    expect(combined).toMatchObject({ state: 'success', sha: SHA, total_count: 1 });
    const made = await ask('POST', `${REPO}/statuses/${HEAD}`, { state: 'failure', context: 'lint' });
    expect(made).toMatchObject({ status: 201, body: { creator: { login: 'hookmint[bot]' } } });
    expect(await read(`${REPO}/commits/${HEAD}/statuses`)).toMatchObject([{ context: 'lint' }]);
    expect(await read(`${REPO}/commits/${HEAD}/status`)).toMatchObject({ state: 'failure' });
    const nowhere = await ask('POST', `${REPO}/statuses/${'b'.repeat(40)}`, { state: 'success' });
    expect([nowhere.status, at(nowhere.body, 'message')]).toEqual([
      422,
      `No commit found for SHA: ${'b'.repeat(40)}`,
    ]);
  });
});

describe('an organization', () => {
  it('has members and teams', async () => {
    expect(await read('/orgs/octo-org/members')).toMatchObject([{ login: 'hubot' }, { login: 'codertocat' }]);
    expect(await ask('GET', '/orgs/octo-org/members/mona')).toMatchObject({ status: 404 });
    expect(await read('/orgs/octo-org/memberships/codertocat')).toMatchObject({
      role: 'admin',
      state: 'active',
    });
    expect(await read('/orgs/octo-org/teams')).toMatchObject([{ slug: 'gardeners', name: 'Gardeners' }]);
    expect(await read('/orgs/octo-org/teams/gardeners/members')).toMatchObject([{ login: 'hubot' }]);
    expect(await read('/orgs/octo-org/teams/gardeners/memberships/hubot')).toMatchObject({
      role: 'maintainer',
    });
    const path = '/orgs/octo-org/teams/gardeners/memberships/lisa';
    expect(await ask('GET', path)).toMatchObject({ status: 404 });
    expect(await ask('PUT', path, { role: 'member' })).toMatchObject({ status: 200 });
    expect(await ask('GET', path)).toMatchObject({ body: { role: 'member' } });
    expect(await ask('DELETE', path)).toMatchObject({ status: 204 });
  });
});
