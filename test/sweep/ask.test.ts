/** Who asks, when, how often, and what is told of it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Dynamo, startDynalite } from './dynamodb.ts';
import { DAY, HOUR, MINUTE, openScene, type Scene } from './sweep-scene.ts';

let dynamo: Dynamo;
let scene: Scene;

beforeAll(async () => {
  dynamo = await startDynalite();
});
afterAll(() => dynamo.stop());
beforeEach(async () => {
  scene = await openScene(dynamo);
});
afterEach(() => scene.close());

/** Every redelivery meets this answer, from now on. */
function answerRedeliveries(statusCode: number): void {
  scene.github.deliveries.onRedeliver(() => ({ statusCode }));
}

/** Runs the sweep now and every so often, for so long. */
async function runEvery(everyMs: number, forMs: number): Promise<void> {
  for (let passed = 0; passed < forMs; passed += everyMs) {
    await scene.run();
    await scene.github.deliveries.settled();
    scene.advance(everyMs);
  }
}

describe('a redelivery', () => {
  it('that is answered well ends it', async () => {
    scene.deliver(5);
    answerRedeliveries(200);
    expect(await scene.run()).toMatchObject({ asked: 1, open: 1, recovered: 0 });
    await scene.github.deliveries.settled();
    scene.advance(15 * MINUTE);
    expect(await scene.run()).toMatchObject({ asked: 0, open: 0, recovered: 1 });
    await runEvery(HOUR, DAY);
    expect(scene.asked()).toHaveLength(1);
  });

  it('is asked for oldest first, whatever came first into the log', async () => {
    const ids = [50, 5, 20, 35, 6].map((minutesAgo) => ({ minutesAgo, id: scene.deliver(minutesAgo).id }));
    await scene.run();
    const oldestFirst = ids.toSorted((a, b) => b.minutesAgo - a.minutesAgo).map(({ id }) => id);
    expect(scene.asked()).toEqual(oldestFirst);
  });

  it('is asked for at most five times in two seconds', async () => {
    scene.deliver(5);
    scene.deliver(6);
    scene.deliver(7);
    const pauses: number[] = [];
    await scene.run({}, { pause: async (ms) => pauses.push(ms) });
    expect(pauses).toEqual([400, 400]);
  });

  it('is asked for by one of two runs at the same time', async () => {
    const ids = [50, 40, 30, 20, 10].map((minutesAgo) => scene.deliver(minutesAgo).id);
    const both = await Promise.all([scene.run(), scene.run()]);
    expect(scene.asked().toSorted()).toEqual(ids.toSorted());
    expect(both.reduce((sum, { asked }) => sum + asked, 0)).toBe(5);
  });

  it('is asked for by one of two runs that know of the failure already', async () => {
    const { id } = scene.deliver(1);
    await scene.run();
    scene.advance(5 * MINUTE);
    await Promise.all([scene.run(), scene.run(), scene.run()]);
    expect(scene.asked()).toEqual([id]);
  });

  it('is asked for again after ten minutes, by its newest id, and then ever more rarely', async () => {
    scene.deliver(5);
    answerRedeliveries(500);
    const minutes = [0, 5, 10, 15, 55, 60, 65, 355, 360, 365, 1315, 1320, 1325, 3700];
    const asked: number[] = [];
    for (const [index, minute] of minutes.entries()) {
      scene.advance((minute - (minutes[index - 1] ?? 0)) * MINUTE);
      if ((await scene.run()).asked > 0) asked.push(minute);
      await scene.github.deliveries.settled();
    }
    expect(asked).toEqual([0, 10, 60, 360, 1320]);
    expect(new Set(scene.asked()).size).toBe(5);
  });

  it('survives a run that dies between the claim and the ask', async () => {
    const { id } = scene.deliver(5);
    const died = Promise.reject(new Error('killed'));
    died.catch(() => {});
    const { store } = scene;
    const dying = {
      ...store,
      claim: async (...of: Parameters<typeof store.claim>) => (await store.claim(...of), died),
    };
    await expect(scene.run({}, { store: dying })).rejects.toThrow('killed');
    expect(scene.asked()).toEqual([]);

    expect(await scene.run()).toMatchObject({ asked: 0, open: 1 });
    scene.advance(15 * MINUTE);
    expect(await scene.run()).toMatchObject({ asked: 1 });
    expect(scene.asked()).toEqual([id]);
  });

  it('is noted with its time before it is asked for, and stays noted when the delivery has ended', async () => {
    const { guid } = scene.deliver(5);
    answerRedeliveries(500);
    const noted: unknown[] = [];
    scene.onCall = ({ method }) => {
      if (method === 'POST') noted.push(scene.store.read(guid));
    };
    await scene.run();
    const askedAtMs = Date.parse('2026-11-22T12:00:00Z');
    expect(await noted[0]).toMatchObject({ askedAtMs });
    expect(await scene.store.read(guid)).toMatchObject({ askedAtMs });
    expect(await scene.run()).toMatchObject({ asked: 0 });
    expect(await scene.store.read(guid)).toMatchObject({ askedAtMs });
  });

  it.each([
    { what: 'GitHub refused', status: 422 },
    { what: 'was stopped by a rate limit', status: 403 },
  ])('that $what brings no delivery, and is not noted', async ({ status }) => {
    const { guid } = scene.deliver(5, { request: { payload: {} } });
    scene.intercept = (method) =>
      method === 'POST'
        ? new Response('{"message":"no"}', { status, headers: { 'retry-after': '60' } })
        : undefined;
    await scene.run();
    expect(await scene.store.read(guid)).toMatchObject({ askedAtMs: undefined });
  });

  it('that GitHub refuses counts as one', async () => {
    scene.deliver(5, { request: { payload: {} } });
    scene.intercept = (method) =>
      method === 'POST' ? new Response('{"message":"Validation Failed"}', { status: 422 }) : undefined;
    expect(await scene.run()).toMatchObject({ asked: 0, open: 1, lost: 0, finished: true });
    scene.intercept = () => undefined;
    expect(await scene.run()).toMatchObject({ asked: 0 });
    scene.advance(10 * MINUTE);
    expect(await scene.run()).toMatchObject({ asked: 1 });
  });

  it('that finds GitHub down does not keep the others waiting', async () => {
    const bad = scene.deliver(9);
    const good = scene.deliver(5);
    scene.intercept = (_, url) =>
      url.pathname.includes(bad.id) ? new Response('', { status: 500 }) : undefined;
    expect(await scene.run()).toMatchObject({ asked: 1, open: 2, finished: true });
    expect(scene.asked()).toEqual([good.id]);
  });

  it('is not asked for on and on while GitHub is down', async () => {
    for (let minutesAgo = 5; minutesAgo < 15; minutesAgo += 1) scene.deliver(minutesAgo);
    let posts = 0;
    scene.intercept = (method) => {
      if (method !== 'POST') return undefined;
      posts += 1;
      return new Response('', { status: 503 });
    };
    await expect(scene.run()).rejects.toMatchObject({ code: 'github_unavailable' });
    expect(posts).toBe(9); // three deliveries, each tried three times
  });

  it('of what no handler claims any more is not asked for', async () => {
    scene.deliver(1);
    await scene.run();
    scene.advance(5 * MINUTE);
    expect(await scene.run({}, { claims: () => false })).toMatchObject({ asked: 0, open: 1 });
    expect(await scene.run()).toMatchObject({ asked: 1 });
    scene.advance(4 * DAY);
    expect(await scene.run({}, { claims: () => false })).toMatchObject({ gaveUp: 0, lost: 0, open: 0 });
  });
});

describe('the cap', () => {
  it('is six asks in three days, then one report, then nothing', async () => {
    const { guid } = scene.deliver(5);
    answerRedeliveries(500);
    await runEvery(2 * HOUR, 6 * DAY);
    expect(scene.asked()).toHaveLength(6);
    expect(scene.lines('delivery given up')).toMatchObject([
      { level: 'ERROR', delivery: guid, event: 'issues', action: 'opened', status: 500, attempts: 6 },
    ]);
    const summaries = scene.lines('sweep');
    expect(summaries.filter(({ gaveUp }) => gaveUp === 1)).toHaveLength(1);
    expect(summaries.at(-1)).toMatchObject({ open: 0, gaveUp: 0 });
  });

  it('is reported once by two runs at the same time', async () => {
    const { guid } = scene.deliver(5);
    answerRedeliveries(500);
    await runEvery(4 * HOUR, DAY);
    const failure = await scene.store.read(guid);
    if (typeof failure !== 'object') throw new Error('not open');
    const claimed = await scene.store.claim(failure, 0, failure);
    if (claimed === undefined) throw new Error('not claimed');
    await scene.store.giveBack(claimed, { attempts: 6, askedAtMs: undefined, nextAtMs: 0, exhausted: true });
    const both = await Promise.all([scene.run(), scene.run()]);
    expect(both.reduce((sum, { gaveUp }) => sum + gaveUp, 0)).toBe(1);
    expect(scene.lines('delivery given up')).toHaveLength(1);
  });

  it('is reached by nothing that is answered well at last', async () => {
    scene.deliver(5);
    answerRedeliveries(500);
    await runEvery(2 * HOUR, 30 * HOUR);
    answerRedeliveries(202);
    await runEvery(2 * HOUR, 3 * DAY);
    expect(scene.lines('delivery given up')).toEqual([]);
    expect(scene.lines('sweep').filter(({ recovered }) => recovered === 1)).toHaveLength(1);
  });

  it('holds for what was found late: no ask after GitHub forgets it', async () => {
    scene.deliver(70 * 60);
    answerRedeliveries(500);
    await scene.run({ lookBackMs: 3 * DAY });
    scene.advance(10 * MINUTE);
    await runEvery(10 * MINUTE, 6 * HOUR);
    expect(scene.asked()).toHaveLength(3);
    expect(scene.lines('delivery given up')).toMatchObject([{ attempts: 3 }]);
  });
});

describe('a rate limit', () => {
  it.each([
    { name: 'while reading', method: 'GET' },
    { name: 'while asking', method: 'POST' },
  ])('ends a run cleanly $name, and holds for those after it', async ({ method: limited }) => {
    const { id } = scene.deliver(5);
    scene.intercept = (method) =>
      method === limited
        ? new Response('{"message":"secondary rate limit"}', {
            status: 403,
            headers: { 'retry-after': '300' },
          })
        : undefined;
    expect(await scene.run()).toMatchObject({ asked: 0, finished: false, stopped: 'rate_limited' });

    scene.intercept = () => undefined;
    const callsBefore = scene.github.calls.length;
    scene.advance(4 * MINUTE);
    expect(await scene.run()).toMatchObject({ asked: 0, finished: false, stopped: 'rate_limited' });
    expect(scene.github.calls).toHaveLength(callsBefore);

    scene.advance(MINUTE);
    expect(await scene.run()).toMatchObject({ asked: 1, finished: true });
    expect(scene.asked()).toEqual([id]);
  });

  it('costs the delivery none of its asks', async () => {
    const { guid } = scene.deliver(5);
    scene.intercept = (method) => (method === 'POST' ? new Response('{}', { status: 429 }) : undefined);
    await scene.run();
    expect(await scene.store.read(guid)).toMatchObject({ attempts: 0, leaseUntilMs: undefined });
  });
});

describe('a dry run', () => {
  it('says what it would do and changes nothing', async () => {
    const old = scene.deliver(1, { guid: '0b989ba4-242f-11e5-81e1-c7b6966d2516' });
    await scene.run();
    scene.advance(5 * MINUTE);
    scene.deliver(3, {
      guid: 'c1e6e3a0-242f-11e5-81e1-c7b6966d2516',
      statusCode: 413,
      request: { payload: {} },
    });
    scene.deliver(1, { guid: 'd1e6e3a0-242f-11e5-81e1-c7b6966d2516', statusCode: 0 });
    const position = await scene.store.readPosition();
    const writes = await countWrites(() => scene.run({ dryRun: true }));

    expect(writes.count).toBe(0);
    expect(writes.result).toMatchObject({ dryRun: true, asked: 1, pulled: 1, finished: true });
    expect(writes.result.plan).toEqual([
      {
        step: 'ask',
        guid: old.guid,
        event: 'issues',
        action: 'opened',
        statusCode: 500,
        deliveredAt: '2026-11-22T11:59:00.000Z',
        attempts: 0,
      },
      {
        step: 'pull',
        guid: 'c1e6e3a0-242f-11e5-81e1-c7b6966d2516',
        event: 'issues',
        action: 'opened',
        statusCode: 413,
        deliveredAt: '2026-11-22T12:02:00.000Z',
        attempts: 0,
      },
      {
        step: 'wait',
        guid: 'd1e6e3a0-242f-11e5-81e1-c7b6966d2516',
        event: 'issues',
        action: 'opened',
        statusCode: 0,
        deliveredAt: '2026-11-22T12:04:00.000Z',
        attempts: 0,
        at: '2026-11-22T12:06:00.000Z',
      },
    ]);
    expect([scene.asked(), scene.pulled]).toEqual([[], []]);
    await expect(scene.store.readPosition()).resolves.toEqual(position);
    expect(await scene.run()).toMatchObject({ dryRun: false, asked: 1, pulled: 1 });
  });

  it('reports nothing as given up', async () => {
    scene.deliver(5, { statusCode: 503 });
    expect(await scene.run({ dryRun: true })).toMatchObject({ lost: 1, plan: [{ step: 'lost' }] });
    expect(scene.lines('delivery lost')).toEqual([]);
    expect(scene.lines('sweep')).toMatchObject([{ dryRun: true }]);
  });

  it('of failures that ended plans nothing for them', async () => {
    scene.deliver(5);
    answerRedeliveries(200);
    await scene.run();
    await scene.github.deliveries.settled();
    expect(await scene.run({ dryRun: true })).toMatchObject({ recovered: 1, plan: [] });
    expect(await scene.run()).toMatchObject({ recovered: 1 });
    expect(await scene.run({ dryRun: true, lookBackMs: 3 * DAY })).toMatchObject({ asked: 0, plan: [] });
  });
});

/** Counts what is written to DynamoDB meanwhile. */
async function countWrites<T>(
  work: () => Promise<T>,
): Promise<{ readonly count: number; readonly result: T }> {
  let count = 0;
  dynamo.after = (operation) => void (count += operation === 'GetItem' ? 0 : 1);
  const result = await work().finally(() => (dynamo.after = () => {}));
  return { count, result };
}

it('tells of records of another version once a run, and goes on', async () => {
  const { id } = scene.deliver(5);
  const { store } = scene;
  const listOpen = async () => ({ ...(await store.listOpen()), unreadable: ['sweep-index#h#a#2#b'] });
  expect(await scene.run({}, { store: { ...store, listOpen } })).toMatchObject({
    unreadable: 1,
    finished: true,
  });
  expect(scene.asked()).toEqual([id]);
  expect(scene.lines('records of another version are left alone')).toMatchObject([
    { level: 'ERROR', records: ['sweep-index#h#a#2#b'] },
  ]);
});
