/** The built functions with the App's key in KMS: no private key can be read anywhere, and everything works. */
import { createPublicKey } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { createAppKey } from '../../local/github/app-key.ts';
import { WEBHOOK_SECRET_ID } from '../../local/server/stand-ins.ts';
import { type Deployment, linesOf, startDeployment } from '../harness/deployment.ts';

const FIXTURE = 'issues-opened-first-time';

let scene: Deployment;

afterEach(() => scene.close());

const operations = (): readonly string[] => scene.kms.calls.map(({ operation }) => operation);

/** What was read from Secrets Manager so far. */
const secretsRead = (): readonly unknown[] => [
  ...new Set(scene.secretsManager.calls.map(({ secretId }) => secretId)),
];

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

  it('a key behind the alias that was moved signs without a redeploy', async () => {
    scene = await startDeployment({ kms: true });
    await scene.webhook();
    const { privateKeyPem, publicKey } = createAppKey();
    scene.kms.keys.moveAlias('alias/hookmint-local', scene.kms.put('alias/next', privateKeyPem));
    scene.github.removeKey(createPublicKey(scene.privateKeyPem));
    scene.github.registerKey(publicKey);
    expect(await scene.deliver(FIXTURE)).toMatchObject({ status: 200, body: { outcome: 'handled' } });
    expect(operations()).toEqual(['Sign', 'Sign']);
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
    await expect.poll(() => linesOf(worker, 'handler'), { timeout: 15_000 }).toHaveLength(1);
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
