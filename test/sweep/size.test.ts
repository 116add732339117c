/** Deliveries that no redelivery can help: too large for the way to us, or gone from GitHub's log. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ServiceFault } from '../../lib/faults.ts';
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

const REQUEST = {
  headers: { 'X-GitHub-Event': 'issues', 'X-GitHub-Hook-ID': '42', 'X-Hub-Signature-256': 'sha256=00' },
  payload: { action: 'opened', issue: { id: 1 } },
};
const TOO_LARGE = { payload: '{"outcome":"failed","reason":"delivery_too_large"}' };
const RATE_LIMITED = { payload: '{"outcome":"failed","reason":"rate_limited"}' };

async function runHourly(days: number): Promise<void> {
  for (let passed = 0; passed < days * DAY; passed += HOUR) {
    scene.advance(HOUR);
    await scene.run();
  }
}

describe('a delivery too large', () => {
  it.each([
    { name: 'for the front door (413)', delivery: { statusCode: 413, request: REQUEST } },
    { name: 'for the queue (503)', delivery: { statusCode: 503, request: REQUEST, response: TOO_LARGE } },
  ])('$name is pulled once, and never asked for', async ({ delivery }) => {
    const { id, guid } = scene.deliver(5, { ...delivery, installationId: 51230417 });
    expect(await scene.run()).toMatchObject({ pulled: 1, asked: 0, open: 0, finished: true });
    expect(scene.pulled).toEqual([
      {
        logId: id,
        guid,
        event: 'issues',
        action: 'opened',
        installationId: '51230417',
      },
    ]);
    await runHourly(2);
    expect(await scene.run({ lookBackMs: 3 * DAY })).toMatchObject({ pulled: 0, asked: 0, open: 0 });
    expect(scene.pulled).toHaveLength(1);
    expect(scene.asked()).toEqual([]);
  });

  describe.each([
    { name: 'for the front door (413)', delivery: { statusCode: 413, request: REQUEST } },
    { name: 'for the queue (503)', delivery: { statusCode: 503, request: REQUEST, response: TOO_LARGE } },
  ])('$name', ({ delivery }) => {
    it('is closed with no ask noted, so that what arrives next is a person’s', async () => {
      const { guid } = scene.deliver(5, delivery);
      const { store } = scene;
      const closed: unknown[] = [];
      const close: typeof store.close = async (entry, as) => {
        closed.push(as, await store.read(guid));
        return store.close(entry, as);
      };
      await scene.run({}, { store: { ...store, close } });
      expect(closed).toMatchObject(['pulled', { attempts: 1, askedAtMs: undefined }]);
    });

    it('stays open with no ask noted where its handlers fail', async () => {
      const { guid } = scene.deliver(5, delivery);
      scene.pullAnswer = 'failed';
      await scene.run();
      expect(await scene.store.read(guid)).toMatchObject({ attempts: 1, askedAtMs: undefined });
    });
  });

  it('for the front door has no ask noted while it is pulled', async () => {
    const { guid } = scene.deliver(5, { statusCode: 413, request: REQUEST });
    const underWay: unknown[] = [];
    await scene.run({}, { pull: async () => (underWay.push(await scene.store.read(guid)), 'done') });
    expect(underWay).toMatchObject([{ attempts: 1, askedAtMs: undefined }]);
  });

  it('is pulled by one of two runs', async () => {
    scene.deliver(5, { statusCode: 413, request: REQUEST });
    await Promise.all([scene.run(), scene.run()]);
    expect(scene.pulled).toHaveLength(1);
  });

  it('that was refused for another reason before is still pulled', async () => {
    const guid = '0b989ba4-242f-11e5-81e1-c7b6966d2516';
    scene.deliver(9, { guid, statusCode: 413, request: REQUEST });
    scene.deliver(5, { guid, statusCode: 500, request: REQUEST, redelivery: true });
    expect(await scene.run()).toMatchObject({ pulled: 1, asked: 0 });
  });

  it('whose handlers fail is pulled again, six times in all, and then given up', async () => {
    scene.deliver(5, { statusCode: 413, request: REQUEST });
    scene.pullAnswer = 'failed';
    expect(await scene.run()).toMatchObject({ pulled: 0, open: 1 });
    await runHourly(3);
    expect(scene.pulled).toHaveLength(6);
    expect(scene.lines('delivery given up')).toMatchObject([{ attempts: 6, status: 413 }]);
  });

  it('whose pull throws is pulled again', async () => {
    scene.deliver(5, { statusCode: 413, request: REQUEST });
    const gone = new Error('the queue is away');
    const pull = async () => Promise.reject(gone);
    expect(await scene.run({}, { pull })).toMatchObject({ pulled: 0, open: 1, finished: true });
    scene.advance(10 * MINUTE);
    expect(await scene.run()).toMatchObject({ pulled: 1 });
  });

  it('whose pull meets a rate limit ends the run cleanly', async () => {
    scene.deliver(5, { statusCode: 413, request: REQUEST });
    const limit = new ServiceFault('app_rate_limited', 'Wait.', { retryAfterSeconds: 120 });
    const pull = async () => Promise.reject(limit);
    expect(await scene.run({}, { pull })).toMatchObject({ stopped: 'rate_limited', finished: false });
    scene.advance(2 * MINUTE);
    expect(await scene.run()).toMatchObject({ pulled: 1, finished: true });
  });
});

describe('any other 503', () => {
  it.each([
    { name: 'with another reason', response: RATE_LIMITED },
    { name: 'that is not our answer', response: { payload: '<html>' } },
    { name: 'without an answer', response: {} },
  ])('$name is asked for', async ({ response }) => {
    const { id } = scene.deliver(5, { statusCode: 503, request: REQUEST, response });
    expect(await scene.run()).toMatchObject({ pulled: 0, asked: 1 });
    expect(scene.asked()).toEqual([id]);
  });

  it('is the only answer that is looked up', async () => {
    scene.deliver(5, { statusCode: 500, request: REQUEST, response: TOO_LARGE });
    await scene.run();
    const details = scene.github.calls.filter(({ path }) => /\/deliveries\/\d+$/.test(path));
    expect(details).toEqual([]);
  });
});

describe('a delivery that the log has lost', () => {
  it.each([
    { name: 'a 413 whose payload the pull does not find', statusCode: 413 },
    { name: 'a 503 without its payload', statusCode: 503, response: TOO_LARGE },
  ])('$name is reported once', async (delivery) => {
    scene.pullAnswer = 'lost';
    const { guid } = scene.deliver(5, { ...delivery, request: { payload: null } });
    expect(await scene.run()).toMatchObject({ lost: 1, open: 0, pulled: 0, asked: 0, finished: true });
    await runHourly(1);
    expect(await scene.run({ lookBackMs: 3 * DAY })).toMatchObject({ lost: 0, open: 0 });
    expect(scene.lines('delivery lost')).toMatchObject([{ level: 'ERROR', delivery: guid }]);
    expect(scene.asked()).toEqual([]);
  });

  it('after no run asked for it in three days is reported once', async () => {
    scene.deliver(1);
    await scene.run();
    scene.advance(4 * DAY);
    expect(await scene.run()).toMatchObject({ lost: 1, asked: 0, open: 0 });
    await runHourly(1);
    expect(scene.lines('delivery lost')).toHaveLength(1);
  });

  it('whose redelivery is refused for want of a payload is reported once', async () => {
    scene.deliver(5, { request: { payload: null } });
    scene.intercept = (method) => (method === 'POST' ? new Response('{}', { status: 422 }) : undefined);
    expect(await scene.run()).toMatchObject({ lost: 1, asked: 0, open: 0 });
    expect(scene.lines('delivery lost')).toHaveLength(1);
  });
});
