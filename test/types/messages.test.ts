/** What the compiler says to people who write a handler that is wrong: one error each, in these words. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PROJECT } from '../harness/build.ts';

const HEAD = `import { defineHandler, defineHandlers } from 'hookmint';
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
];

let folder: string;
let errors: readonly string[];

beforeAll(async () => {
  await mkdir(join(PROJECT, '.hookmint'), { recursive: true, mode: 0o700 });
  folder = await mkdtemp(join(PROJECT, '.hookmint', 'messages-'));
  await Promise.all(
    WRONG.map(({ code }, index) =>
      writeFile(
        join(folder, `wrong-${index}.ts`),
        `${HEAD}\nexport const x = ${code}\nvoid [push, opened, defineHandlers];`,
      ),
    ),
  );
  const config = { extends: '../../tsconfig.json', include: ['wrong-*.ts'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(PROJECT, 'node_modules', '.bin', 'tsc');
  const output = await new Promise<string>((resolve) => {
    execFile(tsc, ['-p', folder], { maxBuffer: 1e8, cwd: folder }, (_, stdout) => resolve(stdout));
  });
  // A diagnostic begins at the edge; what explains it is indented.
  errors = output.split(/\n(?=\S)/);
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

it.each(WRONG)('$name is one error, which says so', ({ name, says }) => {
  const file = `wrong-${WRONG.findIndex((each) => each.name === name)}.ts`;
  const found = errors.filter((error) => error.startsWith(`${file}(`));
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(says);
});
