/** What one entry of GitHub's log, one tenant, or one process that dies may not do to all others. */
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

const REQUEST = { headers: { 'X-GitHub-Event': 'issues' }, payload: { action: 'opened' } };

/** Answers whatever is asked about one delivery, and nothing else. */
function answerFor(id: string, answer: () => Response): void {
  scene.intercept = (_, url) => (url.pathname.includes(`/${id}`) ? answer() : undefined);
}

describe('one entry of the log', () => {
  const bad = (status: number, text: string) => () => new Response(text, { status });
  it.each([
    { what: 'is refused with 400', answer: bad(400, '{"message":"Bad Request"}') },
    { what: 'is refused with 403', answer: bad(403, '{"message":"Resource not accessible by integration"}') },
    { what: 'is garbled', answer: bad(200, '{"id":1,"gu') },
    { what: 'is another delivery', answer: bad(200, '{"guid":"another","request":{"payload":{}}}') },
    { what: 'is a page of a proxy', answer: bad(404, '<html>Not Found</html>'), reason: 'outage' },
  ])(
    'whose detail $what is postponed and counted, and the newer ones are asked for',
    async ({ answer, reason = 'unexpected' }) => {
      const poison = scene.deliver(40, { statusCode: 503, request: REQUEST });
      const newer = scene.deliver(30);
      answerFor(poison.id, answer);
      expect(await scene.run()).toMatchObject({ asked: 1, lost: 0, open: 2, finished: true });
      expect(scene.asked()).toEqual([newer.id]);
      expect(await scene.store.read(poison.guid)).toMatchObject({ attempts: 1, leaseUntilMs: undefined });
      const why = reason === 'unexpected' ? { error: { code: 'github_unexpected' } } : {};
      expect(scene.lines('ask')).toMatchObject([{ delivery: poison.guid, reason, ...why }]);
    },
  );

  it('that can never be read is given up after six asks, and reported once', async () => {
    const poison = scene.deliver(5, { statusCode: 503, request: REQUEST });
    answerFor(poison.id, () => new Response('{"message":"Bad Request"}', { status: 400 }));
    for (let passed = 0; passed < 4 * DAY; passed += HOUR) {
      await scene.run();
      scene.advance(HOUR);
    }
    expect(scene.lines('delivery given up')).toMatchObject([{ delivery: poison.guid, attempts: 6 }]);
    expect(scene.lines('delivery lost')).toEqual([]);
  });

  it('with a date of 1970 ends no scan, and is asked for', async () => {
    for (let index = 0; index < 60; index += 1) scene.deliver(2 + index / 4, { statusCode: 200 });
    const odd = scene.deliver(17);
    for (let index = 0; index < 60; index += 1) scene.deliver(18 + index / 4, { statusCode: 200 });
    const behind = scene.deliver(50);
    const throughout = scene.intercept;
    scene.rewrite = (text) => text.replaceAll(odd.deliveredAt.toISOString(), '1970-01-01T00:00:00Z');
    expect(await scene.run()).toMatchObject({ open: 2, asked: 2, finished: true });
    expect(scene.asked()).toEqual([behind.id, odd.id]);
    scene.intercept = throughout;
  });

  it('without a date that can be read is asked for', async () => {
    const odd = scene.deliver(17);
    scene.deliver(10, { statusCode: 200 });
    scene.rewrite = (text) => text.replaceAll(odd.deliveredAt.toISOString(), 'yesterday');
    expect(await scene.run()).toMatchObject({ asked: 1, finished: true });
  });

  it('that says too little is counted, and hides none of the others', async () => {
    const odd = scene.deliver(17);
    const other = scene.deliver(10);
    scene.rewrite = (text) => text.replaceAll(odd.guid, '').replaceAll('"guid":""', '"guid":null');
    expect(await scene.run()).toMatchObject({ unreadableEntries: 1, asked: 1 });
    expect(scene.asked()).toEqual([other.id]);
  });
});

describe('a scan', () => {
  it('that is led back to where it was begins anew, and finds what is new', async () => {
    for (let index = 0; index < 110; index += 1) scene.deliver(10 + index / 4, { statusCode: 200 });
    let left = 60_000;
    scene.intercept = (_, url) => {
      if (!url.searchParams.has('cursor')) return void (left = 10_000);
      return undefined;
    };
    expect(await scene.run({ remainingMs: () => left })).toMatchObject({ stopped: 'out_of_time' });
    const { scan } = await scene.store.readPosition();
    const fresh = scene.deliver(3);
    scene.intercept = (_, url) =>
      url.searchParams.get('cursor') === scan?.cursor
        ? new Response(JSON.stringify([toEntry(scene)]), {
            headers: { link: `<https://x/?cursor=${scan?.cursor}>; rel="next"` },
          })
        : undefined;
    await scene.run().catch(() => {});
    expect(scene.asked()).toEqual([fresh.id]);
  });

  it('that cannot be finished for days keeps nothing open for ever', async () => {
    const { guid } = scene.deliver(5);
    await scene.run();
    for (let index = 0; index < 110; index += 1) scene.deliver(1, { statusCode: 200 });
    scene.intercept = (_, url) =>
      url.searchParams.has('cursor') ? new Response('{"message":"oops"}', { status: 422 }) : undefined;
    for (let passed = 0; passed < 4 * DAY; passed += 2 * HOUR) {
      await scene.run().catch(() => {});
      scene.advance(2 * HOUR);
    }
    expect(scene.lines('delivery given up')).toMatchObject([{ delivery: guid }]);
  });
});

function toEntry({ github }: Scene) {
  const [first] = github.deliveries.all().toReversed();
  if (first === undefined) throw new Error('an empty log');
  const { guid, event, action, status, statusCode } = first;
  const delivered_at = first.deliveredAt.toISOString();
  return { id: 7, guid, delivered_at, redelivery: false, status, status_code: statusCode, event, action };
}

describe('a page that takes its time', () => {
  it('is waited for, as long as there is time', async () => {
    scene.deliver(5);
    const limits: (number | undefined)[] = [];
    scene.onCall = ({ secondTryAfterMs }) => limits.push(secondTryAfterMs);
    await scene.run({ remainingMs: () => 240_000 });
    // Two thirds of the time are for reading, and a third of what is left of any before the second try.
    expect(limits).toEqual([53_333, 79_000]);
  });

  it('gets four seconds at least', async () => {
    const limits: (number | undefined)[] = [];
    scene.onCall = ({ secondTryAfterMs }) => limits.push(secondTryAfterMs);
    await scene.run({ remainingMs: () => 10_000 });
    expect(limits).toEqual([4_000]);
  });
});

describe('an installation that fails without end', () => {
  it('takes its turn with the others, and first asks come before others', async () => {
    for (let index = 0; index < 30; index += 1) scene.deliver(40 - index / 2, { installationId: 666 });
    await scene.run();
    scene.advance(15 * MINUTE);
    for (let index = 0; index < 30; index += 1) scene.deliver(14 - index / 4, { installationId: 666 });
    const quiet = scene.deliver(3, { installationId: 7 });
    let asks = 0;
    scene.intercept = (method) => {
      if (method === 'POST') asks += 1;
      return undefined;
    };
    expect(await scene.run({ remainingMs: () => (asks < 3 ? 60_000 : 0) })).toMatchObject({ asked: 3 });
    expect(scene.asked().slice(-3)).toContain(quiet.id);
    const earlier = scene.asked().slice(0, -3);
    expect(
      scene
        .asked()
        .slice(-3)
        .filter((id) => earlier.includes(id)),
    ).toEqual([]);
  });
});

describe('a delivery that kills every process that touches it', () => {
  it('is counted before it is touched, keeps nobody else waiting, and is given up', async () => {
    const poisons = [40, 39, 38].map((minutesAgo) => scene.deliver(minutesAgo, { statusCode: 413 }));
    const ordinary = scene.deliver(20);
    let deaths = 0;
    const run = async () => {
      // A process that dies writes nothing more, and tells nobody.
      const dead = new AbortController();
      const { store } = scene;
      const died = () => Promise.reject(new Error('killed'));
      const mortal = Object.fromEntries(
        Object.entries(store).map(([name, work]) => [
          name,
          (...of: never[]) => (dead.signal.aborted ? died() : (work as (...all: never[]) => unknown)(...of)),
        ]),
      ) as unknown as typeof store;
      const pull = () => {
        deaths += 1;
        dead.abort();
        return died();
      };
      await scene.run({ signal: dead.signal }, { store: mortal, pull }).catch(() => {});
    };
    for (let round = 0; round < 5; round += 1) {
      await run();
      scene.advance(5 * MINUTE);
    }
    expect(scene.asked()).toContain(ordinary.id);
    for (let passed = 0; passed < 5 * DAY; passed += HOUR) {
      await run();
      scene.advance(HOUR);
    }
    expect(deaths).toBe(18);
    const reported = scene.lines('delivery given up').map(({ delivery }) => delivery);
    expect(reported).toEqual(expect.arrayContaining(poisons.map(({ guid }) => guid)));
  });
});
