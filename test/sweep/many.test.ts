/** More failures than GitHub can be asked for soon: where there is a queue, they are pulled from its log. */
import { describe, expect, it } from 'vitest';
import { ServiceFault } from '../../lib/faults.ts';
import { createLog } from '../../lib/log/log.ts';
import type { DeliveryDetail } from '../../lib/github/logged-delivery.ts';
import { decodeMessage } from '../../lib/queue/message.ts';
import type { Enqueue } from '../../lib/queue/enqueue.ts';
import { createEnqueue } from '../../lib/queue/enqueue.ts';
import { createPullOneOfMany } from '../../lib/sweep/pull.ts';
import type { Pull } from '../../lib/sweep/run.ts';
import { FAILED_AT, openMany } from './many-scene.ts';

const TIME = { signal: new AbortController().signal, tryMs: 60_000 };
const done: Pull = async () => 'done';

describe('of more than 300 failures each', () => {
  it('is pulled, and GitHub is asked for none', async () => {
    const { run, asked } = openMany(301);
    expect(await run({ pullOneOfMany: done })).toMatchObject({
      pulled: 301,
      asked: 0,
      open: 0,
      finished: true,
    });
    expect(asked).toEqual([]);
  });

  it('is asked for where there is no queue', async () => {
    const { run, asked } = openMany(301);
    expect(await run({})).toMatchObject({ pulled: 0, asked: 301 });
    expect(asked).toHaveLength(301);
  });

  it('has its turn: every installation’s oldest first, eight at once, 80 ms apart', async () => {
    const scene = openMany(301, { installations: 7 });
    const order: string[] = [];
    let underWay = 0;
    let most = 0;
    await scene.run({
      async pullOneOfMany({ installationId }) {
        order.push(installationId ?? '');
        underWay += 1;
        most = Math.max(most, underWay);
        await scene.settle();
        underWay -= 1;
        return 'done';
      },
    });
    expect(most).toBe(8);
    expect(new Set(order.slice(0, 7)).size).toBe(7);
    expect(new Set(order.slice(7, 14)).size).toBe(7);
    expect(scene.pauses.slice(0, 4)).toEqual([80, 160, 240, 320]);
  });

  it('that is known to be too large goes by reference, and is not read', async () => {
    const { run } = openMany(301, { statusCode: 413 });
    const references: string[] = [];
    const whole: string[] = [];
    const summary = await run({
      pull: async ({ guid }) => (references.push(guid), 'done'),
      pullOneOfMany: async ({ guid }) => (whole.push(guid), 'done'),
    });
    expect(summary).toMatchObject({ pulled: 301 });
    expect([references.length, whole.length]).toEqual([301, 0]);
  });

  it('that GitHub’s log has lost is reported as lost, the others are pulled', async () => {
    const { run } = openMany(301);
    const pullOneOfMany: Pull = async ({ guid }) => (guid === 'guid-7' ? 'lost' : 'done');
    expect(await run({ pullOneOfMany })).toMatchObject({ lost: 1, pulled: 300 });
  });

  it('has no ask noted while it is pulled: what GitHub sends then is a person’s', async () => {
    const { run, store } = openMany(301);
    const underWay: unknown[] = [];
    await run({ pullOneOfMany: async ({ guid }) => (underWay.push(await store.read(guid)), 'done') });
    expect(underWay).toHaveLength(301);
    for (const failure of underWay) expect(failure).toMatchObject({ attempts: 1, askedAtMs: undefined });
  });

  it('whose pull throws says why, once, stays open, and the others are pulled', async () => {
    const { run, store } = openMany(301);
    const lines: Record<string, unknown>[] = [];
    const log = createLog({
      level: 'error',
      write: (line) => void lines.push(JSON.parse(line)),
      now: () => FAILED_AT,
    });
    const pullOneOfMany: Pull = async ({ guid }) => {
      if (guid !== 'guid-7') return 'done';
      throw new ServiceFault('github_unexpected', 'The entry is odd: ghs_0123456789abcdef0123');
    };
    expect(await run({ pullOneOfMany, log })).toMatchObject({ pulled: 300, open: 1 });
    expect(lines).toMatchObject([
      {
        message: 'pull',
        delivery: 'guid-7',
        outcome: 'failed',
        error: { code: 'github_unexpected', message: 'The entry is odd: [redacted]' },
      },
    ]);
    expect(await store.read('guid-7')).toMatchObject({ attempts: 1, askedAtMs: undefined });
  });

  it('that is left when a rate limit comes keeps its asks, and the next run waits', async () => {
    const { run, store } = openMany(301);
    let pulls = 0;
    const pullOneOfMany: Pull = async () => {
      pulls += 1;
      if (pulls <= 100) return 'done';
      throw new ServiceFault('app_rate_limited', 'Wait.', { retryAfterSeconds: 60 });
    };
    expect(await run({ pullOneOfMany })).toMatchObject({ pulled: 100, stopped: 'rate_limited', open: 201 });
    expect(pulls).toBeLessThanOrEqual(108);
    for (const { guid } of (await store.listOpen()).entries)
      expect(await store.read(guid)).toMatchObject({ attempts: 0, askedAtMs: undefined });
    expect(await run({ pullOneOfMany: done })).toMatchObject({ pulled: 0, stopped: 'rate_limited' });
  });

  it('waits while the queue is down: the run ends after a few, and says why', async () => {
    const { run, store } = openMany(301);
    let pulls = 0;
    const pullOneOfMany: Pull = async () => {
      pulls += 1;
      throw new ServiceFault('queue_unavailable', 'SQS is down.');
    };
    await expect(run({ pullOneOfMany })).rejects.toMatchObject({ code: 'queue_unavailable' });
    expect(pulls).toBeLessThanOrEqual(10);
    expect((await store.listOpen()).entries).toHaveLength(301);
  });
});

it('300 failures are asked for, so that GitHub’s log shows them answered', async () => {
  const { run, asked } = openMany(300);
  expect(await run({ pullOneOfMany: done })).toMatchObject({ pulled: 0, asked: 300 });
  expect(asked).toHaveLength(300);
});

describe('what is pulled from many', () => {
  const PULLED = {
    logId: '3804004623172239366',
    guid: '0b989ba4-242f-11e5-81e1-c7b6966d2516',
    event: 'issues',
    action: 'opened',
    installationId: '51230417',
  };
  const HEADERS = { 'x-github-hook-id': '42', 'x-github-hook-installation-target-id': '4711' };

  /** What the queue has after the pull. */
  async function pull(detail: DeliveryDetail | 'larger' | undefined, enqueue?: Enqueue) {
    const sent: { readonly message: string; readonly group: string }[] = [];
    const send = async (message: string, group: string): Promise<void> => void sent.push({ message, group });
    const pullOne = createPullOneOfMany({
      deliveryLog: { small: async () => detail },
      enqueue: enqueue ?? createEnqueue({ send }, 'api.github.com'),
      now: () => FAILED_AT,
    });
    const ended = await pullOne(PULLED, TIME);
    return { ended, sent: sent.map(({ message, group }) => ({ group, decoded: decodeMessage(message) })) };
  }

  it('goes into the queue whole, with what its headers say', async () => {
    const payload = { action: 'opened', issue: { title: 'für alle ☕' } };
    const { ended, sent } = await pull({ headers: HEADERS, payload });
    expect(ended).toBe('done');
    expect(sent).toEqual([
      {
        group: 'api.github.com/51230417',
        decoded: {
          kind: 'delivery',
          delivery: {
            envelope: {
              id: PULLED.guid,
              event: 'issues',
              hookId: '42',
              targetAppId: null,
              receivedAt: new Date(FAILED_AT),
            },
            content: { kind: 'body', format: 'json', body: Buffer.from(JSON.stringify(payload)) },
            replay: false,
            redriven: false,
            swept: true,
          },
        },
      },
    ]);
  });

  const reference = { kind: 'reference', logId: PULLED.logId };

  it('goes as a reference where it is too large to be read beside others', async () => {
    const { ended, sent } = await pull('larger');
    expect(ended).toBe('done');
    expect(sent).toMatchObject([{ decoded: { delivery: { content: reference } } }]);
  });

  it('goes as a reference where it is nested deeper than can be written', async () => {
    const deep: unknown = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000));
    const { ended, sent } = await pull({ headers: HEADERS, payload: { deep } });
    expect(ended).toBe('done');
    expect(sent).toMatchObject([{ decoded: { delivery: { content: reference } } }]);
  });

  it('goes as a reference where it is too large for a message', async () => {
    const contents: string[] = [];
    const enqueue: Enqueue = async ({ content }) => {
      contents.push(content.kind);
      if (content.kind === 'body') throw new ServiceFault('delivery_too_large', 'It does not fit.');
    };
    const { ended } = await pull({ headers: HEADERS, payload: {} }, enqueue);
    expect(ended).toBe('done');
    expect(contents).toEqual(['body', 'reference']);
  });

  it.each([
    { what: 'is gone from the log', detail: undefined },
    { what: 'has lost its payload', detail: { headers: HEADERS, payload: undefined } },
  ])('is lost where it $what', async ({ detail }) => {
    expect(await pull(detail)).toEqual({ ended: 'lost', sent: [] });
  });

  it('stays a failure where the queue does not take it', async () => {
    const down = new ServiceFault('queue_unavailable', 'SQS is down.');
    await expect(pull({ headers: {}, payload: {} }, () => Promise.reject(down))).rejects.toBe(down);
  });
});
