/** `hookmint rotate`, with a stage on this machine: Secrets Manager, CloudFormation and GitHub stand in. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { createRotatorFunction } from '../../lib/functions/rotator.ts';
import { createCloudFormation, type CloudFormation } from '../../local/aws/cloudformation.ts';
import { type CloudWatchLogs, createCloudWatchLogs } from '../../local/aws/cloudwatch-logs.ts';
import { createSecretsManager, type SecretsManager } from '../../local/aws/secrets-manager.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import { type AppScene, PRIVATE_KEY_PEM, startAppScene, WEBHOOK_SECRET } from './app-scene.ts';
import { leakedFrom } from './leaked.ts';
import { expectJson } from './schemas.ts';

const SECRET_ID = 'hookmint/webhook-secret';
const KEY_ID = 'hookmint/private-key';

let scene: AppScene;
let secrets: SecretsManager;
let stacks: CloudFormation;
/** How old a version of a secret is when it is made. */
let ageMs: number;

beforeEach(async () => {
  ageMs = 0;
  [scene, secrets, stacks] = await Promise.all([
    startAppScene(),
    createSecretsManager({ now: () => Date.now() - ageMs }),
    createCloudFormation(),
  ]);
  secrets.put(SECRET_ID, WEBHOOK_SECRET);
  secrets.put(KEY_ID, PRIVATE_KEY_PEM);
  stacks.put('hookmint-prod', toOutputs());
  await scene.folder.write('serverless.yml', 'service: hookmint\n');
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', secrets.url);
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', stacks.url);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all([scene.close(), secrets.close(), stacks.close()]);
});

const toOutputs = () => ({
  GitHubAppId: '31415',
  GitHubApiUrl: scene.github.url,
  WebhookAddress: 'https://hooks.example.com/',
  WebhookSecretArn: SECRET_ID,
  PrivateKeySecretArn: KEY_ID,
  LedgerTableName: 'ledger',
  WebhookLogGroupName: '/aws/lambda/webhook',
  SweeperLogGroupName: '/aws/lambda/sweeper',
});

/** Half a minute passes in a moment. */
const HURRIED = {
  now: () => Date.now(),
  after: (ms: number, callback: () => void) =>
    SYSTEM_CLOCK.after((ms > 30_000 && ms <= 40_000) || ms === 2_500 ? 5 : ms, callback),
};

/** The body of our answer to what nobody claims. */
const IGNORED = { payload: '{"outcome":"ignored","handlers":[]}' };

const env = { AWS_REGION: 'eu-central-1' };
const rotate = async (...args: string[]) => {
  const ended = await scene.run(['rotate', ...args, '--stage', 'prod'], { env, clock: HURRIED });
  const held = [WEBHOOK_SECRET, PRIVATE_KEY_PEM, scene.github.hook.config().secret ?? ''];
  expect(leakedFrom(held, ended.stdout + ended.stderr)).toEqual([]);
  return ended;
};

/** What a version of a secret holds. */
async function textAt(id: string, stage: string): Promise<string | undefined> {
  const { SecretsManagerClient, GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({ region: 'eu-central-1' });
  const command = new GetSecretValueCommand({ SecretId: id, VersionStage: stage });
  return client.send(command).then(
    ({ SecretString }) => SecretString,
    () => undefined,
  );
}

describe('hookmint rotate webhook-secret', () => {
  it('changes it at GitHub and in Secrets Manager, and keeps the old one for a day', async () => {
    const { code, stdout, stderr } = await rotate('webhook-secret', '--json');
    expect([code, stderr]).toEqual([0, '']);
    expect(expectJson('rotate-webhook-secret', stdout)).toMatchObject({
      resumed: false,
      proof: 'nothing delivered',
      oldEnded: false,
    });
    const now = await textAt(SECRET_ID, 'AWSCURRENT');
    expect(now).toMatch(/^[0-9a-f]{64}$/);
    expect(scene.github.hook.config().secret).toBe(now);
    expect(await textAt(SECRET_ID, 'AWSPREVIOUS')).toBe(WEBHOOK_SECRET);
    expect(await textAt(SECRET_ID, 'AWSPENDING')).toBeUndefined();
  });

  it('goes on with a rotation that had begun, and makes no second secret', async () => {
    scene.github.faults.next(
      { method: 'PATCH', path: /hook\/config$/ },
      { status: 422, body: { message: 'Validation Failed' } },
    );
    const first = await rotate('webhook-secret');
    expect([first.code, first.stderr]).toEqual([2, expect.stringContaining('did not take')]);
    const pending = await textAt(SECRET_ID, 'AWSPENDING');
    expect(scene.github.hook.config().secret).toBe(WEBHOOK_SECRET);
    const { code, stdout } = await rotate('webhook-secret', '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { resumed: true }]);
    expect(await textAt(SECRET_ID, 'AWSCURRENT')).toBe(pending);
    expect(scene.github.hook.config().secret).toBe(pending);
  });

  it('ends the old one at once where it is told to', async () => {
    const { stdout } = await rotate('webhook-secret', '--end-old', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ oldEnded: true });
    expect(await textAt(SECRET_ID, 'AWSPREVIOUS')).toBeUndefined();
  });

  it('stops, with both accepted, where GitHub signs with another secret', async () => {
    const { createHmac } = await import('node:crypto');
    const payload = { zen: 'x' };
    const sign = (secret: string) =>
      `sha256=${createHmac('sha256', secret).update(JSON.stringify(payload)).digest('hex')}`;
    scene.github.deliveries.add({ event: 'ping', statusCode: 202, request: { payload }, response: IGNORED });
    scene.github.deliveries.onRedeliver(() => {
      scene.github.deliveries.add({
        event: 'push',
        deliveredAt: new Date(Date.now() + 60_000), // by GitHub's clock: no minute passes in this test
        statusCode: 200,
        request: { headers: { 'X-Hub-Signature-256': sign(WEBHOOK_SECRET) }, payload },
      });
      return undefined;
    });
    const { code, stderr } = await rotate('webhook-secret');
    expect([code, stderr]).toEqual([2, expect.stringContaining('does not sign with the new webhook secret')]);
    expect(await textAt(SECRET_ID, 'AWSCURRENT')).toBe(WEBHOOK_SECRET);
    expect(await textAt(SECRET_ID, 'AWSPENDING')).toBe(scene.github.hook.config().secret);
  });

  it('proves it by a delivery that is sent again', async () => {
    const { createHmac } = await import('node:crypto');
    const payload = { zen: 'x' };
    scene.github.deliveries.add({ event: 'ping', statusCode: 202, request: { payload }, response: IGNORED });
    scene.github.deliveries.onRedeliver(() => {
      const digest = createHmac('sha256', scene.github.hook.config().secret ?? '');
      const signature = `sha256=${digest.update(JSON.stringify(payload)).digest('hex')}`;
      scene.github.deliveries.add({
        event: 'ping',
        redelivery: true,
        statusCode: 202,
        request: { headers: { 'x-hub-signature-256': signature }, payload },
      });
      return undefined;
    });
    const { stdout } = await rotate('webhook-secret', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ proof: 'signed with it' });
  });

  it('says how to go on after Ctrl-C', async () => {
    const command = scene.folder.start(['rotate', 'webhook-secret', '--stage', 'prod'], { env });
    await expect.poll(() => textAt(SECRET_ID, 'AWSPENDING')).toBeDefined();
    command.interrupt();
    const { code, stderr } = await command.ended;
    expect([code, stderr]).toEqual([2, expect.stringContaining('to go on: hookmint rotate webhook-secret')]);
    expect(scene.github.hook.config().secret).toBe(WEBHOOK_SECRET);
    expect(await textAt(SECRET_ID, 'AWSCURRENT')).toBe(WEBHOOK_SECRET);
  });
});

describe('hookmint rotate webhook-secret, of a stage with a rotator', () => {
  const GROUP = '/aws/lambda/hookmint-prod-rotator';
  let logs: CloudWatchLogs;
  const begun = (): number =>
    secrets.calls.filter(({ target }) => target === 'secretsmanager.RotateSecret').length;

  beforeEach(async () => {
    // No step waits until every process would look.
    ageMs = 60_000;
    const lines: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    logs = await createCloudWatchLogs();
    logs.createGroup(GROUP, () => lines);
    vi.stubEnv('AWS_ENDPOINT_URL_CLOUDWATCH_LOGS', logs.url);
    stacks.put('hookmint-prod', { ...toOutputs(), RotatorLogGroupName: GROUP });
    const rotator = await createRotatorFunction({
      env: {
        AWS_REGION: 'eu-central-1',
        AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
        GITHUB_APP_ID: '31415',
        GITHUB_API_URL: scene.github.url,
        WEBHOOK_SECRET_ID: SECRET_ID,
        PRIVATE_KEY_SECRET_ID: KEY_ID,
      },
    });
    secrets.rotateBy(SECRET_ID, (event) => rotator(event));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await logs.close();
  });

  it('has Secrets Manager begin, watches to the end, and tells what the function saw', async () => {
    const { code, stdout, stderr } = await rotate('webhook-secret', '--json');
    expect([code, stderr]).toEqual([0, '']);
    expect(expectJson('rotate-webhook-secret', stdout)).toEqual({
      stage: 'prod',
      by: 'function',
      resumed: false,
      proof: 'nothing delivered',
      oldEnded: false,
    });
    expect(begun()).toBe(1);
    expect(await textAt(SECRET_ID, 'AWSCURRENT')).toBe(scene.github.hook.config().secret);
    expect(await textAt(SECRET_ID, 'AWSPREVIOUS')).toBe(WEBHOOK_SECRET);
  });

  it('reads on behind an empty page of the log', async () => {
    logs.beginEmpty();
    const { stdout } = await rotate('webhook-secret', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ by: 'function', proof: 'nothing delivered' });
  });

  it('tells in which step the function failed, and then takes the steps by itself', async () => {
    scene.github.faults.next(
      { method: 'PATCH', path: /hook\/config$/ },
      { status: 422, body: { message: 'Validation Failed' } },
    );
    const first = await rotate('webhook-secret');
    expect([first.code, first.stderr]).toEqual([2, expect.stringContaining('failed in setSecret: GitHub')]);
    const pending = await textAt(SECRET_ID, 'AWSPENDING');
    const second = await rotate('webhook-secret', '--json');
    expect(JSON.parse(second.stdout)).toMatchObject({ by: 'command', resumed: true });
    expect(begun()).toBe(1);
    expect(await textAt(SECRET_ID, 'AWSCURRENT')).toBe(pending);
    expect(scene.github.hook.config().secret).toBe(pending);
  });

  it('ends the old secret at once where it is told to: one command after a leak', async () => {
    const { stdout } = await rotate('webhook-secret', '--end-old', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ by: 'function', oldEnded: true });
    expect(await textAt(SECRET_ID, 'AWSPREVIOUS')).toBeUndefined();
  });

  it('names the right that is missing, and has begun nothing', async () => {
    secrets.faults.next({ delayMs: 0 });
    secrets.faults.next('access-denied');
    const { code, stderr } = await rotate('webhook-secret');
    expect([code, stderr]).toEqual([2, expect.stringContaining('the right secretsmanager:RotateSecret')]);
    expect(await textAt(SECRET_ID, 'AWSPENDING')).toBeUndefined();
  });
});

describe('hookmint rotate private-key', () => {
  const next = createAppKey();

  it('changes nothing for a key that GitHub does not know', async () => {
    await scene.folder.write('new.pem', next.privateKeyPem);
    const { code, stderr } = await rotate('private-key', 'new.pem');
    expect([code, stderr]).toEqual([2, expect.stringContaining('GitHub does not know the key in new.pem')]);
    expect(await textAt(KEY_ID, 'AWSCURRENT')).toBe(PRIVATE_KEY_PEM);
  });

  it.each([
    { what: 'a file that is not there', text: undefined, says: 'cannot be read (ENOENT)' },
    { what: 'no key', text: 'nothing', says: 'new.pem holds no PEM' },
    { what: 'two keys', text: `${PRIVATE_KEY_PEM}\n${next.privateKeyPem}`, says: 'more than one key' },
  ])('refuses $what', async ({ text, says }) => {
    if (text !== undefined) await scene.folder.write('new.pem', text);
    const { code, stderr } = await rotate('private-key', 'new.pem');
    expect([code, stderr]).toEqual([2, expect.stringContaining(says)]);
  });

  it('has both accepted, names the old one for deletion, and takes it out once it is gone', async () => {
    await scene.folder.write('new.pem', next.privateKeyPem);
    scene.github.registerKey(next.publicKey);
    const first = await rotate('private-key', 'new.pem', '--json');
    const told = expectJson('rotate-private-key', first.stdout) as { key: string; deleteAtGitHub: string[] };
    expect(told).toMatchObject({ accepted: 2, deleteAtGitHub: [expect.stringMatching(/^SHA256:/)] });
    const both = JSON.parse((await textAt(KEY_ID, 'AWSCURRENT')) ?? '') as { privateKey: string[] };
    expect(both.privateKey).toEqual([next.privateKeyPem, PRIVATE_KEY_PEM]);
    // Run again before anything was deleted: it says the same.
    const again = await rotate('private-key', 'new.pem', '--json');
    expect(JSON.parse(again.stdout)).toEqual(told);
    const { createPublicKey } = await import('node:crypto');
    scene.github.removeKey(createPublicKey(PRIVATE_KEY_PEM));
    const last = await rotate('private-key', 'new.pem', '--json');
    expect(JSON.parse(last.stdout)).toMatchObject({ key: told.key, accepted: 1, deleteAtGitHub: [] });
    expect(await textAt(KEY_ID, 'AWSCURRENT')).toBe(next.privateKeyPem);
  });
});
