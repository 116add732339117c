/** `npm start` takes up what changes in the files of the app. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readGrants } from '../../cli/grants/read-grants.ts';
import { readFixture, toSignedRequest } from '../../local/fixtures/fixtures.ts';
import { readRecordedRoutes } from '../../local/runs/recorded-routes.ts';
import { runIn } from '../cli/run.ts';
import { makeProject, type LocalProject, type LocalServer } from '../harness/local-project.ts';

let project: LocalProject;
let server: LocalServer;
beforeAll(async () => {
  project = await makeProject();
  await project.write(LONELY, LONELY_HANDLER);
  server = await project.start();
});
afterAll(() => project.remove());

const HANDLER = 'functions/handlers/issues-opened.ts';
const WORLD = 'functions/fixtures/world.json';

/** No line of the table names it. */
const LONELY = 'functions/handlers/lonely.ts';
const LONELY_HANDLER = `import { defineHandler } from 'hookmint';
export default defineHandler('push', { permissions: {}, handle() {} });
`;

/** Changes one file, and waits until the server has told what it made of that: nothing is under way any more then. */
const change = async (file: string, text: string, told = `${file}: taken up`): Promise<void> => {
  const from = server.output().length;
  await project.write(file, text);
  await server.until(told, from);
};

/** @returns The handler's code with these lines at the beginning of what it does. */
const withLines = (code: string, lines: string): string =>
  code.replace(/async handle\(.*\{$/m, `$&\n    ${lines}`);

/** Sends the recorded delivery as GitHub would. @returns The status with the answer. */
const trigger = async (id: string = randomUUID(), secret?: string): Promise<string> => {
  const fixture = await readFixture(join(project.folder, 'functions/fixtures/issues-opened-first-time.json'));
  const signed = { secret: secret ?? (await project.read('.hookmint/webhook-secret')), id };
  const response = await fetch(server.url, { method: 'POST', ...toSignedRequest(fixture, signed) });
  return `${response.status}  ${await response.text()}`;
};

/** @returns All that was told of a delivery. */
const storyOf = async (id: string): Promise<string> => {
  await server.until(id);
  await server.until('\n\n', server.output().indexOf(id));
  return (
    server
      .output()
      .split('\n\n')
      .find((part) => part.includes(id)) ?? ''
  );
};

it('says at the start, and at each change, of a handler that no line of the table names', async () => {
  const warning = `${LONELY} has a handler that functions/handlers/index.ts does not name: add a line for it.`;
  expect(server.output()).toContain(warning);
  const from = server.output().length;
  await change(LONELY, LONELY_HANDLER, `${LONELY}: not taken up`);
  expect(server.output().slice(from)).toContain(warning);
  const left = server.output().length;
  await rm(join(project.folder, LONELY));
  await server.until('taken up', left);
  expect(server.output().slice(left)).not.toContain(warning);
});

it('takes up a handler', async () => {
  const code = await project.read(HANDLER);
  const id = randomUUID();
  await change(HANDLER, withLines(code, "throw new Error('the new code');"));
  expect(await trigger(id)).toMatch(/500 {2}/);
  expect(await storyOf(id)).toContain('the new code');
  await change(HANDLER, code);
  expect(await trigger()).toMatch(/200 {2}/);
});

it('keeps which routes a handler called, for hookmint grants', async () => {
  const code = await project.read(HANDLER);
  const calls = `const route = ['GET /repos/octo-org/widgets', 'commits'].join('/');
    await github.request(route as never);`;
  await change(HANDLER, withLines(code, calls));
  expect(await trigger()).toMatch(/500 {2}/);
  await expect
    .poll(() => readRecordedRoutes(project.folder))
    .toContainEqual(
      expect.objectContaining({ handler: 'issues.opened', route: 'GET /repos/{owner}/{repo}/commits' }),
    );
  const grants = await readGrants({ app: project.folder });
  expect(grants.find(({ handler }) => handler === 'issues.opened')?.missing).toEqual({ contents: 'read' });
  await change(HANDLER, code);
});

it('tells a handler the settings that it declares, from .env, and says which are missing', async () => {
  const code = await project.read(HANDLER);
  const from = server.output().length;
  const id = randomUUID();
  const settings = "settings: { NOTIFY_URL: 'text', NOTIFY_TOKEN: 'secret' },";
  const declaring = code.replace('async handle({', `${settings}\n  async handle({ settings,`);
  await change(
    HANDLER,
    withLines(declaring, 'throw new Error(Object.values(settings).join());'),
    'The last good build goes on.',
  );
  for (const missing of [
    'NOTIFY_URL is missing: handlers declare it as a text. Write it into .env',
    'NOTIFY_TOKEN is missing: handlers declare it as a secret. Write it into .env',
  ])
    expect(server.output().slice(from)).toContain(missing);
  await change('.env', 'NOTIFY_URL=http://chat.example\nNOTIFY_TOKEN=s3cret\n');
  expect(await trigger(id)).toMatch(/500 {2}/);
  expect(await storyOf(id)).toContain('http://chat.example,[redacted]');
  await change(HANDLER, code);
  await change('.env', '', '.env: ');
});

it('goes on with the last good build where the new code is no good, and says what is wrong', async () => {
  const code = await project.read(HANDLER);
  const from = server.output().length;
  await change(HANDLER, `${code}\nconst five: number = 5 +;\n`, 'The last good build goes on.');
  expect(server.output().slice(from)).toMatch(/Unexpected ";"[^]*issues-opened\.ts:\d+/);
  expect(await trigger()).toMatch(/200 {2}/);
  await change(HANDLER, code);
});

it('takes up world.json, and keeps what handlers made at GitHub', async () => {
  const world = JSON.parse(await project.read(WORLD));
  const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
  world.responses = { [route]: { status: 503, body: { message: 'written in world.json' } } };
  await change(WORLD, JSON.stringify(world));
  expect(await trigger()).toMatch(/50[02] {2}/);
  delete world.responses;
  await change(WORLD, JSON.stringify(world));
  // The comment of the first delivery is there: the handler sees it, and writes no other.
  const id = randomUUID();
  expect(await trigger(id)).toMatch(/200 {2}.*"outcome":"handled"/);
  expect(await storyOf(id)).not.toContain('POST   /repos');
});

it('says what is wrong with world.json, and keeps the GitHub of before', async () => {
  const from = server.output().length;
  const world = await project.read(WORLD);
  await change(WORLD, '{ "app": ', 'The GitHub of before goes on.');
  expect(server.output().slice(from)).toContain('world.json is no JSON');
  await change(WORLD, world);
});

it('sends a recorded delivery that was changed', async () => {
  const push = 'functions/fixtures/push.json';
  const from = server.output().length;
  const text = await project.read(push);
  await change(push, text.replaceAll('octo-org/widgets', 'octo-org/gadgets'), 'push.json');
  expect(server.output().slice(from)).toMatch(/push {2}octo-org\/gadgets/);
});

it('takes up .env: another webhook secret, another LOG_LEVEL', async () => {
  await change('.env', 'GITHUB_WEBHOOK_SECRET=another\nLOG_LEVEL=error\n');
  expect(await trigger(randomUUID(), 'another')).toMatch(/200 {2}/);
  const from = server.output().length;
  await change('.env', 'LOG_LEVEL=loud\n', 'What was set before goes on.');
  expect(server.output().slice(from)).toContain('LOG_LEVEL is none of');
  await change('.env', '');
});

it('knows after a restart what was handled before', async () => {
  const id = 'a7b41f0e-0000-4000-8000-000000000001';
  expect(await trigger(id)).toContain('"outcome":"handled"');
  await server.stop('SIGINT');
  server = await project.start();
  expect((await runIn(project.folder, ['deliveries', '--json'])).stdout).toContain(id);
  expect(await trigger(id)).toContain('"outcome":"duplicate"');
  // The recorded ones begin anew, as the stand-in for GitHub does, but for its log.
  expect(server.output()).toMatch(/200 handled[^\n]*\n +23a1fd33-35bb-11f1-8839-c6667a27df1d/);
});
