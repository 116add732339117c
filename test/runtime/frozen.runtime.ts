/** A process that Lambda froze for longer than anybody keeps a connection, and what is sent before it is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { startCollector } from '../tracing/collector.ts';
import { deliver, issue, type Scene, startScene } from './scene.ts';

/** Servers close a connection that was idle for 5 s: Node's default, which the stand-ins have. */
const LONGER_THAN_KEPT_ALIVE_MS = 6_500;

let scene: Scene;
afterEach(() => scene.close());

it('inline, handles the next delivery by new connections: to GitHub, Secrets Manager and DynamoDB', async () => {
  scene = await startScene({ shape: 'inline' });
  const webhook = await scene.start('webhook');
  for (let delivered = 1; delivered <= 2; delivered += 1) {
    expect(await deliver(webhook, issue('opened'))).toMatchObject({
      status: 200,
      body: { outcome: 'handled' },
    });
    expect(await scene.comments()).toHaveLength(1); // who opened two issues is greeted once
    await sleep(LONGER_THAN_KEPT_ALIVE_MS);
  }
  expect(webhook.processes()).toBe(1);
  expect(webhook.lines().filter(({ level }) => level === 'ERROR')).toEqual([]);
});

it('queued, sends the next delivery to SQS', async () => {
  scene = await startScene({ shape: 'queued' });
  const webhook = await scene.start('webhook');
  for (let sent = 1; sent <= 2; sent += 1) {
    expect(await deliver(webhook, issue('opened'))).toMatchObject({
      status: 202,
      body: { outcome: 'queued' },
    });
    expect(await scene.sqs.depth()).toEqual({ visible: sent, hidden: 0 });
    await sleep(LONGER_THAN_KEPT_ALIVE_MS);
  }
  expect(webhook.processes()).toBe(1);
});

it('has sent its traces before it is frozen, and sends those of the next delivery too', async () => {
  const collector = await startCollector();
  scene = await startScene({ shape: 'inline' });
  const webhook = await scene.start('webhook', { env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
  for (let delivered = 1; delivered <= 2; delivered += 1) {
    await deliver(webhook, issue('opened'));
    expect(collector.spans.filter(({ name }) => name === 'webhook')).toHaveLength(delivered);
    expect(collector.spans.filter(({ name }) => name === 'handler')).toHaveLength(delivered);
    await sleep(LONGER_THAN_KEPT_ALIVE_MS);
  }
  await collector.close();
});
