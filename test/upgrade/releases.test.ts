/**
 * Two releases at once, as in a canary, and the older one again, as after a rollback: the built functions
 * of this release and of the next one, at one queue and one table.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildTestFunctions } from '../harness/build.ts';
import * as today from '../../lib/aws/ledger.ts';
import type { Claimed } from '../../lib/ledger/ledger.ts';
import { LEDGER_FORMAT } from '../../lib/ledger/record.ts';
import { LOCAL_AWS } from '../../local/aws/dynamodb.ts';
import { parseJson, toObject } from '../../lib/json/json.ts';
import type { LambdaFunction } from '../../local/aws/lambda.ts';
import { LEDGER_TABLE } from '../../local/server/stand-ins.ts';
import { type Deployment, linesOf, startDeployment } from '../harness/deployment.ts';
import { commentsOn, deliver, hand, PAYLOAD, takeOne, warm } from '../queue/issue.ts';
import { type Dynamo, startDynalite } from '../sweep/dynamodb.ts';
import { buildNextRelease, type NextRelease } from './next-release.ts';
import { asWrittenLater, loadStored } from './stored.ts';
import { NOON, toClaimRequest } from './writes.ts';

const ANOTHER = 'message of another version';

let folder: string;
let functions: string;
let next: NextRelease;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookmint-'));
  await buildTestFunctions({
    handlers: 'test/queue/handlers.ts',
    outdir: folder,
    only: ['webhook', 'worker'],
  });
  functions = join(folder, 'functions');
  next = await buildNextRelease();
});
afterAll(() => Promise.all([rm(folder, { recursive: true }), next.remove()]));

describe('webhook and worker of two releases', () => {
  let scene: Deployment;
  afterEach(() => scene.close());

  it.each([
    { what: 'a newer webhook and an older worker', webhook: () => next.functions, v: 3 },
    { what: 'an older webhook and a newer worker', webhook: () => functions, v: 2 },
  ])('$what: what one writes the other handles, once', async ({ webhook, v }) => {
    scene = await startDeployment({ functions: webhook(), queued: true });
    const older = await scene.start('worker', { functions });
    const newer = await scene.start('worker', { functions: next.functions });
    const [first, second] = v === 3 ? [older, newer] : [newer, older];

    const { id } = await deliver(scene, { ...PAYLOAD, action: 'opened' });
    const message = await takeOne(scene);
    expect(toObject(parseJson(message.Body ?? ''))['v']).toBe(v);
    expect(await hand(scene, first, message)).toEqual([]);
    const written = String(v === 3 ? LEDGER_FORMAT.written : LEDGER_FORMAT.written + 1);
    expect(await recordsOf(scene)).toMatchObject([{ v: { N: written }, state: { S: 'done' } }]);

    // A copy finds the record that the other release wrote.
    await deliver(scene, { ...PAYLOAD, action: 'opened' }, { id });
    expect(await hand(scene, second, await takeOne(scene))).toEqual([]);
    expect(linesOf(second, 'handler')).toMatchObject([{ outcome: 'duplicate' }]);
    expect(await commentsOn(scene)).toEqual([`comments on ${id}`]);
  });

  it('both at once: every delivery is handled once, however often it comes', async () => {
    scene = await startDeployment({ functions: next.functions, queued: true });
    // A copy that meets the other one at work comes back when that one's lease would end.
    const timeoutMs = 5_000;
    const workers = [
      await scene.start('worker', { functions, timeoutMs }),
      await scene.start('worker', { timeoutMs }),
    ];
    for (const worker of workers) await warm(scene, worker);
    const ids = Array.from({ length: 10 }, (_, index) => `delivery-${index}`);
    for (const id of [...ids, ...ids]) await deliver(scene, { ...PAYLOAD, action: 'opened' }, { id });
    for (const worker of workers) scene.poll(worker);
    await expect.poll(() => scene.sqs.depth()).toEqual({ visible: 0, hidden: 0 });
    const comments = (await commentsOn(scene)).filter((body) => body.startsWith('comments'));
    expect(comments.toSorted()).toEqual(ids.map((id) => `comments on ${id}`));
    expect(await scene.sqs.takeDeadLetters()).toEqual([]);
  });
});

describe('a worker that gets a message it does not read', () => {
  let scene: Deployment;
  let worker: LambdaFunction;
  /** As a release writes it that is two formats later. */
  const body = JSON.stringify(asWrittenLater(loadStored('message', 1)['json'] ?? {}, 3));

  beforeEach(async () => {
    scene = await startDeployment({ functions, queued: true, visibilitySeconds: 1 });
    worker = await scene.start('worker');
    await scene.sqs.client.send(new SendMessageCommand({ QueueUrl: scene.sqs.queueUrl, MessageBody: body }));
  });
  afterEach(() => scene.close());

  it('hides it for a while, handles the others, and says so once', async () => {
    const { id } = await deliver(scene, { ...PAYLOAD, action: 'opened' });
    const source = scene.poll(worker);
    await expect.poll(() => linesOf(worker, ANOTHER)).toHaveLength(1);
    // Longer than the visibility of the queue, and less than the worker asked for.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(linesOf(worker, ANOTHER)).toMatchObject([{ level: 'ERROR', format: 4 }]);
    await expect.poll(() => commentsOn(scene)).toEqual([`comments on ${id}`]);
    await source.stop();
    expect(linesOf(worker, ANOTHER)[0]?.['delaySeconds']).toSatisfy(
      (seconds: unknown) => Number(seconds) >= 5 && Number(seconds) <= 10,
    );
    expect(await scene.sqs.takeDeadLetters()).toEqual([]);
  });

  it('leaves it whole to the release that knows it, with all of its attempts', async () => {
    const message = await takeOne(scene);
    for (let times = 0; times < 20; times += 1) {
      expect(await hand(scene, worker, message)).toEqual([{ itemIdentifier: message.MessageId }]);
    }
    expect(await recordsOf(scene)).toEqual([]);
    const newer = await scene.start('worker', { functions: next.functions });
    expect(await hand(scene, newer, message)).toEqual([]);
    expect(linesOf(newer, 'handler')).toMatchObject([{ outcome: 'handled', attempt: 1 }]);
    expect(await commentsOn(scene)).toEqual(['comments on 72d3162e-cc78-11e3-81ab-4c9367dc0958']);
  });

  it('receives it far less often in three days than SQS allows', async () => {
    const message = await takeOne(scene);
    let receipts = 0;
    for (let seconds = 0; seconds < 3 * 24 * 60 * 60; receipts += 1) {
      const Attributes = { ...message.Attributes, ApproximateReceiveCount: String(receipts + 1) };
      await hand(scene, worker, { ...message, Attributes });
      seconds += Number(linesOf(worker, ANOTHER).at(-1)?.['delaySeconds']);
    }
    expect(receipts).toBeLessThan(200); // of 1000
  });

  it('puts it among the dead letters after three days, whole, before the queue drops it', async () => {
    const message = await takeOne(scene);
    const old = String(Date.now() - 3 * 24 * 60 * 60_000 - 60_000);
    const Attributes = { ...message.Attributes, SentTimestamp: old };
    expect(await hand(scene, worker, { ...message, Attributes })).toEqual([]);
    const letters = await scene.sqs.takeDeadLetters();
    expect(letters).toMatchObject([
      { Body: body, MessageAttributes: { reason: { StringValue: `too_old; ${ANOTHER}` } } },
    ]);
  });
});

describe('the ledgers of two releases', () => {
  let dynamo: Dynamo;
  let nowMs: number;
  const signal = new AbortController().signal;

  beforeAll(async () => {
    dynamo = await startDynalite();
  });
  beforeEach(() => {
    nowMs = NOON;
  });
  afterAll(() => dynamo.stop());

  const open = () => {
    const deps = { ...dynamo, now: () => nowMs };
    return { older: today.createLedger(deps), newer: next.ledger.createLedger(deps) };
  };
  const taken = (claim: { readonly state: string }): Claimed => {
    if (claim.state !== 'claimed') throw new Error(`not claimed: ${claim.state}`);
    return claim as Claimed;
  };

  it.each(['new', 'failed', 'abandoned'])('give work that is %s to one of fifty', async (what) => {
    const { older, newer } = open();
    const request = toClaimRequest(`raced-${what}`);
    if (what === 'failed') {
      const failed = { state: 'failed', reason: 'handler_error', counts: true } as const;
      await newer.settle(taken(await newer.claim(request, signal)), failed, signal);
    }
    if (what === 'abandoned') {
      await newer.claim(request, signal);
      nowMs = NOON + 10_000;
    }
    const again = { ...request, leaseUntil: new Date(nowMs + 10_000) };
    const claims = await Promise.all(
      Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? older : newer).claim(again, signal)),
    );
    expect(claims.filter(({ state }) => state === 'claimed')).toHaveLength(1);
    expect(claims.filter(({ state }) => state === 'busy')).toHaveLength(49);
  });

  it.each([{ first: 'older' }, { first: 'newer' }] as const)(
    'let the $first one settle nothing when the other has claimed since',
    async ({ first }) => {
      const ledgers = open();
      const [one, other] =
        first === 'older' ? [ledgers.older, ledgers.newer] : [ledgers.newer, ledgers.older];
      const request = toClaimRequest(`late-${first}`);
      const late = taken(await one.claim(request, signal));
      expect(await other.claim(request, signal)).toMatchObject({ state: 'busy' });
      nowMs = NOON + 10_000;
      const now = taken(await other.claim({ ...request, leaseUntil: new Date(NOON + 20_000) }, signal));
      expect(now).toMatchObject({ attempt: 2, record: { fence: 2 } });
      expect(await one.settle(late, { state: 'done' }, signal)).toBe('lost');
      expect(await other.settle(now, { state: 'done' }, signal)).toBe('settled');
      expect(await one.claim(request, signal)).toEqual({ state: 'done' });
    },
  );
});

async function recordsOf({ dynamodbUrl }: Deployment) {
  const client = new DynamoDBClient({ ...LOCAL_AWS, endpoint: dynamodbUrl });
  const { Items = [] } = await client.send(new ScanCommand({ TableName: LEDGER_TABLE }));
  client.destroy();
  return Items;
}
