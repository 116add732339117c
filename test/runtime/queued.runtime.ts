/** The queued deployment as it is packaged, run by AWS's runtime client. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { receive, toSqsEvent } from '../../local/aws/event-source.ts';
import { deliver, type Scene, startScene } from './scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await startScene({ shape: 'queued' });
});
afterEach(() => scene.close());

it('handles a delivery: 202 from the webhook, the comment by the worker, nothing back to the queue', async () => {
  const webhook = await scene.start('webhook');
  expect(await deliver(webhook)).toMatchObject({ status: 202, body: { outcome: 'queued' } });
  expect(scene.github.calls).toEqual([]);
  const messages = await receive(scene.sqs);
  expect(messages).toHaveLength(1);

  const worker = await scene.start('worker');
  const event = toSqsEvent(messages, scene.sqs.queueArn);
  expect(await worker.invoke(event)).toEqual({ batchItemFailures: [] });
  expect(await scene.comments()).toHaveLength(1);
  expect(worker.lines('delivery')).toMatchObject([{ outcome: 'handled', next: 'done' }]);
  expect(await worker.invoke(event)).toEqual({ batchItemFailures: [] });
  expect(await scene.comments()).toHaveLength(1);
});

it.each(['worker', 'sweeper'] as const)('reports a bad environment of the %s to Lambda', async (name) => {
  const env = { GITHUB_APP_ID: '', LEDGER_TABLE: '' };
  const refused: unknown = await scene.start(name, { env }).catch((error: unknown) => error);
  for (const variable of Object.keys(env)) expect(String(refused)).toContain(`${variable} is`);
});
