/** `hookmint grants` with what recorded runs called. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type HandlerGrants, readGrants } from '../../cli/grants/read-grants.ts';
import { readRecordedRoutes, recordRoutes } from '../../local/runs/recorded-routes.ts';
import { copyProject, type LocalProject } from '../harness/local-project.ts';

const COMMITS = { method: 'GET', path: '/repos/octo-org/widgets/commits?per_page=1' }; // contents: read
const LABELS = { method: 'GET', path: '/repos/octo-org/widgets/labels' }; // issues: read
const LATER = () => new Date(Date.now() + 60_000);

/** Of the handlers in the project's table. */
async function grantsOf(name: string): Promise<HandlerGrants | undefined> {
  return (await readGrants({ app: project.folder })).find(({ handler }) => handler === name);
}

let project: LocalProject;
beforeAll(async () => {
  project = await copyProject();
  await project.write(
    'functions/handlers/index.ts',
    `export const handlers = { push: [() => import('./asks.ts'), () => import('./names.ts')] };`,
  );
  const define = (name: string, permissions: string, handle: string): string =>
    `import { defineHandler } from 'hookmint';
     import { ask } from '../ask.ts';
     export default defineHandler('push', { name: '${name}', permissions: ${permissions},
       async handle({ payload, github }) { ${handle} } });`;
  const asks = 'await ask(github, payload);';
  await project.write(
    'functions/handlers/asks.ts',
    define('asks', `{ contents: 'read', issues: 'write' }`, asks),
  );
  const names = `void ask; await github.request('GET /repos/{owner}/{repo}/commits');`;
  await project.write('functions/handlers/names.ts', define('names', `{ contents: 'read' }`, names));
  await project.write(
    'functions/ask.ts',
    `export const ask = (github: any, { route }: any) => github.request('GET ' + route);`,
  );
});
afterAll(() => project.remove());
beforeEach(() => rm(join(project.folder, '.hookmint'), { recursive: true, force: true }));

describe('readGrants', () => {
  const unknown = ['functions/ask.ts:1: github.request("GET " + route): its route is not a literal'];

  it('goes by the code alone where nothing was recorded', async () => {
    expect(await grantsOf('asks')).toMatchObject({
      needed: {},
      missing: {},
      surplus: { contents: 'read', issues: 'write' },
      unknown,
      used: [],
    });
  });

  it('counts what an unknown call called as needed, and lists the call as unknown all the same', async () => {
    await recordRoutes(project.folder, { handler: 'asks', readAt: LATER(), calls: [COMMITS, LABELS] });
    expect(await grantsOf('asks')).toMatchObject({
      needed: { contents: 'read', issues: 'read' },
      missing: {},
      surplus: { issues: 'write' },
      unknown,
      used: ['GET /repos/{owner}/{repo}/commits', 'GET /repos/{owner}/{repo}/labels'],
    });
  });

  it('tells what is missing for a call that was refused', async () => {
    const calls = [{ method: 'POST', path: '/repos/octo-org/widgets/check-runs' }];
    await recordRoutes(project.folder, { handler: 'asks', readAt: LATER(), calls });
    expect(await grantsOf('asks')).toMatchObject({ missing: { checks: 'write' } });
  });

  it('learns nothing from a route that the code names, and nothing from one that nobody documents', async () => {
    const calls = [COMMITS, { method: 'GET', path: '/brand-new' }];
    await recordRoutes(project.folder, { handler: 'names', readAt: LATER(), calls });
    expect(await grantsOf('names')).toMatchObject({ needed: { contents: 'read' }, used: [] });
  });

  it.each([
    ['handler', 'functions/handlers/asks.ts'],
    ['helper', 'functions/ask.ts'],
  ])('forgets what was recorded before its %s changed', async (_, file) => {
    await recordRoutes(project.folder, { handler: 'asks', readAt: new Date(), calls: [COMMITS] });
    expect(await grantsOf('asks')).toMatchObject({ used: ['GET /repos/{owner}/{repo}/commits'] });
    await project.write(file, await project.read(file));
    // A file of long ago that takes its place is a change as well.
    await utimes(join(project.folder, file), 1, 1);
    expect(await grantsOf('asks')).toMatchObject({ used: [] });
  });

  it('takes no handler of the same name that stands elsewhere for its own', async () => {
    const source = { handler: 'asks', module: 'functions/handlers/others.ts', readAt: LATER() };
    await recordRoutes(project.folder, { ...source, calls: [COMMITS] });
    expect(await grantsOf('asks')).toMatchObject({ used: [] });
  });
});

describe('recorded routes', () => {
  const calls = Array.from({ length: 30 }, (_, index) => ({
    method: 'GET',
    path: `/repos/octo-org/${index}/labels`,
  }));
  const folder = () => mkdtemp(join(tmpdir(), 'hookmint-routes-'));

  it('are all there, whole, after many wrote them at the same time', async () => {
    const at = await folder();
    const handlers = Array.from({ length: 20 }, (_, index) => `handler ${index}`);
    const work = [...handlers, ...handlers].map((handler, index) =>
      recordRoutes(at, { handler, readAt: new Date(1000 + index), calls: [...calls, COMMITS] }),
    );
    await Promise.all(work);
    const read = await readRecordedRoutes(at);
    expect(read.map(({ handler, route }) => `${handler} ${route}`).toSorted()).toEqual(
      handlers
        .flatMap((handler) =>
          ['commits', 'labels'].map((what) => `${handler} GET /repos/{owner}/{repo}/${what}`),
        )
        .toSorted(),
    );
    await rm(at, { recursive: true });
  });

  it.each([
    { how: 'one after the other', isAtOnce: false },
    { how: 'at the same time', isAtOnce: true },
  ])('are those of the newest code, in whichever order they come, $how', async ({ isAtOnce }) => {
    const at = await folder();
    const work: Promise<void>[] = [];
    for (let ms = 2000; ms > 1970; ms -= 1) {
      work.push(recordRoutes(at, { handler: 'one', readAt: new Date(ms), calls: [LABELS] }));
      if (!isAtOnce) await Promise.all(work);
    }
    await Promise.all(work);
    expect(await readdir(join(at, '.hookmint/routes'))).toHaveLength(1);
    expect(await readRecordedRoutes(at)).toEqual([
      { handler: 'one', route: 'GET /repos/{owner}/{repo}/labels', readAt: new Date(2000) },
    ]);
    await rm(at, { recursive: true });
  });

  it('hold nothing of a path but its route, and nothing half written is read', async () => {
    const at = await folder();
    await recordRoutes(at, { handler: 'one', readAt: new Date(1000), calls: [COMMITS] });
    const [file = '', ...more] = await readdir(join(at, '.hookmint/routes'));
    expect(more).toEqual([]);
    await writeFile(join(at, '.hookmint/routes', `${'0'.repeat(32)}.1.json`), '{"handler":"o');
    expect(await readRecordedRoutes(at)).toHaveLength(1);
    expect(file).not.toContain('octo-org');
    await rm(at, { recursive: true });
  });

  it('cost a run nothing where the folder cannot be written', async () => {
    const at = join(await folder(), 'a-file');
    await writeFile(at, '');
    const recorded = { handler: 'one', readAt: new Date(1000), calls: [COMMITS] };
    await recordRoutes(at, recorded);
    expect(await readRecordedRoutes(at)).toEqual([]);
    // And once it can be written, the same run keeps them.
    await rm(at);
    await recordRoutes(at, recorded);
    expect(await readRecordedRoutes(at)).toHaveLength(1);
    await rm(at, { recursive: true });
  });
});

describe('run() of hookmint/testing', () => {
  it('records what a handler of the app called, and of none that stands in a test', async () => {
    await project.write(
      'functions/handlers/asks.test.ts',
      `import { defineHandler } from 'hookmint';
       import { run } from 'hookmint/testing';
       import asks from './asks.ts';
       const repository = { id: 186853002, name: 'widgets', full_name: 'octo-org/widgets', owner: { login: 'octo-org' } };
       const payload = { ref: 'x', route: '/repos/octo-org/widgets/commits', repository, installation: { id: 51230417 } };
       const own = defineHandler('push', { name: 'asks', permissions: { issues: 'read' },
         handle: async ({ github }) => void (await github.request('GET /repos/octo-org/widgets/labels')) });
       for (const handler of [asks, own]) {
         const granted = { contents: 'read', issues: 'write' };
         const { calls } = await run(handler, { event: 'push', payload }, { granted });
         console.log(calls.length);
       }`,
    );
    const args = ['--conditions', 'hookmint-source', '--import', 'tsx', 'functions/handlers/asks.test.ts'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: project.folder });
    expect(stdout).toBe('1\n1\n');
    expect(await readRecordedRoutes(project.folder)).toEqual([
      {
        handler: 'asks',
        module: 'functions/handlers/asks.ts',
        route: 'GET /repos/{owner}/{repo}/commits',
        readAt: expect.any(Date),
      },
    ]);
    expect(await grantsOf('asks')).toMatchObject({ used: ['GET /repos/{owner}/{repo}/commits'] });
  });
});
