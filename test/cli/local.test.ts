/** The commands without a stage and without an App: they work on what `npm start` runs in the same folder. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseJson, toObject } from '../../lib/json/json.ts';
import { loadFixture } from '../harness/deliver.ts';
import { makeProject, type LocalProject } from '../harness/local-project.ts';
import { runIn } from './run.ts';
import { expectJson } from './schemas.ts';

const GUID = String(loadFixture('issues-opened-by-member').headers['X-GitHub-Delivery']);

let project: LocalProject;
beforeAll(async () => {
  project = await makeProject();
  await project.start({}, ['--queued']);
}, 60_000);
afterAll(() => project.remove());

const run = async (command: string, ...args: string[]) => {
  const { code, stdout, stderr } = await runIn(project.folder, [command, ...args, '--json']);
  return { code, value: parseJson(stdout) === undefined ? stdout + stderr : expectJson(command, stdout) };
};

it('deliveries lists what the stand-in of GitHub sent', async () => {
  const { code, value } = await run('deliveries', '--event', 'issues.opened');
  expect(code).toBe(0);
  expect(value).toEqual(expect.arrayContaining([expect.objectContaining({ guid: GUID, statusCode: 202 })]));
});

it('show asks everybody, the file of the functions’ lines among them', async () => {
  const { code, value } = await run('show', GUID);
  const { sources, handlers, queue } = toObject(value);
  expect({ code, sources }).toEqual({
    code: 0,
    sources: ['github', 'logs', 'handlers', 'ledger', 'queue'].map((name) => ({
      name,
      ok: true,
      problem: null,
    })),
  });
  expect(handlers).toMatchObject([{ name: 'issues.opened', runs: [{}] }]);
  expect(queue).toEqual({ visible: 0, hidden: 0 });
});

it('account misses nothing, and redrive finds the queue', async () => {
  expect(await run('account')).toMatchObject({ code: 0, value: { missing: 0, dead: 0 } });
  expect(await run('redrive', '--dry-run')).toMatchObject({ code: 0, value: { letters: [] } });
});

it('the doctor finds nothing wrong, and installations are listed', async () => {
  const { code, value } = await run('doctor');
  const checks: unknown = toObject(value)['checks'];
  expect({ code, checks }).toEqual({
    code: 0,
    checks: expect.not.arrayContaining([expect.objectContaining({ status: 'fail' })]),
  });
  expect(await run('installations')).toMatchObject({ code: 0, value: [{ account: 'octo-org' }, {}] });
});

it('record writes a fixture of it, and redeliver has it sent again', async () => {
  expect(await run('record', GUID, '--name', 'recorded')).toMatchObject({
    code: 0,
    value: { file: 'functions/fixtures/recorded.json', event: 'issues.opened' },
  });
  expect(await run('redeliver', GUID)).toMatchObject({ code: 0, value: { guid: GUID, handler: null } });
});
