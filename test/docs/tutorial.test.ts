/** Who follows the README, word for word, in an app gets a handler that compiles, and a test that is green. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { PROJECT } from '../harness/build.ts';
import { copyProject, type LocalProject } from '../harness/local-project.ts';
import { TUTORIAL, TUTORIAL_FILES, withTutorialLine } from './tutorial.ts';

const TABLE = 'functions/handlers/index.ts';
const TEST = 'functions/handlers/issue-comment-triage.test.ts';
const LABEL = "labels: ['triage']";

/** A compiler and a test runner, each a process of its own: how long they take says nothing of the tutorial. */
const TOOLS_TIMEOUT_MS = 240_000;

vi.setConfig({ testTimeout: TOOLS_TIMEOUT_MS });

/** What an app has in its place: handlers and entry points alone, and the package by its name. */
const TSCONFIG = { extends: './tsconfig.json', include: ['functions'] };
const toVitestConfig = (root: string): string => `export default {
  resolve: {
    alias: [
      { find: /^hookmint$/, replacement: '${root}/lib/index.ts' },
      { find: /^hookmint\\/(\\w+)$/, replacement: '${root}/lib/$1/index.ts' },
    ],
  },
};`;

let project: LocalProject;

beforeAll(async () => {
  project = await copyProject();
  for (const [file, text] of Object.entries(TUTORIAL)) await project.write(file, text);
  await project.write(TABLE, withTutorialLine(await project.read(TABLE)));
  await project.write('tsconfig.app.json', JSON.stringify(TSCONFIG));
  await project.write('vitest.config.mjs', toVitestConfig(project.folder));
});
afterAll(() => project.remove());

it('writes a handler, its delivery and its test', () => {
  expect(TUTORIAL_FILES).toEqual([
    'functions/handlers/issue-comment-triage.ts',
    'functions/fixtures/issue-comment-created.json',
    'functions/handlers/issue-comment-triage.test.ts',
  ]);
});

it('compiles', async () => {
  expect(await runTool('tsc', '-p', 'tsconfig.app.json')).toEqual({ code: 0, output: '' });
});

it('passes its own test', async () => {
  const { code, output } = await runTool('vitest', 'run', '--reporter=verbose', TEST);
  expect(output).toContain('✓ functions/handlers/issue-comment-triage.test.ts');
  expect({ code, output }).toMatchObject({ code: 0 });
});

it('fails its own test where the handler does something else', async () => {
  const [file = ''] = TUTORIAL_FILES;
  const handler = TUTORIAL[file] ?? '';
  await project.write(file, handler.replace(LABEL, "labels: ['other']"));
  const { code, output } = await runTool('vitest', 'run', TEST);
  await project.write(file, handler);
  expect(output).toContain('other');
  expect(code).toBe(1);
});

it('is built, under the name of its event', async () => {
  const { code, output } = await project.run('build');
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(output).toContain('issue_comment.created');
});

async function runTool(tool: string, ...args: readonly string[]) {
  const bin = join(PROJECT, 'node_modules', '.bin', tool);
  const env = { ...process.env, NO_COLOR: '1' };
  return promisify(execFile)(bin, args, { cwd: project.folder, env })
    .then(({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }))
    .catch(({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      output: stdout + stderr,
    }));
}
