/** The built functions with the App's key in KMS: no private key can be read anywhere, and everything works. */
import { createPublicKey } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createCloudFormation } from '../../local/aws/cloudformation.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import { WEBHOOK_SECRET_ID } from '../../local/server/stand-ins.ts';
import { makeFolder } from '../cli/run.ts';
import { loadWorld } from '../harness/deliver.ts';
import { type Deployment, linesOf, startDeployment } from '../harness/deployment.ts';

const FIXTURE = 'issues-opened-first-time';

let scene: Deployment;

afterEach(() => scene.close());

const operations = (): readonly string[] => scene.kms.calls.map(({ operation }) => operation);

/** What was read from Secrets Manager so far. */
const secretsRead = (): readonly unknown[] => [
  ...new Set(scene.secretsManager.calls.map(({ secretId }) => secretId)),
];

/** Runs the command against this deployment, as a stage. @returns Its exit code and its answer. */
async function importKey(privateKeyPem: string): Promise<readonly unknown[]> {
  const stacks = await createCloudFormation();
  const folder = await makeFolder();
  const variables = {
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_KMS: scene.kms.url,
    AWS_ENDPOINT_URL_CLOUDFORMATION: stacks.url,
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  try {
    stacks.put('hookmint-prod', {
      GitHubAppId: String(loadWorld().app.id),
      GitHubApiUrl: scene.github.url,
      WebhookAddress: 'https://hooks.example.com/',
      WebhookSecretArn: WEBHOOK_SECRET_ID,
      PrivateKeyKmsKey: 'alias/hookmint-local',
      LedgerTableName: 'ledger',
      WebhookLogGroupName: 'webhook',
      SweeperLogGroupName: 'sweeper',
    });
    await folder.write('serverless.yml', 'service: hookmint\nprovider:\n  region: eu-west-1\n');
    await folder.write('new.pem', privateKeyPem);
    const { code, stdout } = await folder.run(['key', 'import', 'new.pem', '--stage', 'prod', '--json']);
    return [code, JSON.parse(stdout)];
  } finally {
    vi.unstubAllEnvs();
    await Promise.all([folder.remove(), stacks.close()]);
  }
}

describe('inline', () => {
  it('a delivery is handled with one signature, made during init, and no private key was read', async () => {
    scene = await startDeployment({ kms: true });
    await scene.webhook();
    expect(operations()).toEqual(['Sign']);
    const { status, body } = await scene.deliver(FIXTURE);
    expect([status, body]).toMatchObject([200, { outcome: 'handled' }]);
    expect(operations()).toEqual(['Sign']);
    expect(secretsRead()).toEqual([WEBHOOK_SECRET_ID]);
  });

  it('a key that hookmint key import brings in signs in a warm process, without a redeploy', async () => {
    scene = await startDeployment({ kms: true });
    await scene.webhook();
    const { privateKeyPem, publicKey } = createAppKey();
    scene.github.registerKey(publicKey);
    expect(await importKey(privateKeyPem)).toMatchObject([
      0,
      { moved: true, deleteAtGitHub: [expect.any(String)] },
    ]);
    scene.github.removeKey(createPublicKey(scene.privateKeyPem));
    const before = operations().length;
    expect(await scene.deliver(FIXTURE)).toMatchObject({ status: 200, body: { outcome: 'handled' } });
    expect(operations().slice(before)).toEqual(['Sign']);
    expect(secretsRead()).toEqual([WEBHOOK_SECRET_ID]);
  });

  it.each([
    { state: 'Disabled', status: 500, reason: 'kms_key_disabled' },
    { state: 'PendingDeletion', status: 500, reason: 'kms_key_pending_deletion' },
  ] as const)('a key that is $state is told as $reason', async ({ state, status, reason }) => {
    scene = await startDeployment({ kms: true });
    scene.kms.keys.find('alias/hookmint-local').state = state;
    const delivered = await scene.deliver(FIXTURE);
    expect(delivered).toMatchObject({ status, body: { handlers: [{ outcome: 'failed', reason }] } });
    expect(delivered.calls).toEqual([]);
  });
});

describe('queued', () => {
  it('worker and sweeper sign, and the public function never does', async () => {
    scene = await startDeployment({ kms: true, queued: true });
    expect(await scene.deliver(FIXTURE)).toMatchObject({ status: 202 });
    expect(operations()).toEqual([]);
    const worker = await scene.start('worker');
    scene.poll(worker);
    await expect.poll(() => linesOf(worker, 'handler')).toHaveLength(1);
    expect(linesOf(worker, 'handler')).toMatchObject([{ outcome: 'handled' }]);
    expect(operations()).toEqual(['Sign']);
    const sweeper = await scene.start('sweeper');
    await sweeper.invoke({});
    expect(operations()).toEqual(['Sign', 'Sign']);
    expect(secretsRead()).toEqual([WEBHOOK_SECRET_ID]);
  });
});

it('what is registered at GitHub is the public half of what KMS has', async () => {
  scene = await startDeployment({ kms: true });
  const { material } = scene.kms.keys.find('alias/hookmint-local');
  expect(material && createPublicKey(material).equals(createPublicKey(scene.privateKeyPem))).toBe(true);
});
