/** What handlers do to a process of AWS's runtime client, and what that does to the deliveries after them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { startRuntime } from './runtime.ts';
import { deliver, issue, type Scene, startScene } from './scene.ts';

/** Lets a handler work for 2 s. Its lease ends 3 s after that. */
const TIMEOUT_MS = 2_500;
const UNTIL = { timeout: 20_000, interval: 100 };

/** Until what a handler left behind is due. */
const LATE_MS = 400;

const STRAYS = [
  { name: 'a rejection', action: 'unlabeled', message: 'stray rejection' },
  { name: 'an exception', action: 'assigned', message: 'stray exception' },
];

let scene: Scene;
afterEach(() => scene.close());

describe('inline', () => {
  const startWebhook = async () => {
    scene = await startScene({ shape: 'inline', misbehaving: true });
    return scene.start('webhook', { timeoutMs: TIMEOUT_MS });
  };

  it.each(STRAYS)('$name that comes late harms no other delivery', async ({ action, message }) => {
    const webhook = await startWebhook();
    expect(await deliver(webhook, issue(action))).toMatchObject({ status: 200 });
    await sleep(LATE_MS);
    // Lambda has frozen the process: it happens within the next delivery.
    expect(webhook.lines(message)).toEqual([]);
    const next = issue('opened');
    expect(await deliver(webhook, next)).toMatchObject({ status: 200, body: { outcome: 'handled' } });
    expect(await scene.comments()).toEqual([next.headers['X-GitHub-Delivery']]);
    expect(await deliver(webhook, issue('opened'))).toMatchObject({ status: 200 });
    expect(webhook.lines(message)).toMatchObject([{ level: 'ERROR', error: { message: /late/ } }]);
    expect(webhook.processes()).toBe(1);
  });

  it('answers for a handler that does not heed its signal', async () => {
    const webhook = await startWebhook();
    expect(await deliver(webhook, issue('unassigned'))).toMatchObject({
      status: 500,
      body: { handlers: [{ name: 'hangs', outcome: 'failed', reason: 'deadline' }] },
    });
    expect(await deliver(webhook, issue('opened'))).toMatchObject({ status: 200 });
    expect(webhook.processes()).toBe(1);
  });

  it('goes on in a new process when Lambda ended one that never yields', async () => {
    const webhook = await startWebhook();
    await expect(deliver(webhook, issue('locked'))).rejects.toThrow('Task timed out');
    expect(await deliver(webhook, issue('opened'))).toMatchObject({ status: 200 });
    expect(webhook.processes()).toBe(2);
  });

  it('leaves a delivery alone while the lease of a process that died holds, then handles it', async () => {
    const webhook = await startWebhook();
    const delivery = issue('closed');
    await expect(deliver(webhook, delivery)).rejects.toThrow('Runtime.ExitError');
    expect(await deliver(webhook, delivery)).toMatchObject({
      status: 503,
      body: { handlers: [{ outcome: 'failed', reason: 'in_progress' }] },
    });
    expect(webhook.processes()).toBe(2);
    await expect.poll(async () => (await deliver(webhook, delivery)).status, UNTIL).toBe(200);
    expect(await scene.comments()).toEqual(['attempt 2']);
  });
});

describe('queued', () => {
  const startFunctions = async () => {
    scene = await startScene({ shape: 'queued', misbehaving: true });
    const worker = await scene.start('worker', { timeoutMs: TIMEOUT_MS });
    return { webhook: await scene.start('webhook'), worker };
  };
  const untilEmpty = async (): Promise<void> => {
    await expect.poll(() => scene.sqs.depth(), UNTIL).toEqual({ visible: 0, hidden: 0 });
  };

  it.each(STRAYS)('$name that comes late harms no other batch', async ({ action, message }) => {
    const { webhook, worker } = await startFunctions();
    scene.poll(worker);
    await deliver(webhook, issue(action));
    await untilEmpty();
    await sleep(LATE_MS);
    const next = issue('opened');
    await deliver(webhook, next);
    await untilEmpty();
    await deliver(webhook, issue('opened'));
    await untilEmpty();
    expect(await scene.comments()).toHaveLength(2);
    expect(worker.lines(message)).toHaveLength(1);
    expect(worker.processes()).toBe(1);
  });

  it('brings a message back whose worker died, and handles it once', async () => {
    const { webhook, worker } = await startFunctions();
    await deliver(webhook, issue('closed'));
    scene.poll(worker);
    await expect.poll(() => scene.comments(), UNTIL).toEqual(['attempt 2']);
    await untilEmpty();
    expect(worker.processes()).toBe(2);
    // It came back before the lease had ended.
    expect(worker.lines('handler')[0]).toMatchObject({ outcome: 'failed', reason: 'in_progress' });
  });
});

describe('without the containment', () => {
  it.each([
    { name: 'a rejection', late: "Promise.reject(new Error('late'))" },
    { name: 'an exception', late: "(() => { throw new Error('late'); })()" },
  ])('$name ends the process, and with it the next delivery', async ({ late }) => {
    scene = await startScene({ shape: 'inline' });
    const taskRoot = await mkdtemp(join(tmpdir(), 'hookmint-'));
    await writeFile(
      join(taskRoot, 'index.mjs'),
      `export async function handler() { setTimeout(() => { ${late}; }, 300); return new Promise((resolve) => setTimeout(resolve, 20, 'done')); }`,
    );
    const uncontained = await startRuntime({
      client: inject('runtimeClient'),
      taskRoot,
      handler: 'index.handler',
      timeoutMs: TIMEOUT_MS,
      env: {},
      onLine: () => {},
      onReport: () => {},
    });
    expect(await uncontained.invoke({})).toBe('done');
    await sleep(LATE_MS);
    await expect(uncontained.invoke({})).rejects.toThrow('Runtime.ExitError');
    await rm(taskRoot, { recursive: true });
  });
});
