import { describe, expect, it, vi } from 'vitest';
import type { ApiResponse } from '../../lib/github/api.ts';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { AnswerTooLarge } from '../../lib/http/received.ts';
import { ServiceFault } from '../../lib/faults.ts';
import type { Fetch } from '../../lib/http/fetch.ts';
import { createSender } from '../../lib/github/api.ts';
import type { CallAsApp } from '../../lib/github/app-calls.ts';
import { createDeliveryLog, type DeliveryLog } from '../../lib/github/delivery-log.ts';
import type { LogPage } from '../../lib/github/logged-delivery.ts';

const TIME = { signal: new AbortController().signal, tryMs: 60_000 };
const GUID = '0b989ba4-242f-11e5-81e1-c7b6966d2516';

interface Raw {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly text: string;
}

/** The log as these answers, in this order, make it: JSON text, so that ids are what GitHub writes. */
function readFrom(...answers: readonly Raw[]): {
  readonly log: DeliveryLog;
  readonly calls: readonly string[];
} {
  const calls: string[] = [];
  const left = [...answers];
  const fetch: Fetch = async (url, init) => {
    const { status = 200, headers = {}, text } = left.shift() ?? { text: '[]' };
    calls.push(url.toString());
    const { maxBytes = Infinity } = init ?? {};
    if (text.length > maxBytes) throw new TypeError('fetch failed', { cause: new AnswerTooLarge(maxBytes) });
    return new Response(text, { status, headers });
  };
  const send = createSender('https://api.github.com', fetch, SYSTEM_CLOCK);
  const call: CallAsApp = (request, callSignal): Promise<ApiResponse> => {
    return send({ ...request, credential: 'a JWT' }, callSignal);
  };
  return { log: createDeliveryLog(call), calls };
}

async function readAll(log: DeliveryLog, cursor?: string): Promise<readonly LogPage[]> {
  const pages: LogPage[] = [];
  for await (const page of log.pages(cursor, () => TIME)) pages.push(page);
  return pages;
}

/** As GitHub writes one; the id is over 2^53. */
const ENTRY = `{"id":3804004623172239366,"guid":"0b989ba4-242f-11e5-81e1-c7b6966d2516",
  "delivered_at":"2026-11-22T11:55:00Z","redelivery":false,"duration":0.27,"status":"Invalid HTTP Response: 502",
  "status_code":502,"event":"issues","action":"opened","installation_id":null,"repository_id":186853002,
  "throttled_at":null}`;

describe('a delivery that must be small', () => {
  const toText = (payload: object) => JSON.stringify({ guid: GUID, request: { headers: {}, payload } });

  it('comes whole', async () => {
    const { log, calls } = readFrom({ text: toText({ action: 'opened' }) });
    const small = await log.small({ id: '38', guid: GUID }, 1_000, TIME);
    expect(small).toMatchObject({ payload: { action: 'opened' } });
    expect(calls).toEqual(['https://api.github.com/app/hook/deliveries/38']);
  });

  it('is told apart where it is larger, and is not read to its end', async () => {
    const { log } = readFrom({ text: toText({ filler: 'x'.repeat(1_001) }) });
    await expect(log.small({ id: '38', guid: GUID }, 1_000, TIME)).resolves.toBe('larger');
  });

  it('is undefined where GitHub has it no more', async () => {
    const { log } = readFrom({ status: 404, text: '{"message":"Not Found"}' });
    await expect(log.small({ id: '38', guid: GUID }, 1_000, TIME)).resolves.toBeUndefined();
  });

  it('is a fault where GitHub is down, not a larger one', async () => {
    const { log } = readFrom({ status: 500, text: '{}' });
    await expect(log.small({ id: '38', guid: GUID }, 1_000, TIME)).rejects.toBeInstanceOf(ServiceFault);
  });
});

describe('a page', () => {
  it('has exact ids, however large', async () => {
    const small = ENTRY.replace('3804004623172239366', '12345678');
    const { log } = readFrom({ text: `[${ENTRY},${small}]` });
    const [page] = await readAll(log);
    expect(page?.deliveries.map(({ id }) => id)).toEqual(['3804004623172239366', '12345678']);
  });

  it('has what the sweep goes by', async () => {
    const { log } = readFrom({ text: `[${ENTRY}]` });
    await expect(readAll(log)).resolves.toEqual([
      {
        deliveries: [
          {
            id: '3804004623172239366',
            guid: '0b989ba4-242f-11e5-81e1-c7b6966d2516',
            deliveredAtMs: Date.parse('2026-11-22T11:55:00Z'),
            redelivery: false,
            status: 'Invalid HTTP Response: 502',
            statusCode: 502,
            event: 'issues',
            action: 'opened',
            installationId: null,
            repositoryId: '186853002',
          },
        ],
        unreadable: 0,
        cursor: undefined,
      },
    ]);
  });

  it.each([
    { name: 'a code of null', text: ENTRY.replace('"status_code":502', '"status_code":null') },
    { name: 'a code of 0', text: ENTRY.replace('"status_code":502', '"status_code":0') },
  ])('shows a connection that failed, with $name', async ({ text }) => {
    const [page] = await readAll(readFrom({ text: `[${text}]` }).log);
    expect(page?.deliveries[0]?.statusCode).toBe(0);
  });

  it('leaves out an entry that cannot be read, and counts it', async () => {
    const [page] = await readAll(readFrom({ text: `[{"id":1},${ENTRY}]` }).log);
    expect(page?.deliveries).toHaveLength(1);
    expect(page?.unreadable).toBe(1);
  });

  it.each(['"yesterday"', 'null', '7'])('keeps an entry whose date is %s', async (date) => {
    const entry = ENTRY.replace('"2026-11-22T11:55:00Z"', date);
    const [page] = await readAll(readFrom({ text: `[${entry}]` }).log);
    expect(page?.deliveries).toMatchObject([{ guid: GUID, deliveredAtMs: 0 }]);
  });

  it('of nothing but such entries is a fault', async () => {
    await expect(readAll(readFrom({ text: '[{"id":1}]' }).log)).rejects.toMatchObject({
      code: 'github_unexpected',
    });
  });

  it('leads to the next by the cursor in the Link header', async () => {
    const link = '<https://api.github.com/app/hook/deliveries?per_page=100&cursor=v1_17%2B3>; rel="next"';
    const { log, calls } = readFrom({ text: `[${ENTRY}]`, headers: { link } }, { text: '[]' });
    const pages = await readAll(log);
    expect(pages.map(({ cursor }) => cursor)).toEqual(['v1_17+3', undefined]);
    expect(calls).toEqual([
      'https://api.github.com/app/hook/deliveries?per_page=100',
      'https://api.github.com/app/hook/deliveries?per_page=100&cursor=v1_17%2B3',
    ]);
  });

  it('leads nowhere by a Link to the previous page', async () => {
    const link = '<https://api.github.com/app/hook/deliveries?per_page=100&cursor=x>; rel="prev"';
    const { log, calls } = readFrom({ text: `[${ENTRY}]`, headers: { link } });
    await readAll(log);
    expect(calls).toHaveLength(1);
  });

  it('that leads to itself is a fault', async () => {
    const link = '<https://api.github.com/app/hook/deliveries?cursor=x>; rel="next"';
    const page = { text: `[${ENTRY}]`, headers: { link } };
    await expect(readAll(readFrom(page, page).log)).rejects.toMatchObject({ code: 'github_unexpected' });
  });

  it('that leads back to an earlier one is a fault', async () => {
    const toPage = (cursor: string, entry: string) => ({
      text: `[${entry}]`,
      headers: { link: `<https://api.github.com/app/hook/deliveries?cursor=${cursor}>; rel="next"` },
    });
    const other = ENTRY.replace('3804004623172239366', '1');
    const { log } = readFrom(toPage('a', ENTRY), toPage('b', other), toPage('a', ENTRY));
    await expect(readAll(log)).rejects.toMatchObject({ code: 'github_unexpected' });
  });

  it('that repeats the one before is a fault, whatever its cursor', async () => {
    const toPage = (cursor: string) => ({
      text: `[${ENTRY}]`,
      headers: { link: `<https://api.github.com/app/hook/deliveries?cursor=${cursor}>; rel="next"` },
    });
    const { log, calls } = readFrom(toPage('a'), toPage('b'), toPage('c'));
    await expect(readAll(log)).rejects.toMatchObject({ code: 'github_unexpected' });
    expect(calls).toHaveLength(2);
  });

  it('of a cursor that GitHub does not take is a fault', async () => {
    const { log } = readFrom({ status: 422, text: '{"message":"Invalid cursor"}' });
    await expect(readAll(log, 'stale')).rejects.toMatchObject({
      code: 'github_unexpected',
      detail: 'list of deliveries: 422',
    });
  });
});

/** The same, whole. */
const toText = (request: string, response = '{"headers":{},"payload":"ok"}'): string =>
  `${ENTRY.slice(0, -1)},"request":${request},"response":${response}}`;

const ONE = { id: '3804004623172239366', guid: GUID };

describe('a delivery', () => {
  it('comes with its payload, as JSON.parse has it', async () => {
    const { log } = readFrom({ text: toText('{"headers":{},"payload":{"issue":{"id":7,"n":1.5}}}') });
    const detail = await log.detail(ONE, TIME);
    expect(detail).toEqual({ headers: {}, payload: { issue: { id: 7, n: 1.5 } }, answer: 'ok' });
  });

  it('comes with the headers it is known by, and no other', async () => {
    const headers = `{"X-Github-Event":"issues","X-GitHub-Delivery":"0b98","X-GitHub-Hook-ID":42,
      "X-GitHub-Hook-Installation-Target-Type":"integration","X-GitHub-Hook-Installation-Target-ID":"4711",
      "X-Github-Encoded-Secret":"c2VjcmV0","X-Hub-Signature-256":"sha256=00","User-Agent":"GitHub-Hookshot/1"}`;
    const { log } = readFrom({ text: toText(`{"headers":${headers},"payload":{}}`) });
    expect((await log.detail(ONE, TIME))?.headers).toEqual({
      'x-github-event': 'issues',
      'x-github-delivery': '0b98',
      'x-github-hook-id': '42',
      'x-github-hook-installation-target-type': 'integration',
      'x-github-hook-installation-target-id': '4711',
    });
  });

  it.each(['null', '{"headers":null,"payload":null}'])(
    'whose request is %s has no payload',
    async (request) => {
      const text = toText(request, 'null');
      await expect(readFrom({ text }).log.detail(ONE, TIME)).resolves.toEqual({
        payload: undefined,
        headers: {},
      });
      expect((await readFrom({ text }).log.glance(ONE, TIME))?.hasPayload).toBe(false);
    },
  );

  it('that the log no longer has is absent', async () => {
    const { log } = readFrom({ status: 404, text: '{"message":"Not Found"}' });
    await expect(log.detail(ONE, TIME)).resolves.toBeUndefined();
  });

  describe.each(['detail', 'glance'] as const)('(%s) of which GitHub says', (read) => {
    it.each([
      { what: 'nothing that is JSON', text: '<html>' },
      { what: 'half of it', text: toText('{"headers":{},"payload":{}}').slice(0, -20) },
      { what: 'no request at all', text: `${ENTRY.slice(0, -1)},"response":null}` },
      {
        what: 'another one',
        text: toText('{"payload":{}}').replace(GUID, 'd1e6e3a0-0000-0000-0000-000000000000'),
      },
      { what: 'a 404 that is not its own', status: 404, text: '<html>404</html>' },
      { what: 'a 404 in JSON that is not its own', status: 404, text: '{"error":"no route"}' },
      { what: 'a 410 that is not its own', status: 410, text: '' },
      { what: 'that the request is bad', status: 400, text: '{"message":"Bad Request"}' },
    ])('$what is not lost: it is a fault', async ({ text, status = 200 }) => {
      const { log } = readFrom({ status, text });
      await expect(log[read](ONE, TIME)).rejects.toMatchObject({ code: 'github_unexpected' });
    });
  });

  it('at a glance tells whether our answer names a reason, without parsing what is large', async () => {
    const large = `{"headers":{},"payload":{"text":"${'x'.repeat(2_000_000)}"}}`;
    const answered = '{"headers":{},"payload":"{\\"reason\\":\\"delivery_too_large\\"}"}';
    const { log } = readFrom({ text: toText(large, answered) }, { text: toText(large) });
    const parse = vi.spyOn(JSON, 'parse');
    const first = await log.glance(ONE, TIME);
    const second = await log.glance(ONE, TIME);
    expect(parse).not.toHaveBeenCalled();
    parse.mockRestore();
    expect([first?.hasPayload, first?.mentions('delivery_too_large')]).toEqual([true, true]);
    expect([second?.hasPayload, second?.mentions('delivery_too_large')]).toEqual([true, false]);
  });

  it.each([
    { what: 'as GitHub writes them', headers: '{"X-GitHub-Hook-ID":"427364001"}', hookId: '427364001' },
    { what: 'as a number, in small letters', headers: '{"x-github-hook-id": 7}', hookId: '7' },
    { what: 'and not', headers: '{}', hookId: undefined },
  ])('at a glance tells the hook that its headers name: $what', async ({ headers, hookId }) => {
    const payload = '{"text":"\\"X-GitHub-Hook-ID\\":\\"1\\""}';
    const { log } = readFrom({ text: toText(`{"headers":${headers},"payload":${payload}}`) });
    expect((await log.glance(ONE, TIME))?.hookId).toBe(hookId);
  });

  it('is asked for by its digits alone', async () => {
    const { log, calls } = readFrom();
    await expect(log.detail({ id: '1/../../installations', guid: GUID }, TIME)).rejects.toMatchObject({
      code: 'internal_error',
    });
    expect(calls).toEqual([]);
  });
});

describe('a redelivery', () => {
  it.each([
    { status: 202, result: 'asked' },
    { status: 404, result: 'gone' },
    { status: 410, result: 'gone' },
    { status: 422, result: 'refused' },
    { status: 400, result: 'refused' },
  ])('answered $status is $result', async ({ status, result }) => {
    const { log, calls } = readFrom({ status, text: '{"message":"Said GitHub"}' });
    await expect(log.redeliver('3804004623172239366', TIME)).resolves.toBe(result);
    expect(calls).toEqual(['https://api.github.com/app/hook/deliveries/3804004623172239366/attempts']);
  });

  it('answered well but not as GitHub answers is a fault: nothing was asked for', async () => {
    const { log } = readFrom({ status: 200, text: '<html>Please sign in</html>' });
    await expect(log.redeliver('1', TIME)).rejects.toMatchObject({ code: 'github_unexpected' });
  });

  it('answered with a 404 that is not GitHub’s is a fault, and the delivery is not gone', async () => {
    const { log } = readFrom({ status: 404, text: '<html>404</html>' });
    await expect(log.redeliver('1', TIME)).rejects.toMatchObject({ code: 'github_unexpected' });
  });
});
