/** The inline deployment as it is packaged, run by AWS's runtime client. */
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { loadFixture } from '../harness/deliver.ts';
import { deliver, type Scene, startScene } from './scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await startScene({ shape: 'inline' });
});
afterEach(() => scene.close());

it('is packaged for the runtime that runs it here', () => {
  const { webhook, worker, sweeper } = inject('packaged').inline;
  const major = `nodejs${process.versions.node.split('.', 1)[0]}.x`;
  expect([webhook?.runtime, sweeper?.runtime, worker]).toEqual([major, major, undefined]);
});

it('handles a delivery: 200, and the comment at GitHub', async () => {
  const webhook = await scene.start('webhook');
  const { headers } = loadFixture('issues-opened-first-time');
  expect(await deliver(webhook)).toEqual({
    status: 200,
    body: {
      delivery: headers['X-GitHub-Delivery'],
      event: 'issues',
      outcome: 'handled',
      handlers: [{ name: 'issues.opened', outcome: 'handled' }],
    },
  });
  expect(await scene.comments()).toHaveLength(1);
  expect(await deliver(webhook)).toMatchObject({ status: 200, body: { outcome: 'duplicate' } });
  expect(await scene.comments()).toHaveLength(1);
  expect(webhook.lines('delivery')).toMatchObject([{ outcome: 'handled' }, { outcome: 'duplicate' }]);
  expect(webhook.processes()).toBe(1);
});

it('loads every handler of the table from the zip', async () => {
  const webhook = await scene.start('webhook');
  for (const name of ['pull-request-opened', 'installation-created']) {
    expect(await deliver(webhook, loadFixture(name))).toMatchObject({
      status: 200,
      body: { outcome: 'handled' },
    });
  }
});

it('writes JSON lines only', async () => {
  const webhook = await scene.start('webhook', { env: { LOG_LEVEL: 'debug' } });
  await deliver(webhook);
  expect(webhook.lines().length).toBeGreaterThan(1);
  for (const line of scene.written) expect(JSON.parse(line)).toEqual(expect.any(Object));
});

it('asks GitHub to deliver again what failed, when the schedule says so', async () => {
  const { headers, body: payload } = loadFixture('issues-opened-first-time');
  const failed = scene.github.deliveries.add({
    guid: String(headers['X-GitHub-Delivery']),
    event: 'issues',
    action: 'opened',
    deliveredAt: new Date(Date.now() - 5 * 60_000),
    statusCode: 502,
    request: { headers: {}, payload },
  });
  const asked: string[] = [];
  scene.github.deliveries.onRedeliver(({ id }) => {
    asked.push(id);
    return { statusCode: 200 };
  });
  const sweeper = await scene.start('sweeper');
  // Source: AWS docs, "Invoke a Lambda function on a schedule".
  const event = {
    version: '0',
    id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '123456789012',
    time: '2026-01-01T00:00:00Z',
    region: 'eu-west-1',
    resources: ['arn:aws:events:eu-west-1:123456789012:rule/hookmint'],
    detail: {},
  };
  expect(await sweeper.invoke(event)).toMatchObject({ asked: 1, finished: true });
  expect(asked).toEqual([failed.id]);
  expect(sweeper.lines('sweep')).toMatchObject([{ asked: 1 }]);
});

it('reports a bad environment to Lambda, naming every variable and no value', async () => {
  const env = { GITHUB_APP_ID: 'no id: marker', WEBHOOK_SECRET_ID: '', LOG_LEVEL: 'marker' };
  const refused: unknown = await scene.start('webhook', { env }).catch((error: unknown) => error);
  const text = String(refused);
  for (const name of Object.keys(env)) expect(text).toContain(name);
  expect(scene.written.join('\n')).toContain('config_invalid');
  expect(`${text}${scene.written.join('\n')}`).not.toContain('marker');
});
