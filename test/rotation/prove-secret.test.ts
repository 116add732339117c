/** What GitHub's log proves of a new webhook secret, and what it does not. */
import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CallAsApp } from '../../lib/github/app-calls.ts';
import { parseExactJson } from '../../lib/json/exact-json.ts';
import { proveSecret } from '../../lib/rotation/prove-secret.ts';
import { createDeliveries, type Deliveries, type DeliverySpec } from '../../local/github/delivery-log.ts';
import { createManualClock, type ManualClock } from '../harness/clock.ts';

const { signal } = new AbortController();
const PAYLOAD = { zen: 'Keep it logically awesome.' };
const MINUTE = 60_000;

let clock: ManualClock;
let deliveries: Deliveries;
let call: CallAsApp;
/** Ids of the deliveries that were asked for again. */
let asked: string[];

beforeEach(() => {
  clock = createManualClock();
  asked = [];
  const url = 'http://localhost';
  const log = createDeliveries({ url, now: () => clock.now() });
  deliveries = log;
  call = async ({ method, path }) => {
    const { pathname, searchParams } = new URL(path, url);
    if (method === 'POST') asked.push(pathname.split('/').at(-2) ?? '');
    const answer = log.answer({ method, path: pathname, query: searchParams, headers: {}, body: '' });
    const headers = new Headers({ ...answer.headers, date: new Date(clock.now()).toUTCString() });
    const body = answer.text === undefined ? answer.body : parseExactJson(answer.text);
    return { status: answer.status, headers, body };
  };
});

const signedWith = (secret: string): Required<Pick<DeliverySpec, 'request'>> => {
  const digest = createHmac('sha256', secret).update(JSON.stringify(PAYLOAD)).digest('hex');
  return { request: { headers: { 'X-Hub-Signature-256': `sha256=${digest}` }, payload: PAYLOAD } };
};

/** What we answered with, for these outcomes of handlers. */
const answered = (outcome: string, ...handlers: string[]): Required<Pick<DeliverySpec, 'response'>> => ({
  response: {
    payload: JSON.stringify({
      outcome,
      handlers: handlers.map((each, nth) => ({ name: `handler ${nth}`, outcome: each })),
    }),
  },
});

const ago = (ms: number): Date => new Date(clock.now() - ms);

/** @param meanwhile What happens so many seconds after the change. */
async function prove(meanwhile: Readonly<Record<number, () => void>> = {}): Promise<string> {
  const proving = proveSecret('new', { call, clock, others: ['old'] }, signal);
  for (let second = 0; second < 40; second += 1) {
    await clock.advance(1_000);
    meanwhile[second]?.();
  }
  return proving;
}

describe('what was sent before the change', () => {
  it.each([
    { what: 'failed, signed with the old one', statusCode: 500 },
    { what: 'was refused', statusCode: 401 },
  ])('and $what is no verdict on the new secret', async ({ statusCode }) => {
    deliveries.add({ event: 'push', statusCode, deliveredAt: ago(MINUTE), ...signedWith('old') });
    expect(await prove()).toBe('nothing delivered');
    expect(asked).toEqual([]);
  });

  it.each([
    { what: 'signed with the old one', statusCode: 200, request: signedWith('old').request },
    { what: 'answered well', statusCode: 200, request: {} },
    { what: 'refused', statusCode: 401, request: {} },
  ])('shows up in the log late, $what: it is no verdict either', async ({ statusCode, request }) => {
    deliveries.add({ event: 'push', statusCode: 500, deliveredAt: ago(MINUTE) });
    const deliveredAt = ago(3_000);
    const late = () => void deliveries.add({ event: 'issues', statusCode, deliveredAt, request });
    expect(await prove({ 20: late })).toBe('nothing delivered');
  });

  it('or so it seems, and is signed with the new one: that proves it, and nothing is asked for', async () => {
    const more = { ...signedWith('new'), ...answered('ignored') };
    deliveries.add({ event: 'push', statusCode: 202, deliveredAt: ago(3_000), ...more });
    expect(await prove()).toBe('signed with it');
    expect(asked).toEqual([]);
  });
});

describe('what was sent after the change', () => {
  beforeEach(() => {
    deliveries.add({ event: 'push', statusCode: 500, deliveredAt: ago(MINUTE), ...signedWith('old') });
  });

  it.each([
    { spec: { statusCode: 200, ...signedWith('new') }, proof: 'signed with it' },
    { spec: { statusCode: 200, ...signedWith('old') }, proof: 'signed with another' },
    { spec: { statusCode: 401, ...signedWith('a third') }, proof: 'refused' },
    { spec: { statusCode: 202 }, proof: 'accepted' },
    { spec: { statusCode: 500 }, proof: 'nothing delivered' },
  ])('tells by itself: $proof', async ({ spec, proof }) => {
    expect(await prove({ 15: () => void deliveries.add({ event: 'issues', ...spec }) })).toBe(proof);
    expect(asked).toEqual([]);
  });

  it("is told by GitHub's clock, where that of a laptop is slow", async () => {
    const slow = { ...clock, now: () => clock.now() - 10 * MINUTE };
    deliveries.add({ event: 'issues', statusCode: 200, deliveredAt: ago(MINUTE), ...signedWith('old') });
    const deliveredAt = ago(2_000);
    const proving = proveSecret('new', { call, clock: slow, others: ['old'] }, signal);
    await clock.advance(4_000);
    deliveries.add({ event: 'issues', statusCode: 200, deliveredAt, ...signedWith('old') });
    await clock.advance(40_000);
    expect(await proving).toBe('nothing delivered');
  });
});

describe('a delivery is sent again', () => {
  it.each([
    { what: 'was skipped', statusCode: 200, ...answered('skipped', 'skipped') },
    {
      what: 'is queued, and its handler may have given up',
      statusCode: 202,
      ...answered('queued', 'queued'),
    },
    {
      what: 'was handled beside one that skipped',
      statusCode: 200,
      ...answered('handled', 'handled', 'skipped'),
    },
    { what: 'was answered by nobody knows what', statusCode: 200 },
    { what: 'failed', statusCode: 500, ...answered('failed', 'failed') },
  ])('never where it $what: its handler would run anew', async ({ what: _, ...spec }) => {
    deliveries.add({ event: 'push', deliveredAt: ago(MINUTE), ...spec });
    expect(await prove()).toBe('nothing delivered');
    expect(asked).toEqual([]);
  });

  it.each([
    { outcome: 'handled', handlers: ['handled', 'duplicate'] },
    { outcome: 'ignored', handlers: [] },
    { outcome: 'duplicate', handlers: ['duplicate'] },
  ])('where it was $outcome', async ({ outcome, handlers }) => {
    const spec = { event: 'push', statusCode: 200, deliveredAt: ago(MINUTE) };
    const harmless = deliveries.add({ ...spec, ...answered(outcome, ...handlers) });
    deliveries.add({ ...spec, ...answered('skipped', 'skipped') });
    deliveries.onRedeliver(() => ({ statusCode: 200 }));
    expect(await prove()).toBe('accepted');
    expect(asked).toEqual([harmless.id]);
  });

  it('rather if it is a ping', async () => {
    const spec = { statusCode: 202, ...answered('ignored') };
    const ping = deliveries.add({ event: 'ping', deliveredAt: ago(2 * MINUTE), ...spec });
    deliveries.add({ event: 'push', deliveredAt: ago(MINUTE), ...spec });
    await prove();
    expect(asked).toEqual([ping.id]);
  });

  it('and signed as it was at first: that proves nothing against the new secret', async () => {
    const spec = { event: 'ping', statusCode: 202, ...signedWith('old'), ...answered('ignored') };
    deliveries.add({ ...spec, deliveredAt: ago(MINUTE) });
    deliveries.onRedeliver(() => ({ statusCode: 202 }));
    expect(await prove()).toBe('accepted');
  });

  it('and signed as it was at first, with a secret that has ended since: that is no refusal of the new one', async () => {
    const spec = { event: 'ping', statusCode: 202, ...signedWith('ended'), ...answered('ignored') };
    deliveries.add({ ...spec, deliveredAt: ago(MINUTE) });
    deliveries.onRedeliver(() => ({ statusCode: 401 }));
    expect(await prove()).toBe('nothing delivered');
  });
});
