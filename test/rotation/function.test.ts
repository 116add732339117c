/** The built rotator beside the built webhook function, which takes deliveries all the while. */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { LambdaFunction } from '../../local/aws/lambda.ts';
import { PRIVATE_KEY_SECRET_ID, WEBHOOK_SECRET_ID } from '../../local/server/stand-ins.ts';
import { type Deployment, linesOf, startDeployment } from '../harness/deployment.ts';

const FIXTURE = 'issues-opened-first-time';
const VERSION = '0d1e2f30-0000-4000-8000-000000000000';
const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];

/** So old that every process would look: no step waits. */
const A_MINUTE_AGO = new Date(Date.now() - 60_000);

let scene: Deployment;

afterEach(() => scene.close());

async function begin(options: Parameters<typeof startDeployment>[0] = {}): Promise<void> {
  scene = await startDeployment(options);
  scene.github.hook.change({ secret: scene.webhookSecret });
  scene.secretsManager.beginRotation(WEBHOOK_SECRET_ID, VERSION, { createdAt: A_MINUTE_AGO });
}

const startRotator = (): Promise<LambdaFunction> => scene.start('rotator', { timeoutMs: 60_000 });

const take = (rotator: LambdaFunction, Step: string): Promise<unknown> =>
  rotator.invoke({ SecretId: WEBHOOK_SECRET_ID, ClientRequestToken: VERSION, Step });

/** Ends the process of a rotator when it has asked for something in this step, and before it has ended the step. */
async function killWithin(step: string): Promise<void> {
  const rotator = await startRotator();
  const { calls } = scene.secretsManager;
  const before = calls.length;
  const ended = take(rotator, step).catch(() => undefined);
  const isAsked = (): boolean => calls.slice(before).some(({ target }) => target.endsWith('.DescribeSecret'));
  await expect.poll(isAsked, { interval: 1 }).toBe(true);
  await rotator.close();
  await ended;
}

/** Deliveries, one after the other, signed with what GitHub signs with at that moment. */
function deliverAllTheWhile() {
  const statuses: number[] = [];
  const stopped = new AbortController();
  const ended = (async () => {
    while (!stopped.signal.aborted) {
      const { secret } = scene.github.hook.config();
      statuses.push((await scene.deliver(FIXTURE, { id: randomUUID(), secret })).status);
    }
  })();
  return {
    statuses,
    async stop() {
      stopped.abort();
      await ended;
    },
  };
}

describe('the built rotator', () => {
  it('is killed within each step, takes it twice at once and once more: no delivery is refused, and none lost', async () => {
    await begin();
    const deliveries = deliverAllTheWhile();
    for (const step of STEPS) {
      await killWithin(step);
      const rotator = await startRotator();
      await Promise.all([take(rotator, step), take(rotator, step)]);
      await take(rotator, step);
      await rotator.close();
      const cold = await scene.start('webhook');
      const { secret } = scene.github.hook.config();
      const { status } = await scene.deliver(FIXTURE, { id: randomUUID(), secret, to: cold });
      expect({ step, status }).toEqual({ step, status: 200 });
      await cold.close();
    }
    await deliveries.stop();
    const { secret } = scene.github.hook.config();
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(deliveries.statuses.length).toBeGreaterThan(20);
    expect(deliveries.statuses.filter((status) => status !== 200)).toEqual([]);
    const handled = linesOf(scene, 'handler').filter(({ outcome }) => outcome === 'handled');
    expect(handled).toHaveLength(deliveries.statuses.length + STEPS.length);
    expect(scene.lines.filter((line) => secret !== null && line.includes(secret))).toEqual([]);
  }, 60_000);

  it('reads no private key where KMS signs', async () => {
    await begin({ kms: true, queued: true });
    const rotator = await startRotator();
    for (const step of STEPS) await take(rotator, step);
    expect(scene.github.calls.map(({ method, path, status }) => [method, path, status])).toContainEqual([
      'PATCH',
      '/app/hook/config',
      200,
    ]);
    const read = scene.secretsManager.calls.map(({ secretId }) => secretId);
    expect(read).not.toContain(PRIVATE_KEY_SECRET_ID);
    expect(linesOf(rotator, 'rotation').map(({ step, outcome }) => [step, outcome])).toEqual(
      STEPS.map((step) => [step, 'done']),
    );
  });

  it('does not start without what it needs, and says all of it', async () => {
    scene = await startDeployment({ ledger: false });
    const without = ['WEBHOOK_SECRET_ID', 'PRIVATE_KEY_SECRET_ID', 'GITHUB_APP_ID'];
    const started = scene.start('rotator', { without });
    await expect(started).rejects.toThrow(/config_invalid|not usable/);
    const said = await started.catch(String);
    for (const name of without) expect(said).toContain(`${name} is missing`);
  });
});
