import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { defineHandler, skip } from 'hookmint';
import { loadSweeperConfig, loadWebhookConfig, loadWorkerConfig } from '../../lib/functions/config.ts';
import type { SecretCache, StoredSecret } from '../../lib/secrets/secret-cache.ts';
import { findDeclarationProblem, findSettingProblems } from '../../lib/settings/declared.ts';
import { createSettingsReader } from '../../lib/settings/read-settings.ts';
import { buildTestFunctions, PROJECT } from '../harness/build.ts';
import { startDeployment } from '../harness/deployment.ts';
import { patience } from '../github/scene.ts';
import { module, setScene } from '../webhook/intake-scene.ts';

const DECLARED = { NOTIFY_URL: 'text', NOTIFY_TOKEN: 'secret' } as const;
const ENV = { NOTIFY_URL: 'https://chat.example', NOTIFY_TOKEN_SECRET_ID: 'hookmint/notify-token' };

describe('a declaration', () => {
  it.each([
    { name: 'NOTIFY_URL', kind: 'url', problem: "the setting NOTIFY_URL must be 'text' or 'secret'" },
    {
      name: 'notifyUrl',
      kind: 'text',
      problem: "the setting 'notifyUrl' must be named as an environment variable is: NOTIFY_URL",
    },
    { name: 'AWS_REGION', kind: 'text', problem: 'the setting AWS_REGION has a name that is taken' },
    { name: 'GITHUB_TOKEN', kind: 'secret', problem: 'the setting GITHUB_TOKEN has a name that is taken' },
    { name: 'LOG_LEVEL', kind: 'text', problem: 'the setting LOG_LEVEL has a name that is taken' },
    { name: 'PRIVATE_KEY', kind: 'secret', problem: 'the setting PRIVATE_KEY has a name that is taken' },
    {
      name: 'NOTIFY_SECRET_ID',
      kind: 'text',
      problem: 'the setting NOTIFY_SECRET_ID is named as the id of a secret is',
    },
  ])('of $name as $kind is refused', ({ name, kind, problem }) => {
    expect(findDeclarationProblem(name, kind)).toBe(problem);
  });

  it.each(['text', 'secret'])('of NOTIFY_URL_2 as %s is good', (kind) => {
    expect(findDeclarationProblem('NOTIFY_URL_2', kind)).toBeUndefined();
  });
});

describe('an environment', () => {
  it.each([
    {
      env: {},
      problems: [
        'NOTIFY_URL is missing: a setting of a handler',
        'NOTIFY_TOKEN_SECRET_ID is missing: the Secrets Manager id of a setting of a handler',
      ],
    },
    { env: { ...ENV, NOTIFY_URL: ' \n' }, problems: ['NOTIFY_URL is blank'] },
    { env: { ...ENV, NOTIFY_TOKEN_SECRET_ID: '' }, problems: ['NOTIFY_TOKEN_SECRET_ID is blank'] },
    {
      env: { ...ENV, NOTIFY_TOKEN_SECRET_ID: 'the secret itself' },
      problems: ['NOTIFY_TOKEN_SECRET_ID is not the name or ARN of a secret'],
    },
    { env: ENV, problems: [] },
  ])('lacks $problems', ({ env, problems }) => {
    expect(findSettingProblems(DECLARED, env)).toEqual(problems);
  });

  const APP = {
    GITHUB_APP_ID: 'Iv23liHookmint',
    WEBHOOK_SECRET_ID: 'a',
    PRIVATE_KEY_SECRET_ID: 'b',
    LEDGER_TABLE: 'c',
  };
  const QUEUED = { ...APP, DELIVERY_QUEUE_URL: 'https://sqs.example/1/q' };

  it.each([
    { name: 'an inline webhook', load: () => loadWebhookConfig(APP, DECLARED) },
    { name: 'a worker', load: () => loadWorkerConfig(QUEUED, DECLARED) },
    { name: 'a sweeper that runs handlers itself', load: () => loadSweeperConfig(APP, DECLARED) },
  ])('without them stops $name, with one fault for all that is wrong', ({ load }) => {
    expect(load).toThrow(
      expect.objectContaining({
        code: 'config_invalid',
        message: expect.stringMatching(/NOTIFY_URL is missing.*NOTIFY_TOKEN_SECRET_ID is missing/),
      }),
    );
  });

  it.each([
    { name: 'a queued webhook', load: () => loadWebhookConfig(QUEUED, DECLARED) },
    { name: 'a sweeper with a queue', load: () => loadSweeperConfig(QUEUED, DECLARED) },
  ])('need not have them for $name, which runs no handler', ({ load }) => {
    expect(load).not.toThrow();
  });
});

/** A cache that has read `texts` one after the other; the last one stays. */
function cacheOf(...texts: readonly (string | undefined)[]): SecretCache & { readonly ids: string[] } {
  const ids: string[] = [];
  const stored = (text: string | undefined): StoredSecret => ({
    current: text === undefined ? undefined : { text, createdAt: new Date(0) },
    previous: undefined,
    pending: undefined,
  });
  return {
    ids,
    read: (id) => Promise.resolve(stored((ids.push(id), texts[0]))),
    refresh: () => Promise.resolve(stored(texts.at(-1))),
  };
}

describe('the values of settings', () => {
  it('are the text of the environment, and the secret without its last line break', async () => {
    const secretCache = cacheOf('\uFEFFs3cret\r\n');
    const given = await createSettingsReader({ env: ENV, secretCache })(DECLARED, patience());
    expect(given).toEqual({
      values: { NOTIFY_URL: 'https://chat.example', NOTIFY_TOKEN: 's3cret' },
      secrets: ['s3cret'],
    });
    expect(secretCache.ids).toEqual(['hookmint/notify-token']);
  });

  it('are read anew where the secret was empty', async () => {
    const read = createSettingsReader({ env: ENV, secretCache: cacheOf(undefined, 'filled') });
    await expect(read(DECLARED, patience())).resolves.toMatchObject({ values: { NOTIFY_TOKEN: 'filled' } });
  });

  it.each([undefined, '', ' \n'])(
    'are missing where the secret is %j, and the fault names the setting',
    async (text) => {
      const read = createSettingsReader({ env: ENV, secretCache: cacheOf(text) });
      await expect(read(DECLARED, patience())).rejects.toMatchObject({
        code: 'setting_missing',
        reason: 'setting_missing: NOTIFY_TOKEN',
      });
    },
  );
});

function handlersOf({ body }: { readonly body: string }): unknown {
  return JSON.parse(body).handlers;
}

describe('a handler', () => {
  it('that declares settings fails where nobody gives them', async () => {
    const handler = defineHandler('issues', { permissions: {}, settings: DECLARED, handle() {} });
    const result = await setScene({ table: { issues: module(handler) } }).send();
    expect(handlersOf(result)).toEqual([{ name: 'issues', outcome: 'failed', reason: 'config_invalid' }]);
  });

  it('without any is given none', async () => {
    const handler = defineHandler('issues', {
      permissions: {},
      handle: (context) => skip(String('settings' in context)),
    });
    const result = await setScene({ table: { issues: module(handler) } }).send();
    expect(handlersOf(result)).toMatchObject([{ reason: 'false' }]);
  });
});

describe('a deployment', () => {
  const TOKEN = 'a-token-of-the-chat';
  let folder: string;
  const functions = (): string => join(folder, 'functions');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hookmint-'));
    await buildTestFunctions({ handlers: 'test/settings/handlers.ts', outdir: folder, only: ['webhook'] });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('does not start where one is missing, before it has loaded any handler', async () => {
    await using stack = new AsyncDisposableStack();
    const deployment = stack.adopt(await startDeployment({ functions: functions() }), (each) => each.close());
    await expect(deployment.webhook()).rejects.toThrow(
      /The environment is not usable: NOTIFY_URL is missing: [^;]+; NOTIFY_TOKEN_SECRET_ID is missing: [^;]+\./,
    );
  });

  it('gives a handler its settings, and shows no secret among them', async () => {
    await using stack = new AsyncDisposableStack();
    const deployment = stack.adopt(await startDeployment({ functions: functions(), env: ENV }), (each) =>
      each.close(),
    );
    deployment.secretsManager.put(ENV.NOTIFY_TOKEN_SECRET_ID, TOKEN);
    const { body } = await deployment.deliver({ action: 'opened' }, { event: 'issues' });
    expect(body).toMatchObject({
      handlers: [{ name: 'notify', reason: 'told https://chat.example with [redacted]' }],
    });
    const text = deployment.lines.join('\n');
    expect(text).toContain('would notify');
    expect(text).not.toContain(TOKEN);
  });
});

describe('process.env', () => {
  it.each([
    { of: 'this repository', config: '.oxlintrc.json' },
    { of: 'a new app', config: 'template/.oxlintrc.json.template' },
  ])('is refused in a handler by the linter of $of, which names settings', async ({ config }) => {
    const folder = await mkdtemp(join(tmpdir(), 'hookmint-lint-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await mkdir(join(folder, 'functions/handlers'), { recursive: true });
    await copyFile(join(PROJECT, config), join(folder, '.oxlintrc.json'));
    await writeFile(
      join(folder, 'functions/handlers/push.ts'),
      `export const url = process.env['NOTIFY_URL'];\n`,
    );
    const oxlint = join(PROJECT, 'node_modules/.bin/oxlint');
    const { status, stdout } = spawnSync(oxlint, ['functions'], { cwd: folder, encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stdout).toContain('Declare what the handler needs in its `settings`');
  });
});
