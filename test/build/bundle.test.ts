/** The built webhook function as it is deployed: alone in its folder, without the sources and their packages. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { decodeMessage } from '../../lib/queue/message.ts';
import { toObject } from '../../lib/json/json.ts';
import { receive } from '../../local/aws/event-source.ts';
import { startLambda } from '../../local/aws/lambda.ts';
import { PRIVATE_KEY_SECRET_ID, WEBHOOK_SECRET_ID } from '../../local/server/stand-ins.ts';
import { buildTestFunctions } from '../harness/build.ts';
import { type Deployment, startDeployment } from '../harness/deployment.ts';

const HOOKMINT = JSON.stringify(fileURLToPath(new URL('../../lib/index.ts', import.meta.url)));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookmint-bundle-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the folder of the functions alone', () => {
  let app: Deployment;
  beforeAll(async () => {
    await cp(inject('functions'), join(folder, 'functions'), { recursive: true });
    app = await startDeployment({ functions: join(folder, 'functions'), ledger: false });
  });
  afterAll(() => app.close());

  it('handles a delivery, the load of a handler and a call to GitHub included', async () => {
    const { status, body } = await app.deliver('issues-opened-first-time');
    expect(body).toMatchObject({ outcome: 'handled' });
    expect(status).toBe(200);
  });

  it('imports nothing but itself and what Node has built in', async () => {
    const files = await readdir(join(folder, 'functions'), { recursive: true });
    const modules = files.filter((file) => file.endsWith('.mjs'));
    expect(modules.length).toBeGreaterThan(3);
    for (const file of modules) {
      const text = await readFile(join(folder, 'functions', file), 'utf8');
      const imported = [...text.matchAll(/(?:^|[;}\s])(?:import|from)\s*\(?"([^"]+)"/g)].map(
        ([, name = '']) => name,
      );
      const foreign = imported.filter(
        (name) => !name.startsWith('.') && !builtinModules.includes(name.replace(/^node:/, '')),
      );
      expect(foreign).toEqual([]);
    }
  });

  it('holds no path of the machine that built it', async () => {
    const files = await readdir(join(folder, 'functions'), { recursive: true });
    for (const file of files.filter((name) => name.endsWith('.mjs'))) {
      const text = await readFile(join(folder, 'functions', file), 'utf8');
      expect(text).not.toContain(fileURLToPath(new URL('../..', import.meta.url)));
    }
  });
});

describe('a bad environment', () => {
  it.each([
    { name: 'webhook', missing: 'PRIVATE_KEY_SECRET_ID', env: { WEBHOOK_SECRET_ID: ' ' } },
    { name: 'worker', missing: 'LEDGER_TABLE', env: { PRIVATE_KEY_SECRET_ID: ' ' } },
  ] as const)(
    'fails init of the $name with one fault that names every variable, and shows no value',
    async ({ name, missing, env }) => {
      const bad = { GITHUB_APP_ID: 'my marker', GITHUB_API_URL: 'marker', LOG_LEVEL: 'marker', ...env };
      const error: unknown = await startLambda({
        bundle: join(inject('functions'), `${name}.mjs`),
        env: bad,
      }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      const text = error instanceof Error ? error.message : '';
      for (const variable of [...Object.keys(bad), missing]) expect(text).toContain(variable);
      expect(text).toContain('config_invalid');
      expect(text).not.toContain('marker');
    },
  );
});

describe('the webhook with a queue', () => {
  const outdir = (): string => join(folder, 'queued');

  beforeAll(async () => {
    const table = join(folder, 'queued-table.ts');
    await writeFile(join(folder, 'queued.ts'), toNotingModule('push'));
    await writeFile(table, `export const handlers = { push: () => import('./queued.ts') };\n`);
    await buildTestFunctions({ handlers: table, outdir: outdir(), only: ['webhook'] });
  });

  it.each([
    { name: 'is not configured', without: ['PRIVATE_KEY_SECRET_ID'] },
    { name: 'is configured all the same', without: [] },
  ])('queues a delivery and never reads the private key, which $name', async ({ without }) => {
    const env = { PRIVATE_KEY_SECRET_ID };
    const app = await startDeployment({
      functions: join(outdir(), 'functions'),
      queued: true,
      env,
      without,
    });
    onTestFinished(() => app.close());
    const payload = { ref: 'refs/heads/main', installation: { id: 51230417 } };
    const { status, body } = await app.deliver(payload, { event: 'push' });
    expect(status).toBe(202);
    expect(body).toMatchObject({ event: 'push', outcome: 'queued', handlers: [] });
    const messages = await receive(app.sqs);
    expect(messages.map(({ Body }) => decodeMessage(Body ?? ''))).toMatchObject([
      {
        kind: 'delivery',
        delivery: {
          envelope: { id: toObject(body)['delivery'], event: 'push' },
          content: { kind: 'body', format: 'json', body: Buffer.from(JSON.stringify(payload)) },
          replay: false,
        },
      },
    ]);
    const read = new Set(app.secretsManager.calls.map(({ secretId }) => secretId));
    expect(read).toEqual(new Set([WEBHOOK_SECRET_ID]));
    expect(app.github.calls).toEqual([]);
    expect(app.lines.join('\n')).not.toContain('loaded push');
  });
});

describe('a module of a handler', () => {
  let app: Deployment;
  beforeAll(async () => {
    await writeFile(join(folder, 'push.ts'), toNotingModule('push'));
    await writeFile(join(folder, 'issues.ts'), toNotingModule('issues'));
    const table = `{ push: () => import('./push.ts'), issues: () => import('./issues.ts') }`;
    await writeFile(join(folder, 'table.ts'), `export const handlers = ${table};\n`);
    app = await startDeployment({ handlers: join(folder, 'table.ts'), ledger: false });
  });
  afterAll(() => app.close());

  const loads = (): readonly string[] => app.lines.filter((line) => line.startsWith('loaded '));

  it('loads when its event first arrives, once, and not before', async () => {
    expect(await app.deliver({ zen: 'Speak like a human.' }, { event: 'ping' })).toMatchObject({
      status: 202,
    });
    expect(loads()).toEqual([]);
    expect(await app.deliver({ ref: 'refs/heads/main' }, { event: 'push' })).toMatchObject({ status: 200 });
    expect(await app.deliver({ ref: 'refs/heads/main' }, { event: 'push' })).toMatchObject({ status: 200 });
    await expect.poll(loads).toEqual(['loaded push']);
    expect(await app.deliver({ action: 'opened' }, { event: 'issues' })).toMatchObject({ status: 200 });
    await expect.poll(loads).toEqual(['loaded push', 'loaded issues']);
  });

  it('that does not load is named in the log, by its key and its file, and in the answer by its key', async () => {
    const outdir = join(folder, 'broken');
    await buildTestFunctions({ handlers: join(folder, 'table.ts'), outdir, only: ['webhook'] });
    const chunks = join(outdir, 'functions/chunks/webhook');
    const chunk = (await readdir(chunks)).find((name) => /^push-.*\.mjs$/.test(name)) ?? '';
    await rm(join(chunks, chunk));
    const broken = await startDeployment({ functions: join(outdir, 'functions'), ledger: false });
    onTestFinished(() => broken.close());
    const { status, body } = await broken.deliver({ ref: 'refs/heads/main' }, { event: 'push' });
    expect(status).toBe(500);
    expect(body).toMatchObject({
      handlers: [{ name: 'push', outcome: 'failed', reason: 'handler_invalid' }],
    });
    await expect
      .poll(() => broken.lines.join('\n'))
      .toContain(`The module for 'push', ./chunks/webhook/${chunk}, does not load.`);
  });
});

/** A handler's module that tells when it loads. */
function toNotingModule(event: string): string {
  return [
    `import { defineHandler } from ${HOOKMINT};`,
    `process.stdout.write('loaded ${event}\\n');`,
    `export default defineHandler('${event}', { permissions: {}, handle() {} });`,
  ].join('\n');
}

it('a handler with an AWS client of its own finds the credentials of the role', async () => {
  const sdk = JSON.stringify(fileURLToPath(import.meta.resolve('@aws-sdk/client-secrets-manager')));
  const lines = [
    `import { defineHandler } from ${HOOKMINT};`,
    `import { GetSecretValueCommand, SecretsManagerClient } from ${sdk};`,
    `const client = new SecretsManagerClient({});`,
    `export default defineHandler('push', { permissions: {}, async handle({ log }) {`,
    `  const { Name } = await client.send(new GetSecretValueCommand({ SecretId: '${PRIVATE_KEY_SECRET_ID}' }));`,
    `  log.info('read', { name: Name });`,
    `} });`,
  ];
  await writeFile(join(folder, 'own-client.ts'), lines.join('\n'));
  const table = join(folder, 'own-client-table.ts');
  await writeFile(table, `export const handlers = { push: () => import('./own-client.ts') };\n`);
  const app = await startDeployment({ handlers: table, ledger: false });
  onTestFinished(() => app.close());
  expect(await app.deliver({ ref: 'refs/heads/main' }, { event: 'push' })).toMatchObject({ status: 200 });
  await expect.poll(() => app.lines.join('\n')).toContain(`"name":"${PRIVATE_KEY_SECRET_ID}"`);
});

it('a call by name that a handler forgot is made before the answer goes out, although its plugin loads first', async () => {
  const call = `createComment({ owner: 'octo-org', repo: 'widgets', issue_number: 14, body: 'Hello' })`;
  const lines = [
    `import { defineHandler } from ${HOOKMINT};`,
    `export default defineHandler('issues.opened', { permissions: { issues: 'write' },`,
    `  handle({ github }) { void github.rest.issues.${call}; } });`,
  ];
  await writeFile(join(folder, 'forgets.ts'), lines.join('\n'));
  const table = join(folder, 'forgets-table.ts');
  await writeFile(table, `export const handlers = { 'issues.opened': () => import('./forgets.ts') };\n`);
  const app = await startDeployment({ handlers: table, ledger: false });
  onTestFinished(() => app.close());
  expect(await app.deliver('issues-opened-first-time')).toMatchObject({ status: 200 });
  const made = app.github.calls.filter(({ path }) => path.endsWith('/comments'));
  expect(made).toMatchObject([{ method: 'POST', status: 201 }]);
  await expect.poll(() => app.lines.join('\n')).toContain('"code":"call_not_awaited"');
  expect(app.lines.join('\n')).not.toContain('stray');
});
