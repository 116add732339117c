/** The rotator function, called as Secrets Manager calls it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRotatorFunction } from '../../lib/functions/rotator.ts';
import { createSecretsManager, type SecretsManager } from '../../local/aws/secrets-manager.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import { createGitHub } from '../../local/github/server.ts';
import type { GitHub } from '../../local/github/types.ts';
import { loadWorld } from '../harness/deliver.ts';

const KEY = createAppKey();
const SECRET_ID = 'hookmint/webhook-secret';
const ARN = `arn:aws:secretsmanager:us-east-1:123456789012:secret:${SECRET_ID}`;
const TOKEN = '0d1e2f30-0000-4000-8000-000000000000';

let github: GitHub;
let secrets: SecretsManager;
let rotator: Awaited<ReturnType<typeof createRotatorFunction>>;

beforeEach(async () => {
  const world = loadWorld();
  github = await createGitHub({ ...world, app: { ...world.app, publicKeys: [KEY.publicKey] } });
  // Versions are a minute old when they are made: nobody has to wait until every process would look.
  secrets = await createSecretsManager({ now: () => Date.now() - 60_000 });
  secrets.put(SECRET_ID, 'the old secret');
  secrets.put('hookmint/private-key', KEY.privateKeyPem);
  const env = {
    GITHUB_APP_ID: String(world.app.id),
    GITHUB_API_URL: github.url,
    WEBHOOK_SECRET_ID: SECRET_ID,
    PRIVATE_KEY_SECRET_ID: 'hookmint/private-key',
    LOG_LEVEL: 'error',
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  rotator = await createRotatorFunction({ env });
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await Promise.all([github.close(), secrets.close()]);
});

const step = (Step: string, more: object = {}) =>
  rotator({ Step, SecretId: SECRET_ID, ClientRequestToken: TOKEN, ...more });

describe('the rotator', () => {
  it.each([
    { what: 'another secret', event: { SecretId: 'hookmint/private-key' } },
    { what: 'a secret whose name begins as ours does', event: { SecretId: `${ARN}-2-GhIjKl` } },
    { what: 'no version', event: { ClientRequestToken: undefined } },
    { what: 'a step that does not exist', event: { Step: 'leakSecret' } },
  ])('refuses $what, and changes nothing', async ({ event }) => {
    await expect(step('createSecret', event)).rejects.toMatchObject({ code: 'rotation_not_ready' });
    expect(secrets.calls.filter(({ target }) => !target.endsWith('.GetSecretValue'))).toEqual([]);
  });

  it('refuses a step whose turn it is not', async () => {
    await expect(step('setSecret')).rejects.toMatchObject({ code: 'rotation_elsewhere' });
  });

  it('takes a try of a schedule that is new, with nothing to see yet', async () => {
    secrets.beginRotation(SECRET_ID, TOKEN);
    await step('testSecret');
    await expect(step('finishSecret')).rejects.toMatchObject({ code: 'rotation_not_ready' });
    expect(github.calls).toEqual([]);
  });

  it('takes the four steps, each of them twice', async () => {
    for (const name of ['createSecret', 'setSecret', 'testSecret', 'finishSecret']) {
      await step(name, { SecretId: `${ARN}-AbCdEf` });
      await step(name);
    }
    const { secret } = github.hook.config();
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    const patches = github.calls.filter(({ method }) => method === 'PATCH');
    expect(patches.map(({ path, status }) => [path, status])).toEqual([
      ['/app/hook/config', 200],
      ['/app/hook/config', 200],
    ]);
  });

  it('throws where GitHub fails, so that Secrets Manager tries again', async () => {
    await step('createSecret');
    github.faults.next({ method: 'PATCH' }, { status: 404, body: { message: 'Not Found' } });
    await expect(step('setSecret')).rejects.toMatchObject({ code: 'github_unexpected' });
    await step('setSecret');
  });
});
