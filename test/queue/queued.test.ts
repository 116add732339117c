/** The queued deployment as it is built: the webhook hands over, the worker handles, nothing is lost between them. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageCommand, type Message } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildTestFunctions } from '../harness/build.ts';
import { decodeMessage } from '../../lib/queue/message.ts';
import { MAX_ATTEMPTS } from '../../lib/queue/retry.ts';
import type { LambdaFunction } from '../../local/aws/lambda.ts';
import { listen } from '../../local/http/server.ts';
import { PRIVATE_KEY_SECRET_ID, WEBHOOK_SECRET_ID } from '../../local/server/stand-ins.ts';
import { loadFixture } from '../harness/deliver.ts';
import { type Deployment, linesOf, startDeployment } from '../harness/deployment.ts';
import { runIn } from '../cli/run.ts';
import { commentsOn, deliver, hand, LONG_MS, PAYLOAD, takeOne, warm } from './issue.ts';

/** Lets a handler work for two seconds; its lease ends three seconds after that. */
const SHORT_MS = 2_500;
const COMMENTS = /\/comments$/;

let folder: string;
let functions: string;
let scene: Deployment;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookmint-'));
  await buildTestFunctions({
    handlers: 'test/queue/handlers.ts',
    outdir: folder,
    only: ['webhook', 'worker'],
  });
  functions = join(folder, 'functions');
});
afterAll(() => rm(folder, { recursive: true }));

afterEach(() => scene.close());

const untilEmpty = async (): Promise<void> => {
  await expect.poll(() => scene.sqs.depth()).toEqual({ visible: 0, hidden: 0 });
};

const reasonsOf = (letters: readonly Message[]) =>
  letters.map(({ MessageAttributes }) => MessageAttributes?.['reason']?.StringValue);

describe('the functions as deployed', () => {
  beforeEach(async () => {
    scene = await startDeployment({ queued: true });
  });

  it('handle a recorded delivery: 202 from the webhook, the effect by the worker', async () => {
    const { body: payload } = loadFixture('issues-opened-first-time');
    const { id, status, answer } = await deliver(scene, payload);
    expect([status, answer]).toEqual([
      202,
      { delivery: id, event: 'issues', outcome: 'queued', handlers: [] },
    ]);
    expect(scene.github.calls).toEqual([]);
    const secretsRead = () => [...new Set(scene.secretsManager.calls.map(({ secretId }) => secretId))];
    expect(secretsRead()).toEqual([WEBHOOK_SECRET_ID]);
    scene.poll(await scene.start('worker'));
    await expect.poll(() => commentsOn(scene)).toHaveLength(1);
    await untilEmpty();
    expect(secretsRead()).toEqual([WEBHOOK_SECRET_ID, PRIVATE_KEY_SECRET_ID]);
  });

  it('queue nothing that no handler claims', async () => {
    expect(await deliver(scene, { zen: '' }, { event: 'ping' })).toMatchObject({ status: 202 });
    expect(await deliver(scene, { action: 'closed' })).toMatchObject({ answer: { outcome: 'ignored' } });
    expect(await scene.sqs.depth()).toEqual({ visible: 0, hidden: 0 });
  });
});

describe('a webhook that cannot hand over', () => {
  it.each(['away', 'silent'])('answers 503 with Retry-After while SQS is %s', async (how) => {
    const silent = await listen(async () => 'silence');
    if (how === 'away') await silent.close();
    const url = `${silent.url}/123456789012/hookmint-deliveries`;
    const env = { AWS_ENDPOINT_URL_SQS: silent.url, DELIVERY_QUEUE_URL: url };
    scene = await startDeployment({ functions, queued: true, env });
    const { status, retryAfter, answer } = await deliver(scene, { ...PAYLOAD, action: 'opened' });
    expect([status, retryAfter, answer['reason']]).toEqual([503, '30', 'queue_unavailable']);
    if (how === 'silent') await silent.close();
  });

  it('answers 503 delivery_too_large to what no message can hold', async () => {
    scene = await startDeployment({ functions, queued: true });
    const noise = randomBytes(2_250_000).toString('base64');
    const { status, retryAfter, answer } = await deliver(scene, { ...PAYLOAD, action: 'opened', noise });
    expect([status, retryAfter, answer['reason']]).toEqual([503, '30', 'delivery_too_large']);
    expect(await scene.sqs.depth()).toEqual({ visible: 0, hidden: 0 });
  });
});

describe('a worker', () => {
  /** The longest wait is for the machine: no message is shown again while a slow one is at it. */
  const start = async (visibilitySeconds = 180): Promise<void> => {
    scene = await startDeployment({ functions, queued: true, visibilitySeconds });
  };
  const startWarm = async (timeoutMs: number): Promise<LambdaFunction> => {
    const worker = await scene.start('worker', { timeoutMs });
    await warm(scene, worker);
    return worker;
  };
  const attempts = async () => (await commentsOn(scene)).filter((body) => body.startsWith('attempt'));

  it('gets 5 MB of emoji byte for byte', async () => {
    await start();
    const emoji = Array.from(randomBytes(1_250_000), (byte) => ['👋', '🪙', '🧵', '🐙'][byte % 4]).join('');
    const payload = { ...PAYLOAD, action: 'edited', emoji };
    const body = JSON.stringify(payload);
    const { status } = await deliver(scene, payload);
    expect([status, Buffer.byteLength(body)]).toEqual([202, expect.closeTo(5_000_000, -4)]);
    const message = await takeOne(scene);
    const decoded = decodeMessage(message.Body ?? '');
    const content = decoded.kind === 'delivery' ? decoded.delivery.content : undefined;
    const carried = content?.kind === 'body' ? content.body : Buffer.of();
    expect(carried.equals(Buffer.from(body))).toBe(true);
    expect(await hand(scene, await scene.start('worker'), message)).toEqual([]);
    expect(await commentsOn(scene)).toEqual([createHash('sha256').update(body).digest('hex')]);
  });

  it('handles a delivery that comes twice once', async () => {
    await start();
    const { id } = await deliver(scene, { ...PAYLOAD, action: 'opened' });
    expect(await deliver(scene, { ...PAYLOAD, action: 'opened' }, { id })).toMatchObject({ status: 202 });
    const worker = await scene.start('worker');
    for (const message of [await takeOne(scene), await takeOne(scene)])
      expect(await hand(scene, worker, message)).toEqual([]);
    expect(await commentsOn(scene)).toEqual([`comments on ${id}`]);
    expect(linesOf(worker, 'handler').map(({ outcome }) => outcome)).toEqual(['handled', 'duplicate']);
  });

  it('handles what stands around a poison record, and buries that', async () => {
    await start();
    const first = await deliver(scene, { ...PAYLOAD, action: 'opened' });
    for (const MessageBody of ['poison', '{"v":1,"delivery":{"id":"x"}}']) {
      await scene.sqs.client.send(new SendMessageCommand({ QueueUrl: scene.sqs.queueUrl, MessageBody }));
    }
    const last = await deliver(scene, { ...PAYLOAD, action: 'opened' });
    scene.poll(await scene.start('worker'));
    await untilEmpty();
    expect((await commentsOn(scene)).toSorted()).toEqual(
      [`comments on ${first.id}`, `comments on ${last.id}`].toSorted(),
    );
    const letters = await scene.sqs.takeDeadLetters();
    // Where SQS answers late, a letter is sent again: what counts is which ones there are.
    expect(new Set(reasonsOf(letters))).toEqual(new Set(['message_malformed']));
    expect(new Set(letters.map(({ Body }) => Body))).toEqual(
      new Set(['poison', '{"v":1,"delivery":{"id":"x"}}']),
    );
  });

  it('waits for a rate limit, and then succeeds', async () => {
    await start();
    scene.github.faults.next(
      { method: 'POST', path: COMMENTS },
      { status: 429, headers: { 'retry-after': '1' }, body: { message: 'You have exceeded a rate limit' } },
    );
    const { id } = await deliver(scene, { ...PAYLOAD, action: 'opened' });
    const worker = await scene.start('worker');
    scene.poll(worker);
    await untilEmpty();
    expect(await commentsOn(scene)).toEqual([`comments on ${id}`]);
    // Waiting for a known time costs no attempt.
    expect(linesOf(worker, 'handler')).toMatchObject([
      { outcome: 'failed', reason: 'rate_limited', attempt: 1 },
      { outcome: 'handled', attempt: 1 },
    ]);
  });

  it('tries a handler that throws less and less often, and then buries its delivery', async () => {
    await start(1);
    await deliver(scene, { ...PAYLOAD, action: 'reopened' });
    const worker = await scene.start('worker');
    const message = await takeOne(scene);
    for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt += 1) {
      expect(await hand(scene, worker, message)).toEqual([{ itemIdentifier: message.MessageId }]);
    }
    expect(await scene.sqs.takeDeadLetters()).toEqual([]);
    expect(await hand(scene, worker, message)).toEqual([]);
    const letters = await scene.sqs.takeDeadLetters();
    expect(reasonsOf(letters)).toEqual(['always throws: handler_error']);
    expect(letters[0]?.Body).toBe(message.Body);

    const delays = linesOf(worker, 'delivery').map(({ delaySeconds }) => Number(delaySeconds));
    for (const [index, seconds] of delays.slice(0, -1).entries()) {
      const full = Math.min(3_600, 10 * 2 ** index);
      expect(seconds).toBeGreaterThanOrEqual(full / 2);
      expect(seconds).toBeLessThanOrEqual(full);
    }
    // The queue has been told: its own visibility has long ended.
    await sleep(1_200);
    expect(await scene.sqs.depth()).toEqual({ visible: 0, hidden: 1 });
  });

  it('finishes what another one died at, when its lease has ended', async () => {
    await start(1);
    const mortal = await startWarm(SHORT_MS);
    const worker = await startWarm(LONG_MS);
    const startedMs = performance.now();
    await deliver(scene, { ...PAYLOAD, action: 'closed' });
    const source = scene.poll(mortal);
    expect(await mortal.exited).toBeNull();
    await source.stop();
    scene.poll(worker);
    await expect.poll(attempts).toEqual(['attempt 2']);
    expect(performance.now() - startedMs).toBeGreaterThan(4_900);
    await untilEmpty();
    const [before, ...ended] = linesOf(worker, 'handler');
    expect(before).toMatchObject({ handler: 'digests' });
    // On a slow machine the lease may have ended before the first look.
    for (const each of ended.slice(0, -1)) expect(each).toMatchObject({ reason: 'in_progress' });
    expect(ended.at(-1)).toMatchObject({ outcome: 'handled', attempt: 2 });
  });

  it('that comes back after its lease settles nothing', async () => {
    await start();
    const frozen = await startWarm(SHORT_MS);
    await deliver(scene, { ...PAYLOAD, action: 'locked' });
    const message = await takeOne(scene);
    const late = hand(scene, frozen, message);
    await expect.poll(() => linesOf(frozen, 'at work')).toHaveLength(1);
    const pid = Number(linesOf(frozen, 'at work')[0]?.['pid']);
    await sleep(SHORT_MS + 3_000);

    const worker = await scene.start('worker');
    expect(await hand(scene, worker, message)).toEqual([]);
    expect(await attempts()).toEqual(['attempt 2']);
    process.kill(pid, 'SIGCONT');
    expect(await late).toEqual([{ itemIdentifier: message.MessageId }]);
    expect(linesOf(frozen, 'lease lost: another owner may have run this handler as well')).toHaveLength(1);

    expect(await hand(scene, worker, message)).toEqual([]);
    expect(linesOf(worker, 'handler').at(-1)).toMatchObject({ outcome: 'duplicate' });
    expect(await attempts()).toEqual(['attempt 2']);
  });
});

describe('hookmint redrive', () => {
  beforeEach(async () => {
    scene = await startDeployment({ functions, queued: true });
  });

  const redrive = async (...args: string[]) => {
    const { code, stdout, stderr } = await runIn(folder, [
      'redrive',
      '--queue-url',
      scene.sqs.queueUrl,
      ...args,
    ]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return stdout + stderr;
  };

  /** One handler is done, the other gives up. */
  const bury = async (): Promise<string> => {
    const id = randomUUID();
    scene.github.faults.next({ method: 'POST', path: /\/labels$/ }, { status: 422 });
    await deliver(scene, { ...PAYLOAD, action: 'labeled' }, { id });
    scene.poll(await scene.start('worker'));
    await untilEmpty();
    expect(await commentsOn(scene)).toEqual(['first']);
    return id;
  };
  const labels = () => scene.github.seen.labels('octo-org/widgets', 14);

  it('shows what is there and why, and leaves it there', async () => {
    const id = await bury();
    for (let times = 0; times < 2; times += 1) {
      const output = await redrive('--dry-run');
      expect(output).toContain(`issues.labeled  ${id}\n`);
      expect(output).toMatch(/second: handler_gave_up: GitHub refused. x+/);
      expect(output).toContain('1 dead letter in ');
    }
    expect(await commentsOn(scene)).toEqual(['first']);
  });

  it('shows a reason as text, whatever somebody put into it', async () => {
    const { client, deadLetterUrl } = scene.sqs;
    await client.send(
      new SendMessageCommand({
        QueueUrl: deadLetterUrl,
        MessageBody: 'poison',
        MessageAttributes: { reason: { DataType: 'String', StringValue: 'a\u009b2J\u202e\rb' } },
      }),
    );
    expect(await redrive('--dry-run')).toContain('a·2J··b\n');
  });

  it('runs again what is not done', async () => {
    const id = await bury();
    expect(await redrive()).toMatch(new RegExp(`${id}[^]*1 dead letter sent to`));
    await expect.poll(labels).toContain('second');
    await untilEmpty();
    expect(await commentsOn(scene)).toEqual(['first']);
    expect(await redrive('--dry-run')).toMatch(/^0 dead letters/);
  });

  it('runs everything again with --replay', async () => {
    await bury();
    await redrive('--replay');
    await expect.poll(labels).toContain('second');
    await expect.poll(() => commentsOn(scene)).toEqual(['first', 'first']);
    await untilEmpty();
  });

  it('sends what it cannot read as it is, and each letter once', async () => {
    const { client, deadLetterUrl } = scene.sqs;
    await client.send(new SendMessageCommand({ QueueUrl: deadLetterUrl, MessageBody: '{"v":99}' }));
    await client.send(new SendMessageCommand({ QueueUrl: deadLetterUrl, MessageBody: 'poison' }));
    scene.poll(await scene.start('worker'));
    const output = await redrive('--replay');
    expect(output).toMatch(/cannot be read \(malformed\)\n.*received too often/);
    expect(output).toContain('cannot be read (unknown_format)');
    expect(output).toContain('2 dead letters sent to');
    await expect.poll(() => scene.sqs.takeDeadLetters()).toMatchObject([{ Body: 'poison' }]);
  });

  it('asks for the queue where none is named', async () => {
    const { code, stderr } = await runIn(folder, ['redrive']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('Which queue?')]);
  });
});
