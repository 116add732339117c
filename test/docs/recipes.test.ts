/** The handlers of the documentation: the pages show them as they are, and they do what the pages say. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from 'hookmint/testing';
import { describe, expect, it } from 'vitest';
import { listen } from '../../local/http/server.ts';
import closeByConfig from './recipes/close-by-config.ts';
import labelCommand from './recipes/label-command.ts';
import labelDocs from './recipes/label-docs.ts';
import notifyRelease from './recipes/notify-release.ts';

const ROOT = join(import.meta.dirname, '../..');

it.each([
  { page: 'recipes.md', recipe: 'label-command.ts' },
  { page: 'recipes.md', recipe: 'notify-release.ts' },
  { page: 'recipes.md', recipe: 'label-docs.ts' },
  { page: 'from-probot.md', recipe: 'close-by-config.ts' },
])('docs/$page shows $recipe as it is', async ({ page, recipe }) => {
  const code = await readFile(join(ROOT, 'test/docs/recipes', recipe), 'utf8');
  expect(await readFile(join(ROOT, 'docs', page), 'utf8')).toContain(code);
});

const repository = {
  id: 9,
  name: 'pump',
  full_name: 'acme/pump',
  private: true,
  owner: { login: 'acme', id: 8, type: 'Organization' },
};
const about = { repository, installation: { id: 44 }, sender: { login: 'mona', id: 7, type: 'User' } };
const issue = { number: 3, title: 'It leaks', user: { login: 'mona', id: 7 } };
const repositories = [
  { id: 9, full_name: 'acme/pump', private: true, issues: [{ number: 3, title: 'It leaks' }] },
];

describe('/label NAME', () => {
  const comment = (body: string, sender = about.sender) => ({
    event: 'issue_comment',
    payload: {
      ...about,
      sender,
      action: 'created',
      issue,
      comment: { id: 1, body, user: { login: 'mona', id: 7 } },
    },
  });
  const world = (level: 'read' | 'triage' | 'write' | 'maintain' | 'admin') => ({
    repositories: repositories.map((each) => ({ ...each, collaborators: { mona: level } })),
  });

  it.each(['read', 'triage'] as const)('is refused to somebody who may %s', async (level) => {
    const { outcome, reason, calls } = await run(labelCommand, comment('/label bug'), {
      world: world(level),
    });
    expect({ outcome, reason }).toEqual({ outcome: 'skipped', reason: 'mona may not label' });
    expect(calls.map(({ method }) => method)).toEqual(['GET']);
  });

  it.each(['write', 'maintain', 'admin'] as const)('labels for somebody who may %s', async (level) => {
    const { outcome, calls } = await run(labelCommand, comment('Indeed.\n/label needs help'), {
      world: world(level),
    });
    expect(outcome).toBe('handled');
    expect(calls.at(-1)).toEqual({
      method: 'POST',
      path: '/repos/acme/pump/issues/3/labels',
      body: { labels: ['needs help'] },
      status: 200,
    });
  });

  it.each([
    { name: 'another comment', given: comment('What about /label bug?') },
    { name: 'a bot', given: comment('/label bug', { ...about.sender, type: 'Bot' }) },
  ])('leaves $name alone', async ({ given }) => {
    expect(await run(labelCommand, given)).toMatchObject({ outcome: 'ignored', calls: [] });
  });
});

describe('the notifier', () => {
  const published = {
    event: 'release',
    payload: { ...about, action: 'published', release: { tag_name: 'v1' } },
  };

  async function notify(status: number) {
    const asked: unknown[] = [];
    const chat = await listen(async ({ body, headers }) => {
      asked.push({ body, authorization: headers.authorization });
      return { status, headers: {} };
    });
    try {
      const settings = { NOTIFY_URL: chat.url, NOTIFY_TOKEN: 'of-the-chat' };
      return { ...(await run(notifyRelease, published, { settings })), asked };
    } finally {
      await chat.close();
    }
  }

  it('tells the chat, with its token, and needs none of GitHub’s', async () => {
    const { outcome, asked, token } = await notify(204);
    expect(outcome).toBe('handled');
    expect(token).toBeUndefined();
    expect(asked).toEqual([{ body: 'acme/pump v1 is out', authorization: 'Bearer of-the-chat' }]);
  });

  it.each([
    { status: 429, reason: 'handler_retry: the chat wants less' },
    { status: 500, reason: 'handler_error' },
  ])('is tried again where the chat answers $status', async ({ status, reason }) => {
    expect(await notify(status)).toMatchObject({ outcome: 'failed', reason });
  });
});

describe('the label for documentation', () => {
  const opened = {
    event: 'pull_request',
    payload: {
      ...about,
      action: 'opened',
      number: 4,
      pull_request: { number: 4, title: 'Docs', head: { sha: 'a'.repeat(40) } },
    },
  };
  const world = (last: string) => ({
    repositories: [
      {
        id: 9,
        full_name: 'acme/pump',
        private: true,
        pulls: [
          {
            number: 4,
            title: 'Docs',
            head: { ref: 'docs', sha: 'a'.repeat(40) },
            files: [...Array.from({ length: 120 }, (_, index) => `docs/${index}.md`), last].map(
              (filename) => ({ filename }),
            ),
          },
        ],
      },
    ],
  });

  it('is set where every file is documentation, on all pages', async () => {
    const { outcome, calls } = await run(labelDocs, opened, { world: world('docs/last.md') });
    expect(outcome).toBe('handled');
    expect(calls.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST']);
  });

  it('is not set where the last of 121 files is code', async () => {
    const { calls } = await run(labelDocs, opened, { world: world('src/last.ts') });
    expect(calls.map(({ method }) => method)).toEqual(['GET', 'GET']);
  });
});

describe("Probot's own example of context.config", () => {
  const opened = { event: 'issues', payload: { ...about, action: 'opened', issue } };
  const world = (config: string) => ({
    repositories: repositories.map((each) => ({ ...each, files: { '.github/myapp.yml': config } })),
  });

  it('closes an issue with the comment of the file', async () => {
    const config = 'close: true\ncomment: Check the specs on the rotary girder.\n';
    const { calls } = await run(closeByConfig, opened, { world: world(config) });
    expect(calls.slice(1).map(({ method, body }) => ({ method, body }))).toEqual([
      { method: 'POST', body: { body: 'Check the specs on the rotary girder.' } },
      { method: 'PATCH', body: { state: 'closed' } },
    ]);
  });

  it('leaves it open where the file does not say so', async () => {
    const { outcome, calls } = await run(closeByConfig, opened, { world: world('comment: Hello\n') });
    expect(outcome).toBe('handled');
    expect(calls).toHaveLength(1);
  });
});
