/**
 * The life of an app: made, installed, packaged, started; the README followed, word for word; a newer package taken;
 * tested; the samples thrown out. One app for all of it, for to install one takes a while: the tests go on from each
 * other.
 */
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signBody } from '../../local/fixtures/sign.ts';
import { TUTORIAL, TUTORIAL_FILES, withTutorialLine } from '../docs/tutorial.ts';
import { startDeployment } from '../harness/deployment.ts';
import {
  createWorkplace,
  digestFiles,
  INSTALL,
  REPOSITORY,
  run,
  runOffline,
  startLocally,
} from './made-app.ts';

const FIXTURE = 'functions/fixtures/issues-opened-first-time.json';
const VENDORED = 'vendor/hookmint.tgz';

/** Ends only what would never end: a registry may be slow. */
const NETWORK_MS = 600_000;

let workplace: Awaited<ReturnType<typeof createWorkplace>>;
let app: string;

const read = (file: string) => readFile(join(app, file), 'utf8');
const write = (file: string, text: string) => writeFile(join(app, file), text);
const npm = (...args: string[]) => run(app, 'npm', args);

beforeAll(async () => {
  workplace = await createWorkplace();
  app = join(workplace.folder, 'labels-for-widgets');
  const made = await run(REPOSITORY, 'npm', ['run', '-s', 'new', '--', app]);
  if (made.code !== 0) throw new Error(`no app was made: ${made.output}`);
  const installed = await npm(...INSTALL);
  if (installed.code !== 0) throw new Error(`npm could not install the app: ${installed.output}`);
}, 300_000);
afterAll(() => workplace.remove());

describe('the package', () => {
  const folder = () => join(app, 'node_modules/hookmint');
  const listCompiled = async (ending: string) =>
    (await readdir(join(folder(), 'dist/package'), { recursive: true })).filter((each) =>
      each.endsWith(ending),
    );

  it('holds compiled code, infra/ and the template, and nothing else', async () => {
    const { output } = await run(app, 'tar', ['-tzf', VENDORED]);
    const files = output.trim().split('\n');
    const places = files.map((file) =>
      file.replace(/^package\//, '').replace(/^((?:dist\/)?[^/]+)\/.*/, '$1/'),
    );
    expect([...new Set(places)].toSorted()).toEqual([
      '.env.example',
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'cli/',
      'dist/console/',
      'dist/package/',
      'dist/template/',
      'docs/',
      'infra/',
      'package.json',
    ]);
    const sources = files.filter((file) => file.startsWith('package/cli/'));
    expect(
      sources.filter((file) => !/^package\/cli\/(?:bin\.mjs|schemas\/\w[\w-]*\.json)$/.test(file)),
    ).toEqual([]);
    expect(files.filter((file) => /\.test\.\w+$|\/test\/|\/bench\//.test(file))).toEqual([]);
    const kinds = files.filter((file) => file.startsWith('package/dist/package/'));
    expect(kinds.filter((file) => !/\.(?:d\.ts|d\.mts|js|mjs|js\.map|mjs\.map|json)$/.test(file))).toEqual(
      [],
    );
    const template = files.filter((file) => file.startsWith('package/dist/template/'));
    expect(template.filter((file) => !file.endsWith('.template'))).toEqual([]);
  });

  it('has types and sources for every module', async () => {
    const modules = (await listCompiled('.js')).map((file) => file.slice(0, -3));
    expect(modules).toContain('lib/index');
    for (const ending of ['.d.ts', '.js.map']) {
      const files = new Set(await listCompiled(ending));
      expect(modules.filter((module) => !files.has(`${module}${ending}`))).toEqual([]);
    }
    const map = JSON.parse(await readFile(join(folder(), 'dist/package/lib/index.js.map'), 'utf8'));
    expect(map.sourcesContent).toEqual([expect.stringContaining('defineHandler')]);
  });

  it('depends on every package that its code or its types name', async () => {
    const { dependencies } = JSON.parse(await readFile(join(folder(), 'package.json'), 'utf8'));
    const named = new Set<string>();
    for (const file of [...(await listCompiled('.d.ts')), ...(await listCompiled('.js'))]) {
      const text = await readFile(join(folder(), 'dist/package', file), 'utf8');
      for (const [, specifier = ''] of text.matchAll(
        /^(?:import|export|\}).*?from '([^']+)'|import\(["']([^"']+)["']\)/gm,
      )) {
        if (!/^(?:\.|node:|$)/.test(specifier))
          named.add(/^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier);
      }
    }
    named.delete('hookmint');
    const missing = [...named].filter(
      (name) => !(name in dependencies) && !(`@types/${name}` in dependencies),
    );
    expect(missing).toEqual([]);
  });

  it('type-checks in a strict consumer that checks declaration files as well', async () => {
    const consumer = join(workplace.folder, 'consumer');
    await mkdir(consumer);
    await symlink(join(app, 'node_modules'), join(consumer, 'node_modules'));
    await writeFile(join(consumer, 'package.json'), '{ "type": "module" }');
    await writeFile(
      join(consumer, 'consumer.ts'),
      `import { defineHandler, defineHandlers, giveUp, retry, skip } from 'hookmint';
       import { buildFunctions } from 'hookmint/build';
       import { createSweeperFunction, createWebhookFunction, createWorkerFunction } from 'hookmint/functions';
       import { run } from 'hookmint/testing';
       export const handler = defineHandler('issues.opened', {
         permissions: { issues: 'write' },
         async handle({ payload, github }) {
           const repository = { owner: payload.repository.owner.login, repo: payload.repository.name };
           const issue = { ...repository, issue_number: payload.issue.number };
           const { data } = await github.request('GET /repos/{owner}/{repo}/issues/{issue_number}', issue);
           const title: string = data.title;
           // @ts-expect-error -- the token carries no right to this
           await github.request('GET /repos/{owner}/{repo}/environments', repository);
           if (title === '') throw skip('none');
         },
       });
       export const all = [defineHandlers, giveUp, retry, buildFunctions, run];
       export const functions = [createSweeperFunction, createWebhookFunction, createWorkerFunction];
      `,
    );
    const options = ['--strict', '--skipLibCheck', 'false', '--module', 'nodenext', '--target', 'es2022'];
    const tsc = join(app, 'node_modules/.bin/tsc');
    const checked = await run(consumer, tsc, ['--noEmit', '--singleThreaded', ...options, 'consumer.ts']);
    expect(checked).toEqual({ code: 0, output: '' });
  });
});

describe('a new app', () => {
  it('bears its own name, in its package and in all that it deploys', async () => {
    expect(JSON.parse(await read('package.json'))).toMatchObject({ name: 'labels-for-widgets' });
    expect(await read('serverless.yml')).toContain('\nservice: labels-for-widgets\n');
    const texts = await Promise.all(
      ['README.md', 'serverless.yml', '.github/workflows/deploy.yml'].map(read),
    );
    expect(texts.join('')).not.toMatch(/hookmint-|\{\{name\}\}/);
  });

  it('is formatted as its own check wants it', async () => {
    expect(await npm('run', '-s', 'check:format')).toEqual({ code: 0, output: '' });
  });

  it(
    'is packaged without a network, under its own name',
    async () => {
      const { code, output } = await runOffline(app, 'npm', ['run', 'package']);
      expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('Service packaged') });
      const made = await readdir(join(app, '.serverless'));
      expect(made.filter((file) => file.endsWith('.zip'))).toEqual([
        'sweeper.zip',
        'webhook.zip',
        'worker.zip',
      ]);
      const template = await read('.serverless/cloudformation-template-update-stack.json');
      expect(template).toContain('labels-for-widgets-dev-webhook');
      expect(template).not.toContain('hookmint-');
    },
    NETWORK_MS,
  );

  it('handles a delivery with the functions that it built', async () => {
    await using scope = new AsyncDisposableStack();
    const world = JSON.parse(await read('functions/fixtures/world.json'));
    const deployment = scope.adopt(
      await startDeployment({ functions: join(app, 'dist/functions'), world }),
      (each) => each.close(),
    );
    const { status, tokens } = await deployment.deliver(JSON.parse(await read(FIXTURE)));
    expect({ status, granted: tokens.map(({ grant }) => grant.permissions) }).toEqual({
      status: 200,
      granted: [{ issues: 'write' }],
    });
  });

  it('has a stand-in whose App, and each installation of it, grants what the one handler needs', async () => {
    const { app: granted, installations } = JSON.parse(await read('functions/fixtures/world.json'));
    expect([granted, ...installations].map(({ permissions }) => permissions)).toEqual(
      Array.from({ length: 3 }, () => ({ issues: 'write', metadata: 'read' })),
    );
  });

  it(
    'answers a signed delivery once it is started',
    async () => {
      const server = await startLocally(app);
      try {
        expect(server.output()).toMatch(/issues-opened-first-time[^]*issues\.opened +handled/);
        expect(server.output()).not.toContain('Warning');
        // Nothing is wrong with it, and nothing to look at.
        expect(await npm('exec', '--offline', '-c', 'hookmint doctor')).toEqual({
          code: 0,
          output: expect.stringContaining('Nothing fails; 0 to look at.'),
        });
        const [, page = ''] = /^console on (\S+)$/m.exec(server.output()) ?? [];
        expect(await (await fetch(page)).text()).toContain('<script type="module" src="/page.js">');
        for (const file of ['page.js', 'style.css'])
          expect((await (await fetch(`${page}/${file}`)).text()).length).toBeGreaterThan(5_000);
        const secret = await read('.hookmint/webhook-secret');
        const { headers, body } = JSON.parse(await read(FIXTURE));
        const sent = JSON.stringify(body);
        const signed = {
          ...headers,
          'X-GitHub-Delivery': 'aaaaaaaa-0000-4000-8000-000000000000',
          'X-Hub-Signature-256': signBody(sent, secret),
        };
        const response = await fetch(server.url, { method: 'POST', headers: signed, body: sent });
        expect({ status: response.status, answer: await response.json() }).toMatchObject({
          status: 200,
          answer: { outcome: 'handled', handlers: [{ name: 'issues.opened', outcome: 'handled' }] },
        });
      } finally {
        await server.stop();
      }
    },
    NETWORK_MS,
  );
});

describe('an app with a handler of its own', () => {
  const TABLE = 'functions/handlers/index.ts';
  const [HANDLER = '', , TEST = ''] = TUTORIAL_FILES;
  beforeAll(async () => {
    for (const [file, text] of Object.entries(TUTORIAL)) await write(file, text);
    await write(TABLE, withTutorialLine(await read(TABLE)));
  });

  it('has its module, its delivery and its test from the README', () => {
    expect(TUTORIAL_FILES).toEqual([
      'functions/handlers/issue-comment-triage.ts',
      'functions/fixtures/issue-comment-created.json',
      'functions/handlers/issue-comment-triage.test.ts',
    ]);
  });

  it(
    'takes a newer package in the place of the one that it has, and no file of its own changes',
    async () => {
      const before = await digestFiles(app);
      await packAs('0.9.9');
      const { code, output } = await npm(...INSTALL);
      expect({ code, output }).toEqual({
        code: 0,
        output: expect.stringContaining(`${VENDORED} is another one than what is installed`),
      });
      expect(await run(app, 'npx', ['hookmint', '--version'])).toEqual({ code: 0, output: '0.9.9\n' });
      const after = await digestFiles(app);
      const changed = Object.keys({ ...before, ...after }).filter((file) => before[file] !== after[file]);
      expect(changed.toSorted()).toEqual(['package-lock.json', VENDORED]);
    },
    NETWORK_MS,
  );

  it(
    'is green, and builds it beside the one that it had',
    async () => {
      const { code, output } = await npm('test');
      expect({ code, output }).toEqual({
        code: 0,
        output: expect.stringMatching(/Test Files +2 passed[^]*Tests +\d+ passed/),
      });
      for (const test of ['issues-opened.test.ts', 'issue-comment-triage.test.ts'])
        expect(output).toContain(test);
      expect(await npm('run', 'build')).toEqual({
        code: 0,
        output: expect.stringContaining('2 handlers: issue_comment.created, issues.opened'),
      });
    },
    NETWORK_MS,
  );

  it('fails the README’s test where the handler does something else', async () => {
    const handler = await read(HANDLER);
    await write(HANDLER, handler.replace("labels: ['triage']", "labels: ['other']"));
    const { code, output } = await run(app, 'npx', ['vitest', 'run', TEST]);
    await write(HANDLER, handler);
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('other') });
  });

  it('has nothing to take then, and refuses another one under npm ci', async () => {
    const take = ['run', '-s', 'postinstall'];
    expect(await run(app, 'npm', take)).toEqual({ code: 0, output: '' });
    const taken = await readFile(join(app, VENDORED));
    await write(VENDORED, 'another one');
    const refused = await run(app, 'env', ['npm_command=ci', 'node_modules/.bin/hookmint', 'take-vendored']);
    expect(refused).toEqual({
      code: 2,
      output: expect.stringContaining('run npm install, and commit package-lock.json'),
    });
    await writeFile(join(app, VENDORED), taken);
  });

  it('makes another app, which depends on the same package', async () => {
    const made = await run(app, 'npx', ['hookmint', 'new', '../another']);
    expect(made).toMatchObject({ code: 0 });
    const another = join(workplace.folder, 'another');
    const { output } = await run(another, 'tar', ['-xzOf', VENDORED, 'package/package.json']);
    expect(JSON.parse(output)).toMatchObject({ name: 'hookmint', version: '0.9.9' });
  });

  it(
    'stays green without the samples, and without any handler',
    async () => {
      for (const folder of ['functions/handlers', 'functions/fixtures']) {
        await rm(join(app, folder), { recursive: true });
      }
      await mkdir(join(app, 'functions/handlers'));
      const table = `import { defineHandlers } from 'hookmint';\n\nexport const handlers = defineHandlers({});\n`;
      await write('functions/handlers/index.ts', table);
      expect(await npm('test')).toMatchObject({ code: 0 });
      expect(await npm('run', 'build')).toEqual({ code: 0, output: expect.stringContaining('0 handlers') });
      const server = await startLocally(app);
      await server.stop();
      expect(server.output()).toContain('listening on ');
    },
    NETWORK_MS,
  );
});

it('names a published package by its version, and brings no tarball', async () => {
  const published = join(app, 'node_modules/hookmint/package.json');
  const { private: _, ...manifest } = JSON.parse(await readFile(published, 'utf8'));
  await writeFile(published, JSON.stringify(manifest));
  expect(await run(app, 'npx', ['hookmint', 'new', '../third'])).toMatchObject({ code: 0 });
  const third = join(workplace.folder, 'third');
  const { dependencies, scripts } = JSON.parse(await readFile(join(third, 'package.json'), 'utf8'));
  expect(dependencies).toEqual({ hookmint: '0.9.9' });
  expect(scripts).not.toHaveProperty('postinstall');
  expect(await readdir(third)).not.toContain('vendor');
});

/** Puts the package, as it is installed, into `vendor/` under a higher version. */
async function packAs(version: string): Promise<void> {
  const copy = join(workplace.folder, 'next');
  await cp(join(app, 'node_modules/hookmint'), copy, { recursive: true });
  const manifest = JSON.parse(await readFile(join(copy, 'package.json'), 'utf8'));
  await writeFile(join(copy, 'package.json'), JSON.stringify({ ...manifest, version }));
  const packed = await run(copy, 'npm', ['pack', '--ignore-scripts', '--silent']);
  expect(packed).toMatchObject({ code: 0 });
  await cp(join(copy, `hookmint-${version}.tgz`), join(app, VENDORED));
}
