/** What people are told who write a handler that is wrong, by the compiler and by the build: one error each, in these words. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkHandlers } from '../../lib/build/check-handlers.ts';
import type { Handler, HandlerTable } from '../../lib/dispatch/define-handler.ts';
import { PROJECT } from '../harness/build.ts';

const HEAD = `import { defineHandler, defineHandlers, giveUp, retry, skip } from 'hookmint';
const push = defineHandler('push', { permissions: {}, handle() {} });
const opened = defineHandler('issues.opened', { permissions: {}, handle() {} });`;

const WRONG = [
  {
    name: 'an event that GitHub does not have',
    code: `defineHandler('issue.opened', { permissions: { issues: 'write' }, async handle({ github, payload, log }) {
      log.info(payload.issue.title);
      await github.request('GET /repos/{owner}/{repo}/issues', { owner: 'octo-org', repo: payload.repository.name });
    } });`,
    says: "no such event: 'issue.opened'. Did you mean 'issues.opened'?",
  },
  {
    name: 'an action that GitHub does not have',
    code: `defineHandler('pull_request.open', { permissions: {}, handle({ payload }) { void payload.number; } });`,
    says: "no such event: 'pull_request.open'. Did you mean 'pull_request.opened'?",
  },
  {
    name: 'an event that is like none',
    code: `defineHandler('deployed', { permissions: {}, handle({ payload }) { void payload.any.thing; } });`,
    says: "no such event: 'deployed'",
  },
  {
    name: 'one of several events that GitHub does not have',
    code: `defineHandler(['issues.opened', 'issues.edted'], { name: 'x', permissions: {}, handle() {} });`,
    says: "no such event: 'issues.edted'. Did you mean 'issues.edited'?",
  },
  {
    name: 'several events without a name',
    code: `defineHandler(['issues.opened', 'issues.edited'], { permissions: {}, handle() {} });`,
    says: "Property 'name' is missing",
  },
  {
    name: 'a client where no permission is declared',
    code: `defineHandler('issues.opened', { permissions: {}, async handle({ github }) { await github.graphql(''); } });`,
    says: "Property 'github' does not exist on type 'ContextWithoutToken<\"issues.opened\">'",
  },
  {
    name: 'a permission that GitHub does not have',
    code: `defineHandler('push', { permissions: { issue: 'write' }, async handle({ github }) {
      await github.request('POST /repos/{owner}/{repo}/issues', { owner: 'octo-org', repo: 'x', title: 'x' });
      await github.rest.issues.lock({ owner: 'octo-org', repo: 'x', issue_number: 1 });
      await github.paginate('GET /repos/{owner}/{repo}/issues', { owner: 'octo-org', repo: 'x' });
    } });`,
    says: "Did you mean to write 'issues'?",
  },
  {
    name: 'a level that GitHub does not have',
    code: `defineHandler('push', { permissions: { issues: 'rite' }, async handle({ github }) {
      await github.rest.issues.lock({ owner: 'octo-org', repo: 'x', issue_number: 1 });
    } });`,
    says: `Did you mean '"write"'?`,
  },
  {
    name: 'a permission that GitHub does not have beside one that it has',
    code: `defineHandler('push', { permissions: { issues: 'read', pull_request: 'write' }, async handle({ github }) {
      await github.rest.pulls.update({ owner: 'octo-org', repo: 'x', pull_number: 1 });
    } });`,
    says: "no such permission: 'pull_request'. Did you mean 'pull_requests'?",
  },
  {
    name: 'a key that GitHub does not have',
    code: `defineHandlers({ 'issues.opend': () => Promise.resolve({ default: opened }) });`,
    says: "no such event: 'issues.opend'. Did you mean 'issues.opened'?",
  },
  {
    name: 'a module under another key',
    code: `defineHandlers({ 'issues.opened': () => Promise.resolve({ default: push }) });`,
    says: "this module handles 'push': under 'issues.opened' its event must be 'issues.opened' or broader",
  },
  {
    name: 'a module that is narrower than its key',
    code: `defineHandlers({ issues: [() => Promise.resolve({ default: opened })] });`,
    says: "this module handles 'issues.opened': under 'issues' its event must be 'issues' or broader",
  },
  {
    name: 'repositories of a bare payload',
    code: `defineHandler('push', { permissions: { contents: 'read' }, repositories: (payload) => [payload.repository.id], handle() {} });`,
    says: "Property 'repository' does not exist on type '{ readonly payload: ",
  },
];

/** Handlers that are right, whatever they look like. */
const RIGHT = [
  {
    name: 'repositories of { payload }, as when has it',
    code: `defineHandler('push', { permissions: { contents: 'read' }, repositories: ({ payload }) => [payload.repository.id], handle() {} });`,
  },
  {
    name: 'what comes after skip, retry and giveUp without throw, which do not go on',
    code: `defineHandler('push', { permissions: {}, handle({ payload }) {
      const commit = payload.head_commit;
      if (commit === null) skip('nothing was pushed');
      const file = commit.added?.[0];
      if (file === undefined) retry('not there yet', 60);
      const [first] = file.split('/');
      if (first === undefined) giveUp('no folder');
      first.trim();
    } });`,
  },
];

let folder: string;
let errors: readonly string[];

beforeAll(async () => {
  await mkdir(join(PROJECT, '.hookmint'), { recursive: true, mode: 0o700 });
  folder = await mkdtemp(join(PROJECT, '.hookmint', 'messages-'));
  await Promise.all(
    [...WRONG, ...RIGHT].map(({ code }, index) =>
      writeFile(
        join(folder, `handler-${index}.ts`),
        `${HEAD}\nexport const x = ${code}\nvoid [push, opened, defineHandlers, skip, retry, giveUp];`,
      ),
    ),
  );
  const config = { extends: '../../tsconfig.json', include: ['handler-*.ts'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(PROJECT, 'node_modules', '.bin', 'tsc');
  const output = await new Promise<string>((resolve) => {
    execFile(tsc, ['-p', folder, '--singleThreaded'], { maxBuffer: 1e8, cwd: folder }, (_, stdout) =>
      resolve(stdout),
    );
  });
  // A diagnostic begins at the edge; what explains it is indented.
  errors = output.split(/\n(?=\S)/);
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

it.each(WRONG)('$name is one error, which says so', ({ name, says }) => {
  const found = findErrors(name);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(says);
  expect(found[0]).not.toMatch(/unlisted|spread/); // a way round what is right would call a typo right
});

it.each(RIGHT)('$name compiles', ({ name }) => {
  expect(findErrors(name)).toEqual([]);
});

function findErrors(name: string): readonly string[] {
  const index = [...WRONG, ...RIGHT].findIndex((each) => each.name === name);
  return errors.filter((error) => error.startsWith(`handler-${index}.ts(`));
}

const define = (event: string, permissions: Readonly<Record<string, string>> = {}): HandlerTable[string] => {
  const handler: unknown = { events: [event], name: event, permissions, settings: {}, handle() {} };
  return () => Promise.resolve({ default: handler as Handler });
};

it.each([
  {
    what: 'an event',
    table: { 'issues.opened': define('issue.opened') },
    says: "The module for 'issues.opened': 'issue.opened' is no event of GitHub's. Did you mean 'issues.opened'?",
  },
  {
    what: 'a key',
    table: { 'issues.opend': define('issues') },
    says: "A key of the handler table: 'issues.opend' is no event of GitHub's. Did you mean 'issues.opened'?",
  },
  {
    what: 'a permission',
    table: { push: define('push', { pull_request: 'write' }) },
    says: "The module for 'push': 'pull_request' is no permission of GitHub's. Did you mean 'pull_requests'?",
  },
  {
    what: 'a level',
    table: { push: define('push', { issues: 'read', contents: 'Write' }) },
    says: "The module for 'push': 'Write', for 'contents', is no level of GitHub's: those are read, write, admin. Did you mean 'write'?",
  },
])(
  '$what that GitHub does not have fails the build as well, with the nearest name',
  async ({ table, says }) => {
    await expect(checkHandlers(table)).rejects.toThrow(says);
  },
);
