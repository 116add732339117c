/** `hookmint show`, `account`, `redeliver --handler` and `redrive --guid` against deployments of both shapes. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toObject } from '../../lib/json/json.ts';
import { buildTestFunctions } from '../harness/build.ts';
import { linesOf } from '../harness/deployment.ts';
import { PAYLOAD as ISSUE } from '../queue/issue.ts';
import { expectJson } from './schemas.ts';
import { deliverLogged, type StageScene, startStageScene } from './stage-scene.ts';

const HANDLERS = 'test/queue/handlers.ts';
const PAYLOAD = {
  ...ISSUE,
  action: 'opened',
  issue: { number: 14, title: 'Nobody but --payload shows this' },
};
const INSTALLATION = PAYLOAD.installation.id;

let outdir: string;
let scene: StageScene;
beforeAll(async () => {
  outdir = await mkdtemp(join(tmpdir(), 'hookmint-'));
  await buildTestFunctions({ handlers: HANDLERS, outdir, only: ['webhook', 'worker', 'sweeper'] });
});
afterAll(() => rm(outdir, { recursive: true }));
afterEach(() => scene.close());

const start = async (queued: boolean): Promise<void> => {
  scene = await startStageScene({ queued, functions: join(outdir, 'functions'), handlers: HANDLERS });
};

/** @returns The exit code, and the story. */
const show = async (guid: string, ...args: string[]) => {
  const { code, stdout, stderr } = await scene.run('show', guid, '--json', ...args);
  expect({ stderr }).toEqual({ stderr: '' });
  return { code, ...toObject(expectJson('show', stdout)) } as Record<string, unknown>;
};
const account = async () => {
  const { code, stdout } = await scene.run('account', '--json');
  const { since: _, deliveries: __, ...counts } = toObject(expectJson('account', stdout));
  return { code, ...counts };
};
const NONE = { handled: 0, ignored: 0, skipped: 0, waiting: 0, dead: 0, missing: 0 };
const ago = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
const ALL_ANSWERED = ['github', 'logs', 'handlers', 'ledger', 'queue'].map((name) => ({
  name,
  ok: true,
  problem: null,
}));

describe('inline, a delivery that was', () => {
  beforeEach(() => start(false));

  it('handled', async () => {
    const id = randomUUID();
    expect(await deliverLogged(scene, PAYLOAD, { id })).toBe(200);
    expect(await show(id)).toMatchObject({
      code: 0,
      event: 'issues',
      action: 'opened',
      verdict: 'handled',
      attempts: [{ statusCode: 200, answer: { outcome: 'handled' } }],
      handlers: [
        {
          name: 'comments',
          state: 'done',
          attempts: 1,
          runs: [
            {
              outcome: 'handled',
              attempt: 1,
              token: 'minted',
              grant: expect.stringContaining('issues=write'),
            },
          ],
        },
      ],
      queue: null,
      sources: ALL_ANSWERED,
      todo: [expect.stringContaining(`hookmint redeliver ${id} --handler NAME --stage prod`)],
    });
    expect(await account()).toEqual({ code: 0, ...NONE, handled: 1 });
    const { stdout } = await scene.run('show', id);
    expect(stdout).toMatch(
      /^issues\.opened {2}\S+\nhandled\n\nAt GitHub\n[^]*\n\nHandlers\n {2}comments {2}done, attempt 1\n[^]*\n\nTimeline\n[^]*\n\nWhat to do\n.*\n$/,
    );
    expect(stdout).not.toContain(PAYLOAD.issue.title);
    expect((await scene.run('show', id, '--payload')).stdout).toContain('Payload\n{\n');
  });

  it('failed twice, and handled', async () => {
    const id = randomUUID();
    scene.deployment.github.faults.next({ method: 'POST', path: /\/comments$/ }, { status: 422 }, 2);
    for (const minutes of [30, 20, 10])
      await deliverLogged(scene, PAYLOAD, { id, at: ago(minutes), redelivery: minutes < 30 });
    expect(await show(id)).toMatchObject({
      code: 0,
      verdict: 'handled',
      attempts: [{ statusCode: 200 }, { redelivery: true }, { redelivery: false }],
      handlers: [
        { state: 'done', runs: [{ outcome: 'failed' }, { outcome: 'failed' }, { outcome: 'handled' }] },
      ],
    });
    expect(await account()).toEqual({ code: 0, ...NONE, handled: 1 });
  });

  it('skipped', async () => {
    const id = randomUUID();
    scene.deployment.github.suspend(INSTALLATION);
    await deliverLogged(scene, PAYLOAD, { id });
    expect(await show(id)).toMatchObject({
      code: 0,
      verdict: 'skipped',
      handlers: [{ state: 'skipped', reason: expect.stringContaining('suspended') }],
      todo: [expect.stringContaining('suspended: '), expect.stringContaining('hookmint redeliver')],
    });
    expect(await account()).toEqual({ code: 0, ...NONE, skipped: 1 });
  });

  it('wanted by no handler', async () => {
    const id = randomUUID();
    await deliverLogged(scene, { ...PAYLOAD, action: 'unlabeled' }, { id });
    expect(await show(id)).toMatchObject({ code: 0, verdict: 'ignored' });
    expect(await account()).toEqual({ code: 0, ...NONE, ignored: 1 });
  });

  it('handled under the id of another hook, as npm start is sent them', async () => {
    for (const hookId of ['1', '427364001', '1']) {
      await deliverLogged(scene, PAYLOAD, { id: randomUUID(), at: ago(15), hookId });
    }
    expect(await account()).toEqual({ code: 0, ...NONE, handled: 3 });
    // The answers say so as well; the ledger is what tells a person who has no answers.
    scene.deployment.github.deliveries
      .all()
      .forEach(({ response }) => Object.assign(response, { payload: null }));
    expect(await account()).toEqual({ code: 0, ...NONE, handled: 3 });
  });

  it('claimed by no handler', async () => {
    const id = randomUUID();
    await deliverLogged(scene, { ...PAYLOAD, action: 'pinned' }, { id });
    expect(await show(id)).toMatchObject({ code: 0, verdict: 'ignored', handlers: [] });
    expect(await account()).toEqual({ code: 0, ...NONE, ignored: 1 });
  });

  it.each([
    {
      what: 'refused by its signature',
      statusCode: 401,
      verdict: 'refused',
      code: 1,
      todo: 'hookmint doctor',
    },
    {
      what: 'too large for the front door',
      statusCode: 413,
      verdict: 'too_large',
      code: 0,
      todo: 'The sweep reads it',
    },
  ])('$what', async ({ statusCode, verdict, code, todo }) => {
    const guid = randomUUID();
    scene.deployment.github.deliveries.add({ guid, event: 'issues', action: 'opened', statusCode });
    expect(await show(guid)).toMatchObject({
      code,
      verdict,
      todo: expect.arrayContaining([expect.stringContaining(todo)]),
    });
  });

  it('never seen', async () => {
    const { code, verdict, todo } = await show(randomUUID());
    expect({ code, verdict, todo }).toEqual({
      code: 1,
      verdict: 'never_seen',
      todo: [expect.stringContaining('hookmint deliveries')],
    });
  });

  it('taken, and lost on the way', async () => {
    const guid = randomUUID();
    const answer = (outcome: string) => ({ response: { payload: JSON.stringify({ outcome }) } });
    const entry = { event: 'issues', action: 'opened', statusCode: 202, deliveredAt: ago(60) };
    const { deliveries } = scene.deployment.github;
    deliveries.add({ ...entry, guid, ...answer('queued') });
    deliveries.add({ ...entry, ...answer('ignored') });
    expect(await show(guid)).toMatchObject({ code: 1, verdict: 'missing' });
    expect(await account()).toEqual({ code: 1, ...NONE, missing: 1, ignored: 1 });
  });

  it('failed, and that the sweep does not know of yet, or any more', async () => {
    const { deliveries } = scene.deployment.github;
    const entry = { event: 'issues', action: 'opened', statusCode: 500 };
    deliveries.add({ ...entry, deliveredAt: ago(5) });
    deliveries.add({ ...entry, deliveredAt: ago(60) });
    expect(await account()).toEqual({ code: 1, ...NONE, waiting: 1, missing: 1 });
  });

  it('handled, runs again where that handler is named, and no other', async () => {
    const id = randomUUID();
    const { github } = scene.deployment;
    await deliverLogged(scene, PAYLOAD, { id });
    const comments = () => github.seen.comments('octo-org/widgets', 14);
    expect(await comments()).toHaveLength(1);
    github.deliveries.onRedeliver(async () => {
      const { status } = await scene.deployment.deliver(PAYLOAD, { event: 'issues', id });
      return { statusCode: status };
    });
    expect((await scene.run('redeliver', id)).code).toBe(0);
    await github.deliveries.settled();
    expect(await comments()).toHaveLength(1);
    const wrong = await scene.run('redeliver', id, '--handler', 'nobody');
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      "No handler 'nobody' gets issues.opened deliveries. Those that do: comments.\n",
    ]);
    const { code, stdout } = await scene.run('redeliver', id, '--handler', 'comments', '--json');
    expect(code).toBe(0);
    expect(expectJson('redeliver', stdout)).toMatchObject({ handler: { name: 'comments', was: 'done' } });
    await github.deliveries.settled();
    expect(await comments()).toHaveLength(2);
  });

  it.each([
    { source: 'logs', problem: 'logs:StartQuery', fail: () => scene.logs.faults.next('access-denied') },
    { source: 'logs', problem: 'ended as Failed', fail: () => scene.logs.faults.next('failed') },
    {
      source: 'logs',
      problem: 'LimitExceededException',
      fail: () => scene.logs.faults.next('too-many-queries', 5),
    },
    {
      source: 'github',
      problem: 'GitHub',
      fail: () => scene.deployment.github.faults.next({ path: /deliveries/ }, { status: 500 }, 9),
    },
  ])(
    'is told as far as it is known where $source does not answer: $problem',
    async ({ source, problem, fail }) => {
      const id = randomUUID();
      await deliverLogged(scene, PAYLOAD, { id });
      fail();
      const story = await show(id);
      expect(story).toMatchObject({ code: 0, verdict: 'handled' });
      expect(story['sources']).toContainEqual({
        name: source,
        ok: false,
        problem: expect.stringContaining(problem),
      });
    },
  );
});

describe('queued, a delivery that', () => {
  beforeEach(() => start(true));

  it('no handler wanted is ignored, and not missing, whoever looks for it', async () => {
    const { github, sqs } = scene.deployment;
    const [id, lost] = [randomUUID(), randomUUID()];
    await deliverLogged(scene, { ...PAYLOAD, action: 'unlabeled' }, { id, at: ago(15) });
    expect(await account()).toEqual({ code: 0, ...NONE, waiting: 1 });
    const polling = scene.deployment.poll(await scene.deployment.start('worker'));
    await expect.poll(() => sqs.depth()).toEqual({ visible: 0, hidden: 0 });
    await polling.stop();
    expect(await show(id)).toMatchObject({
      code: 0,
      verdict: 'ignored',
      why: 'no handler wanted it',
      handlers: [{ name: 'wants nothing', state: null, runs: [{ outcome: 'ignored' }] }],
      timeline: expect.arrayContaining([
        expect.objectContaining({ by: 'ledger', what: 'no handler wanted it' }),
      ]),
    });
    expect(await account()).toEqual({ code: 0, ...NONE, ignored: 1 });

    const payload = JSON.stringify({ outcome: 'queued' });
    const entry = { event: 'issues', action: 'unlabeled', statusCode: 202, response: { payload } };
    github.deliveries.add({ ...entry, guid: lost, deliveredAt: ago(15) });
    expect(await account()).toEqual({ code: 1, ...NONE, ignored: 1, missing: 1 });
    const sweeper = await scene.deployment.start('sweeper', { timeoutMs: 30_000 });
    expect(await sweeper.invoke({ lookBackHours: 1 })).toMatchObject({ scanned: 2, missing: 1 });
    expect(linesOf(sweeper, 'delivery missing')).toMatchObject([{ delivery: lost }]);
  });

  it('was handled under the id of another hook is not missing either', async () => {
    const { sqs } = scene.deployment;
    for (const hookId of ['1', '427364001', '1']) {
      await deliverLogged(scene, PAYLOAD, { id: randomUUID(), at: ago(15), hookId });
    }
    const polling = scene.deployment.poll(await scene.deployment.start('worker'));
    await expect.poll(() => sqs.depth()).toEqual({ visible: 0, hidden: 0 });
    await polling.stop();
    expect(await account()).toEqual({ code: 0, ...NONE, handled: 3 });
    const sweeper = await scene.deployment.start('sweeper', { timeoutMs: 30_000 });
    expect(await sweeper.invoke({ lookBackHours: 1 })).toMatchObject({ scanned: 3, missing: 0 });
  });

  it('is dead is shown with its reason, and goes back alone', async () => {
    const { github, sqs } = scene.deployment;
    const [id, other] = [randomUUID(), randomUUID()];
    github.faults.next({ method: 'POST', path: /\/labels$/ }, { status: 422 }, 2);
    for (const each of [id, other])
      await deliverLogged(scene, { ...PAYLOAD, action: 'labeled' }, { id: each });
    expect(await show(id)).toMatchObject({ code: 0, verdict: 'waiting', why: 'it may be in the queue' });
    const polling = scene.deployment.poll(await scene.deployment.start('worker'));
    await expect.poll(() => sqs.depth()).toEqual({ visible: 0, hidden: 0 });
    await polling.stop();
    expect(await show(id)).toMatchObject({
      code: 1,
      verdict: 'dead',
      handlers: [
        { name: 'first', state: 'done' },
        { name: 'second', state: 'given_up', reason: expect.stringContaining('GitHub refused') },
      ],
      deadLetters: [{ reason: expect.stringMatching(/^second: handler_gave_up/) }],
      sources: ALL_ANSWERED,
      todo: [
        expect.stringContaining('handler_gave_up: Mend the reason'),
        expect.stringContaining(`hookmint redrive --guid ${id} --stage prod`),
      ],
    });
    expect(await account()).toEqual({ code: 0, ...NONE, dead: 2 });
    const { stdout } = await scene.run('redrive', '--guid', id, '--json');
    expect(expectJson('redrive', stdout)).toMatchObject({
      dryRun: false,
      letters: [{ guid: id, event: 'issues', action: 'labeled' }],
    });
    expect(expectJson('redrive', (await scene.run('redrive', '--dry-run', '--json')).stdout)).toMatchObject({
      letters: [{ guid: other }],
    });
    const none = await scene.run('redrive', '--guid', id);
    expect([none.code, none.stderr]).toEqual([2, `No dead letter is of the delivery ${id}.\n`]);
  });
});
