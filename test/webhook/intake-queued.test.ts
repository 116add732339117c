/** An intake that hands deliveries to a queue: what it takes, what it sends, and what it answers. */
import { describe, expect, it } from 'vitest';
import { createManualClock } from '../harness/clock.ts';
import { defineHandler } from '../../lib/dispatch/define-handler.ts';
import { type FaultCode, ServiceFault } from '../../lib/faults.ts';
import { createEnqueue } from '../../lib/queue/enqueue.ts';
import { decodeMessage } from '../../lib/queue/message.ts';
import type { LambdaResult } from '../../lib/webhook/answer.ts';
import { DELIVERY_ID, module, type Sent, setScene } from './intake-scene.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const bodyOf = ({ body }: LambdaResult): unknown => JSON.parse(body);

interface SentMessage {
  readonly message: string;
  readonly group: string;
}

/** Handlers that must not even be loaded: that is the worker's business. */
const TABLE = {
  'issues.opened': () => Promise.reject(new Error('loaded')),
  push: () => Promise.reject(new Error('loaded')),
};

/** @param send What becomes of a message, once it is noted. */
function setQueuedScene(
  send: (signal: AbortSignal) => Promise<void> = () => Promise.resolve(),
  budgetMs = 8_500,
) {
  const clock = createManualClock(NOW);
  const sent: SentMessage[] = [];
  const enqueue = createEnqueue(
    {
      send(message, group, signal) {
        sent.push({ message, group });
        return send(signal);
      },
    },
    'api.github.com',
  );
  return { sent, clock, scene: setScene({ table: TABLE, enqueue, budgetMs, clock }) };
}

describe('a delivery that a handler claims', () => {
  it('is queued: 202, and one line', async () => {
    const { sent, scene } = setQueuedScene();
    const result = await scene.send();
    expect(result.statusCode).toBe(202);
    expect(bodyOf(result)).toEqual({
      delivery: DELIVERY_ID,
      event: 'issues',
      outcome: 'queued',
      handlers: [],
    });
    expect(sent).toHaveLength(1);
    expect(scene.lines).toEqual([
      {
        timestamp: expect.any(String),
        level: 'INFO',
        code: 'delivery',
        message: 'delivery',
        delivery: DELIVERY_ID,
        event: 'issues',
        action: 'opened',
        installation: null,
        hook: '458',
        outcome: 'queued',
        status: 202,
        handlers: 0,
        durationMs: 0,
      },
    ]);
    expect(scene.mints()).toBe(0);
  });

  it('is answered for when the queue has it, and not before', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { sent, scene } = setQueuedScene(() => promise);
    let answered = false;
    const result = scene.send().finally(() => {
      answered = true;
    });
    await expect.poll(() => sent).toHaveLength(1);
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    expect(scene.lines).toEqual([]);
    resolve();
    expect(bodyOf(await result)).toMatchObject({ outcome: 'queued' });
  });

  it('is queued whatever its handlers would say: they are asked by the worker', async () => {
    const handler = defineHandler('issues', {
      permissions: { issues: 'write' },
      when: () => false,
      handle() {},
    });
    const scene = setScene({ table: { issues: module(handler) }, enqueue: () => Promise.resolve() });
    expect(bodyOf(await scene.send())).toMatchObject({ outcome: 'queued' });
  });

  it('is queued again where it comes again: the ledger tells the copies apart', async () => {
    const { sent, scene } = setQueuedScene();
    await scene.send();
    await scene.send();
    expect(sent[1]).toEqual(sent[0]);
  });
});

describe('the message', () => {
  it.each([
    { name: 'JSON as it was written', body: '{ "action" :\n\t"opened", "a": 1.0, "a": 1e0 }' },
    {
      name: 'escapes and the same characters without',
      body: String.raw`{"action":"opened","z":"\u00dcÜ🚀\ud83d\ude80"}`,
    },
    { name: 'a byte order mark', body: '\uFEFF{"action":"opened"}' },
    { name: 'a megabyte', body: `{"action":"opened","x":"${'ß'.repeat(500_000)}"}` },
    {
      name: 'a form',
      body: 'payload=%7b%22action%22%3A%22opened%22%2C%22z%22:%22+%2B%22%7D&c',
      contentType: 'application/x-www-form-urlencoded; charset=utf-8',
      format: 'form',
    },
  ])(
    'carries the body byte for byte: $name',
    async ({ body, contentType = 'application/json', format = 'json' }) => {
      for (const shape of ['function_url', 'rest_api', 'load_balancer'] as const) {
        const { sent, scene } = setQueuedScene();
        const headers = { 'Content-Type': contentType };
        expect(await scene.send({ body, headers, shape })).toMatchObject({ statusCode: 202 });
        // Compared in one go: byte by byte the matcher takes a second for a megabyte.
        const carried = expect.toSatisfy((bytes: Buffer) => bytes.equals(Buffer.from(body)));
        expect(decodeMessage(sent[0]?.message ?? '')).toMatchObject({
          kind: 'delivery',
          delivery: { content: { kind: 'body', format, body: carried } },
        });
      }
    },
  );

  it('carries what its headers said, and when it came', async () => {
    const { sent, scene } = setQueuedScene();
    const headers = {
      'X-GitHub-Hook-Installation-Target-Type': 'integration',
      'X-GitHub-Hook-Installation-Target-ID': '31415',
    };
    await scene.send({ headers });
    expect(decodeMessage(sent[0]?.message ?? '')).toEqual({
      kind: 'delivery',
      delivery: {
        envelope: {
          id: DELIVERY_ID,
          event: 'issues',
          hookId: '458',
          targetAppId: '31415',
          receivedAt: new Date(NOW),
        },
        content: { kind: 'body', format: 'json', body: Buffer.from('{"action":"opened"}') },
        replay: false,
        redriven: false,
      },
    });
  });

  it.each([
    { body: '{"action":"opened","installation":{"id":51230417}}', group: 'api.github.com/51230417' },
    { body: '{"action":"opened"}', group: 'api.github.com/none' },
    { body: '{"action":"opened","installation":{"id":"51230417 x"}}', group: 'api.github.com/none' },
  ])('is of the group $group', async ({ body, group }) => {
    const { sent, scene } = setQueuedScene();
    await scene.send({ body });
    expect(sent).toMatchObject([{ group }]);
  });
});

describe('nothing is queued of', () => {
  it.each([
    { name: 'an event that nobody handles', sent: { event: 'watch' }, status: 202, outcome: 'ignored' },
    { name: 'a ping', sent: { event: 'ping', body: '{"zen":"x"}' }, status: 202, outcome: 'ignored' },
    {
      name: 'an action that nobody handles',
      sent: { body: '{"action":"closed"}' },
      status: 202,
      outcome: 'ignored',
    },
    { name: 'a forged delivery', sent: { secret: 'a guess' }, status: 401, outcome: 'rejected' },
    { name: 'a payload that is none', sent: { body: '[1]' }, status: 400, outcome: 'rejected' },
    {
      name: 'a delivery without an id',
      sent: { headers: { 'X-GitHub-Delivery': undefined } },
      status: 400,
      outcome: 'rejected',
    },
  ] satisfies readonly { name: string; sent: Sent; status: number; outcome: string }[])(
    '$name',
    async ({ sent: delivery, status, outcome }) => {
      const { sent, scene } = setQueuedScene();
      const result = await scene.send(delivery);
      expect(result.statusCode).toBe(status);
      expect(bodyOf(result)).toMatchObject({ outcome });
      expect(sent).toEqual([]);
    },
  );
});

describe('a queue that does not take a delivery', () => {
  it.each([
    { code: 'queue_unavailable', retryAfter: '30' },
    { code: 'delivery_too_large', retryAfter: '30' },
    { code: 'queue_unavailable', retryAfterSeconds: 7, retryAfter: '7' },
  ] as const satisfies readonly { code: FaultCode; retryAfterSeconds?: number; retryAfter: string }[])(
    'is a 503 with $code, to be tried again after $retryAfter s',
    async ({ code, retryAfter, ...options }) => {
      const { scene } = setQueuedScene(() =>
        Promise.reject(new ServiceFault(code, 'made for this test', options)),
      );
      const result = await scene.send();
      expect(result.statusCode).toBe(503);
      expect(result.headers?.['retry-after']).toBe(retryAfter);
      expect(bodyOf(result)).toEqual({
        delivery: DELIVERY_ID,
        event: 'issues',
        outcome: 'failed',
        reason: code,
        handlers: [],
      });
      expect(scene.lines).toMatchObject([
        {
          level: 'ERROR',
          code: 'delivery',
          message: 'delivery',
          delivery: DELIVERY_ID,
          event: 'issues',
          action: 'opened',
          outcome: 'failed',
          reason: code,
          status: 503,
          error: { code },
        },
      ]);
    },
  );

  it('by a mistake of ours is a 500 that shows nothing', async () => {
    const { scene } = setQueuedScene(() => Promise.reject(new TypeError('marker')));
    const result = await scene.send();
    expect(result.statusCode).toBe(500);
    expect(bodyOf(result)).toMatchObject({ delivery: DELIVERY_ID, reason: 'internal_error' });
    expect(result.body).not.toContain('marker');
  });

  it('but stays silent is given up in time to answer', async () => {
    const { scene, clock } = setQueuedScene(untilAborted, 400);
    const answer = scene.send();
    await clock.advance(399);
    expect(await answer).toMatchObject({ statusCode: 503 });
  });
});

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new ServiceFault('queue_unavailable', 'silence')));
  });
}
