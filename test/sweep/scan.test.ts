/** What the sweep takes for a failure, and how far it goes back. */
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

/** Enough good deliveries for one page and a bit, all in the last hour. */
function fillPage(count = 110): void {
  for (let index = 0; index < count; index += 1) scene.deliver(2 + index / 2, { statusCode: 200 });
}

/** From then on, every page but the first is answered with this. */
function failSecondPage(answer: () => Response): void {
  scene.intercept = (_, url) => (url.searchParams.has('cursor') ? answer() : undefined);
}

const badGateway = (): Response => new Response('<html>', { status: 502 });
const heal = (): void => {
  scene.intercept = () => undefined;
};

describe('a failure', () => {
  it.each([
    { name: 'a 500', statusCode: 500 },
    { name: 'a redirect', statusCode: 302 },
    { name: 'a connection that failed', statusCode: 0 },
    { name: 'a 401', statusCode: 401 },
  ])('is $name, and asked for by its exact id', async ({ statusCode }) => {
    const { id } = scene.deliver(5, { statusCode, id: '3804004623172239367' });
    expect(id).toBe('3804004623172239367');
    expect(await scene.run()).toMatchObject({ scanned: 1, open: 1, asked: 1, finished: true });
    expect(scene.asked()).toEqual(['3804004623172239367']);
  });

  it('is no delivery that was answered well', async () => {
    scene.deliver(5, { statusCode: 200 });
    scene.deliver(5, { statusCode: 202 });
    expect(await scene.run()).toMatchObject({ scanned: 2, open: 0, asked: 0 });
  });

  it.each([
    { name: 'no handler', delivery: { event: 'watch', action: 'started' } },
    { name: 'no handler of its action', delivery: { event: 'issues', action: 'closed' } },
    { name: 'no handler, having no action', delivery: { event: 'create', action: null } },
  ])('that $name claims is not asked for', async ({ delivery }) => {
    scene.deliver(5, delivery);
    expect(await scene.run()).toMatchObject({ scanned: 1, open: 0, asked: 0 });
  });

  it('without an action is claimed by its event', async () => {
    scene.deliver(5, { event: 'push', action: null });
    expect(await scene.run()).toMatchObject({ asked: 1 });
  });

  it('is asked for once for all its attempts, by the newest', async () => {
    const guid = '0b989ba4-242f-11e5-81e1-c7b6966d2516';
    scene.deliver(30, { guid });
    const { id } = scene.deliver(10, { guid, redelivery: true });
    await scene.run();
    expect(scene.asked()).toEqual([id]);
  });

  it.each([
    { name: 'before', ok: 40, failed: 20 },
    { name: 'after', ok: 20, failed: 40 },
  ])('is none that was answered well $name', async ({ ok, failed }) => {
    const guid = '0b989ba4-242f-11e5-81e1-c7b6966d2516';
    scene.deliver(failed, { guid });
    scene.deliver(ok, { guid, statusCode: 200 });
    expect(await scene.run()).toMatchObject({ asked: 0, open: 0 });
  });

  it('that is under way is given two minutes', async () => {
    scene.deliver(1);
    expect(await scene.run()).toMatchObject({ open: 1, asked: 0, finished: true });
    scene.advance(MINUTE);
    expect(await scene.run()).toMatchObject({ open: 1, asked: 1 });
  });
});

describe('a run goes back', () => {
  it('one hour, when it is the first', async () => {
    scene.deliver(61);
    const { id } = scene.deliver(59);
    expect(await scene.run()).toMatchObject({ scanned: 1, asked: 1 });
    expect(scene.asked()).toEqual([id]);
  });

  it('three days, when it is told to', async () => {
    const { id } = scene.deliver(2 * 24 * 60);
    expect(await scene.run({ lookBackMs: 3 * DAY })).toMatchObject({ scanned: 1, asked: 1 });
    expect(scene.asked()).toEqual([id]);
  });

  it('as far as it is told to, when everything is known already', async () => {
    await scene.run();
    scene.deliver(24 * 60);
    expect(await scene.run()).toMatchObject({ asked: 0 });
    expect(await scene.run({ lookBackMs: 3 * DAY })).toMatchObject({ asked: 1 });
  });

  it('to fifteen minutes before the last one began: the log shows some late', async () => {
    await scene.run();
    const late = scene.deliver(14);
    scene.deliver(16);
    scene.advance(6 * HOUR);
    const { id } = scene.deliver(300);
    expect(await scene.run()).toMatchObject({ scanned: 2, asked: 2 });
    expect(scene.asked()).toEqual([late.id, id]);
  });

  it('to where a first run wanted to go that failed at once', async () => {
    scene.intercept = badGateway;
    await expect(scene.run()).rejects.toMatchObject({ code: 'github_unavailable' });
    heal();
    scene.deliver(55);
    scene.advance(30 * MINUTE);
    expect(await scene.run()).toMatchObject({ asked: 1 });
  });
});

describe('a run that fails in the middle', () => {
  it('is gone on with, and nothing is lost', async () => {
    const first = scene.deliver(3);
    fillPage();
    const last = scene.deliver(59);
    failSecondPage(badGateway);
    await expect(scene.run()).rejects.toMatchObject({ code: 'github_unavailable' });
    expect(scene.asked()).toEqual([first.id]);

    heal();
    scene.advance(2 * HOUR);
    const between = scene.deliver(30);
    const callsBefore = scene.github.calls.length;
    expect(await scene.run()).toMatchObject({ open: 3, asked: 3, finished: true });
    expect(scene.github.calls[callsBefore]?.path).toContain('cursor=');
    // What was never asked for comes before what was.
    expect(scene.asked()).toEqual([first.id, last.id, between.id, first.id]);
  });

  it('reports what it did, and that it failed', async () => {
    scene.deliver(3);
    fillPage();
    failSecondPage(badGateway);
    await expect(scene.run()).rejects.toThrow('GitHub answered 502');
    expect(scene.lines('sweep')).toMatchObject([
      { level: 'ERROR', scanned: 100, asked: 1, finished: false, error: { code: 'github_unavailable' } },
    ]);
  });

  it('remembers what it saw answered well, before the failure that it has yet to read', async () => {
    const guid = '0b989ba4-242f-11e5-81e1-c7b6966d2516';
    scene.deliver(1, { guid, statusCode: 200, redelivery: true });
    fillPage();
    scene.deliver(59, { guid });
    failSecondPage(badGateway);
    await expect(scene.run()).rejects.toThrow('GitHub answered 502');
    heal();
    scene.advance(HOUR);
    expect(await scene.run()).toMatchObject({ asked: 0, open: 0, finished: true });
  });

  it('does not keep newer failures waiting for ever', async () => {
    fillPage();
    const last = scene.deliver(59);
    failSecondPage(badGateway);
    await expect(scene.run()).rejects.toThrow('GitHub answered 502');
    await expect(scene.run()).rejects.toThrow('GitHub answered 502');
    scene.advance(10 * MINUTE);
    const { id } = scene.deliver(5);
    await expect(scene.run()).rejects.toThrow('GitHub answered 502');
    expect(scene.asked()).toEqual([id]);
    heal();
    await scene.run();
    expect(scene.asked()).toEqual([id, last.id]);
  });

  it('begins anew where GitHub knows its cursor no more', async () => {
    fillPage();
    const { id } = scene.deliver(59);
    failSecondPage(badGateway);
    await expect(scene.run()).rejects.toThrow('GitHub answered 502');
    let refusals = 0;
    scene.intercept = (_, url) => {
      if (!url.searchParams.has('cursor') || refusals > 0) return undefined;
      refusals += 1;
      return new Response('{"message":"Invalid cursor"}', { status: 422 });
    };
    expect(await scene.run()).toMatchObject({ scanned: 111, asked: 1, finished: true });
    expect(scene.asked()).toEqual([id]);
  });

  it('asks for what was open before', async () => {
    const { id } = scene.deliver(1);
    await scene.run();
    scene.advance(5 * MINUTE);
    scene.intercept = (method) => (method === 'GET' ? badGateway() : undefined);
    await expect(scene.run()).rejects.toThrow('GitHub answered 502');
    expect(scene.asked()).toEqual([id]);
  });
});

describe('a run out of time', () => {
  it('stops cleanly between two pages, and the next goes on', async () => {
    const first = scene.deliver(3);
    fillPage();
    const last = scene.deliver(59);
    let left = 60_000;
    scene.intercept = () => {
      left -= 45_000; // as though the page had taken so long
      return undefined;
    };
    expect(await scene.run({ remainingMs: () => left })).toMatchObject({
      scanned: 100,
      asked: 1,
      finished: false,
      stopped: 'out_of_time',
    });
    heal();
    expect(await scene.run()).toMatchObject({ asked: 1, finished: true });
    expect(scene.asked()).toEqual([first.id, last.id]);
  });

  it('stops cleanly while it asks, and the next goes on', async () => {
    const ids = [9, 8, 7].map((minutesAgo) => scene.deliver(minutesAgo).id);
    let left = 60_000;
    scene.intercept = (method) => {
      if (method === 'POST') left -= 30_000;
      return undefined;
    };
    expect(await scene.run({ remainingMs: () => left })).toMatchObject({
      open: 3,
      asked: 2,
      finished: false,
      stopped: 'out_of_time',
    });
    heal();
    expect(await scene.run()).toMatchObject({ asked: 1, finished: true });
    expect(scene.asked()).toEqual(ids);
  });

  it('stops cleanly when a call is cut off', async () => {
    scene.deliver(5);
    const cut = new AbortController();
    scene.intercept = () => {
      cut.abort();
      return undefined;
    };
    expect(await scene.run({ signal: cut.signal })).toMatchObject({
      finished: false,
      stopped: 'out_of_time',
    });
    heal();
    expect(await scene.run()).toMatchObject({ asked: 1, finished: true });
  });
});
