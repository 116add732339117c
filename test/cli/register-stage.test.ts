/** `hookmint register --stage`: CloudFormation names the secrets, Secrets Manager takes them, and nobody sees them. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { type CloudFormation, createCloudFormation } from '../../local/aws/cloudformation.ts';
import { createKms, type Kms } from '../../local/aws/kms.ts';
import { createSecretsManager, type SecretsManager } from '../../local/aws/secrets-manager.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import { leakedFrom } from './leaked.ts';
import { createAtGitHub } from './register-pages.ts';
import { pageOf, type RegisterScene, startRegisterScene, until } from './register-scene.ts';
import type { RunOptions } from './run.ts';
import { expectJson } from './schemas.ts';

const SECRET_ID = 'hookmint/webhook-secret';
const KEY_ID = 'hookmint/private-key';
const OUTPUTS = {
  GitHubAppId: 'Iv23liOfTheAppBefore',
  WebhookAddress: 'https://hooks.example.com/',
  WebhookSecretArn: SECRET_ID,
  PrivateKeySecretArn: KEY_ID,
  LedgerTableName: 'ledger',
  WebhookLogGroupName: '/aws/lambda/webhook',
  SweeperLogGroupName: '/aws/lambda/sweeper',
};

let scene: RegisterScene;
let secrets: SecretsManager;
let stacks: CloudFormation;

beforeEach(async () => {
  [scene, secrets, stacks] = await Promise.all([
    startRegisterScene(),
    createSecretsManager(),
    createCloudFormation(),
  ]);
  secrets.createEmpty(SECRET_ID);
  secrets.createEmpty(KEY_ID);
  stacks.put('hookmint-prod', { ...OUTPUTS, GitHubApiUrl: scene.github.url });
  await scene.folder.write('serverless.yml', 'service: hookmint\n');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', secrets.url);
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', stacks.url);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all([scene.close(), secrets.close(), stacks.close()]);
});

const start = (args: readonly string[] = [], options: RunOptions = {}) =>
  scene.start(['--stage', 'prod', ...args], { ...options, env: { AWS_REGION: 'eu-central-1' } });

/** What a secret holds now; undefined where it has no value. */
async function valueOf(id: string): Promise<string | undefined> {
  const { SecretsManagerClient, GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({ region: 'eu-central-1' });
  return client.send(new GetSecretValueCommand({ SecretId: id })).then(
    ({ SecretString }) => SecretString,
    () => undefined,
  );
}

/** The actions that Secrets Manager was asked for, each with its secret. */
const asked = (): readonly string[] =>
  secrets.calls.map(({ target, secretId }) => `${target.split('.').at(-1)} ${secretId}`);

describe('hookmint register --stage', () => {
  it.each([
    { what: 'no such stage', args: ['--stage', 'test'], says: 'There is no stack hookmint-test' },
    {
      what: 'another GitHub than the stage has',
      args: ['--github-url', 'https://github.example.com'],
      says: 'leave --github-url out',
    },
  ])('refuses $what before there is an App', async ({ args, says }) => {
    const { code, stdout, stderr } = await start(args).ended;
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(says)]);
    expect(scene.github.calls).toEqual([]);
  });

  it('refuses where the secrets must not be looked at, and names the right', async () => {
    secrets.faults.next('access-denied');
    const { code, stderr } = await start().ended;
    expect([code, stderr]).toEqual([2, expect.stringContaining('secretsmanager:DescribeSecret')]);
    expect(scene.github.calls).toEqual([]);
  });

  it('puts key and secret into the stage, and nowhere else', async () => {
    const command = start(['--no-wait', '--json']);
    const page = await pageOf(command);
    expect(await (await fetch(page)).text()).toContain('https://hooks.example.com/');
    const last = await fetch(await createAtGitHub(page, scene.github.url));
    const { code, stdout, stderr } = await command.ended;
    const { app, stored, doctor } = expectJson('register', stdout) as Record<string, Record<string, unknown>>;
    expect({ code, stored, hook: scene.github.hook.config().url }).toEqual({
      code: 0,
      stored: { webhookSecretArn: SECRET_ID, privateKeySecretArn: KEY_ID },
      hook: OUTPUTS.WebhookAddress,
    });
    expect(doctor).toMatchObject({
      ok: true,
      checks: expect.arrayContaining([expect.objectContaining({ id: 'hook.url', status: 'pass' })]),
    });
    const held = [(await valueOf(KEY_ID)) ?? '', (await valueOf(SECRET_ID)) ?? ''];
    expect(held).toEqual([expect.stringContaining('PRIVATE KEY'), scene.github.hook.config().secret]);
    expect(leakedFrom(held, stdout + stderr + (await last.text()))).toEqual([]);
    expect(stderr).toContain(`write githubAppId: ${String(app?.['clientId'])} under params`);
    await scene.expectNothingStored();
  });

  it('keeps what the stage has where nobody can be asked, and after a no', async () => {
    secrets.put(KEY_ID, 'the old key');
    const { code, stderr } = await start().ended;
    expect([code, stderr]).toEqual([2, expect.stringMatching(/has the private key of an App.*type --yes/)]);
    const command = start([], { isTTY: true });
    await until(() => /stops working there/.test(command.stderr()), command);
    command.press('\u0003');
    expect((await command.ended).code).toBe(2);
    expect(asked().filter((each) => !each.startsWith('Describe'))).toEqual([]);
    expect([await valueOf(KEY_ID), scene.github.calls]).toEqual(['the old key', []]);
  });

  it('replaces what the stage has after --yes; the values before stay as its previous ones', async () => {
    secrets.put(KEY_ID, 'the old key');
    const command = start(['--no-wait', '--yes']);
    await fetch(await createAtGitHub(await pageOf(command), scene.github.url));
    expect((await command.ended).code).toBe(0);
    expect(await valueOf(KEY_ID)).toContain('PRIVATE KEY');
  });

  it('leaves nothing in the stage after Ctrl-C, or with a code that was used', async () => {
    const first = start();
    await pageOf(first);
    first.interrupt();
    expect((await first.ended).code).toBe(2);
    const second = start();
    scene.github.faults.next({ path: /conversions$/ }, { status: 404 });
    await fetch(await createAtGitHub(await pageOf(second), scene.github.url));
    const { code, stderr } = await second.ended;
    expect([code, stderr]).toEqual([2, expect.stringContaining('used before')]);
    expect([await valueOf(KEY_ID), await valueOf(SECRET_ID)]).toEqual([undefined, undefined]);
    await scene.expectNothingStored();
  });

  it('loses no key that Secrets Manager refuses at the last moment: it is in a file, and the way in is told', async () => {
    const command = start();
    const page = await pageOf(command);
    secrets.faults.next('access-denied');
    const last = await fetch(await createAtGitHub(page, scene.github.url));
    expect(await last.text()).toContain('It did not work');
    const { code, stdout, stderr } = await command.ended;
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /secretsmanager:PutSecretValue[^]*aws secretsmanager put-secret-value --secret-id hookmint\/private-key --secret-string file:/,
    );
    const files = (await readdir(scene.folder.path)).filter((name) => /\.pem$|webhook-secret$/.test(name));
    expect(files).toHaveLength(2);
    const held = await Promise.all(files.map((name) => scene.folder.read(name)));
    for (const name of files) {
      expect(((await stat(join(scene.folder.path, name))).mode & 0o777).toString(8)).toBe('600');
    }
    expect(leakedFrom(held, stdout + stderr)).toEqual([]);
  });
});

describe('hookmint register --stage, where KMS signs', () => {
  const ALIAS = 'alias/hookmint-prod';
  let kms: Kms;

  beforeEach(async () => {
    kms = await createKms();
    vi.stubEnv('AWS_ENDPOINT_URL_KMS', kms.url);
    deploy(ALIAS);
  });
  afterEach(() => kms.close());

  const deploy = (PrivateKeyKmsKey: string): void => {
    const { PrivateKeySecretArn: _, ...others } = OUTPUTS;
    stacks.put('hookmint-prod', { ...others, PrivateKeyKmsKey, GitHubApiUrl: scene.github.url });
  };

  it('refuses a stage that names one key for ever, before there is an App', async () => {
    deploy('arn:aws:kms:us-east-1:123456789012:key/1');
    const { code, stderr } = await start().ended;
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(`Write privateKeyKmsKey: ${ALIAS} under params`),
    ]);
    expect(scene.github.calls).toEqual([]);
  });

  it('asks before another key takes the place of the one that signs', async () => {
    kms.put(ALIAS, createAppKey().privateKeyPem);
    const { code, stderr } = await start().ended;
    expect([code, stderr]).toEqual([2, expect.stringMatching(/has the private key of an App.*type --yes/)]);
    expect(scene.github.calls).toEqual([]);
  });

  it('brings the new key straight into KMS, and no private key into any secret or file', async () => {
    const command = start(['--no-wait', '--json']);
    await fetch(await createAtGitHub(await pageOf(command), scene.github.url));
    const { code, stdout } = await command.ended;
    expect([code, expectJson('register', stdout)]).toMatchObject([
      0,
      { stored: { webhookSecretArn: SECRET_ID, privateKeyKmsKey: ALIAS } },
    ]);
    const { state, material } = kms.keys.find(ALIAS);
    expect([state, material?.asymmetricKeyType]).toEqual(['Enabled', 'rsa']);
    expect([await valueOf(KEY_ID), await valueOf(SECRET_ID)]).toEqual([
      undefined,
      scene.github.hook.config().secret,
    ]);
    await scene.expectNothingStored();
  });

  it('puts the webhook secret in although KMS refuses everything once its alias has moved', async () => {
    kms.put(ALIAS, createAppKey().privateKeyPem);
    const hasMoved = () => kms.calls.some(({ operation }) => operation === 'UpdateAlias');
    kms.faults.at(({ operation }) => operation !== 'UpdateAlias' && hasMoved(), 'access-denied', 99);
    const command = start(['--no-wait', '--yes', '--json']);
    await fetch(await createAtGitHub(await pageOf(command), scene.github.url));
    expect((await command.ended).code).toBe(0);
    expect(await valueOf(SECRET_ID)).toBe(scene.github.hook.config().secret);
    await scene.expectNothingStored();
  });

  it('waits for a GitHub that forgets the new App between two questions', async () => {
    const isApp = { method: 'GET', path: /^\/app$/ };
    scene.github.faults.next(isApp, { status: 200, body: { id: 31_415, slug: 'x' } });
    scene.github.faults.next(isApp, {
      status: 401,
      body: { message: 'A JSON web token could not be decoded' },
    });
    const clock = {
      now: () => Date.now(),
      after: (ms: number, callback: () => void) => SYSTEM_CLOCK.after(ms === 2_000 ? 1 : ms, callback),
    };
    const command = start(['--no-wait', '--json'], { clock });
    await fetch(await createAtGitHub(await pageOf(command), scene.github.url));
    expect((await command.ended).code).toBe(0);
    expect(kms.keys.find(ALIAS).state).toBe('Enabled');
    await scene.expectNothingStored();
  });

  it('loses no key that KMS refuses: it is in a file, and hookmint key import takes it', async () => {
    kms.faults.at(({ operation }) => operation === 'CreateKey', 'access-denied', 30);
    const command = start();
    await fetch(await createAtGitHub(await pageOf(command), scene.github.url));
    const { code, stderr } = await command.ended;
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(
        /kms:CreateKey[^]*hookmint key import .*\.pem --stage prod, once serverless.yml has githubAppId/,
      ),
    ]);
    const files = await readdir(scene.folder.path);
    expect(files.filter((name) => name.endsWith('.pem'))).toHaveLength(1);
  });
});
