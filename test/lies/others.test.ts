/** The lies that the webhook and the sweeper are told: what they make of them, and that no delivery is lost. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseJson, readText, toObject } from '../../lib/json/json.ts';
import type { LambdaFunction } from '../../local/aws/lambda.ts';
import { answer, elsewhere, fields, half, type Lie, nothing, page, text, toRows } from './lies.ts';
import { type Liars, openLiars, toHeaders, toPayload, type Way } from './liars.ts';

const NEVER_MS = String(Date.parse('9999-12-31T23:59:59Z'));

/** Other fields in each entry of a list. */
const entries =
  (change: object): Lie =>
  (truth) => {
    const list: unknown = parseJson(truth.body ?? '');
    const changed = (Array.isArray(list) ? list : []).map((entry) => ({ ...toObject(entry), ...change }));
    return { ...truth, body: JSON.stringify(changed) };
  };

const linked =
  (address: string): Lie =>
  (truth) => ({ ...truth, headers: { ...truth.headers, link: `<${address}>; rel="next"` } });

const position = (change: object) => fields(({ Item }) => ({ Item: { ...toObject(Item), ...change } }));

const UNSENT = '503 queue_unavailable';
const SEND_ROWS = toRows('send', {
  'a page': [page, UNSENT],
  nothing: [nothing, UNSENT],
  half: [half, UNSENT],
  'a list': [text('[]'), UNSENT],
  'an empty object': [text('{}'), UNSENT],
  'another message': [fields(() => ({ MD5OfMessageBody: 'd41d8cd98f00b204e9800998ecf8427e' })), UNSENT],
  'an error without a name': [answer(400, {}), UNSENT],
  'a redirect elsewhere': [elsewhere, UNSENT],
});

const UNREAD = '502 secrets_unavailable';
const UNUSABLE = '503 webhook_secret_unusable';
const SECRET_ROWS = toRows('secret', {
  'a page': [page, UNREAD],
  nothing: [nothing, UNUSABLE],
  half: [half, UNREAD],
  'a list': [text('[]'), UNUSABLE],
  'an empty object': [text('{}'), UNUSABLE],
  'a number': [fields(() => ({ SecretString: 7 })), UNREAD],
  'another secret': [fields(() => ({ SecretString: 'the secret of somebody else' })), '401 rejected'],
  'a date of another shape': [fields(() => ({ CreatedDate: 'soon' })), UNREAD],
  'a redirect elsewhere': [elsewhere, UNREAD],
});

const NO_LOG = 'ServiceFault: GitHub did not answer with its log of deliveries.';
const NO_RECORD = 'ServiceFault: DynamoDB did not read or write a record of the sweep.';
const FINISHED = 'finished';
const SWEEP_ROWS = [
  ...toRows('list', {
    'a page': [page, NO_LOG],
    nothing: [nothing, NO_LOG],
    half: [half, NO_LOG],
    'an object': [text('{}'), NO_LOG],
    null: [text('null'), NO_LOG],
    numbers: [text('[1,2]'), NO_LOG],
    'ids that are texts': [entries({ id: 'one' }), NO_LOG],
    'dates of the year 1': [entries({ delivered_at: '0001-01-01T00:00:00Z' }), FINISHED],
    'dates of the year 9999': [entries({ delivered_at: '9999-12-31T23:59:59Z' }), FINISHED],
    'dates that are none': [entries({ delivered_at: 'soon' }), FINISHED],
    'a page that leads elsewhere': [linked('http://elsewhere.example/?cursor=x'), NO_LOG],
    'a page that leads to no address': [linked('no address'), FINISHED],
    'a redirect elsewhere': [
      elsewhere,
      'ServiceFault: GitHub redirects /app/hook/deliveries?per_page=100 to another host: check GITHUB_API_URL.',
    ],
  }),
  ...toRows('position', {
    'a page': [page, NO_RECORD],
    'a list': [text('[]'), NO_RECORD],
    'an empty record': [text('{"Item":{}}'), NO_RECORD],
    'a record of another': [position({ id: { S: 'another' } }), NO_RECORD],
    'a mark of another shape': [position({ markMs: { S: 'x' } }), FINISHED],
    'a mark in the year 9999': [position({ markMs: { N: NEVER_MS } }), FINISHED],
    'a pause until the year 9999': [position({ pausedUntilMs: { N: NEVER_MS } }), 'rate_limited'],
  }),
  ...toRows('detail', {
    'a page': [page, FINISHED],
    nothing: [nothing, FINISHED],
    'another delivery': [text('{"guid":"another","request":null}'), FINISHED],
    'a payload that is a text': [fields(() => ({ request: { headers: {}, payload: 'x' } })), FINISHED],
  }),
  ...toRows('ask', {
    'a page': [page, FINISHED],
    'a page with 404': [answer(404, 'no'), FINISHED],
  }),
];

/** Every scan goes back a quarter of an hour behind its mark. Without a mark it can believe it must go back further. */
const MINUTES_AGO: Readonly<Record<string, number>> = { 'a mark in the year 9999': 30 };

/** The sweep pulls the first, looks at the second to see why it failed, and asks for the third. */
const STATUS_CODES: Readonly<Record<string, number>> = { list: 413, position: 413, detail: 503, ask: 500 };

const ROWS = [...SEND_ROWS, ...SECRET_ROWS, ...SWEEP_ROWS].map((row, index) => ({ ...row, index }));
const rowsOf = (...calls: readonly string[]) => ROWS.filter(({ call }) => calls.includes(call));

const stack = new AsyncDisposableStack();
let liars: Liars;
beforeAll(async () => {
  liars = await openLiars(ROWS.length, stack);
});
afterAll(() => stack.disposeAsync());

/** Delivers to a webhook function. @returns The status, and why. */
async function post(way: Way, to: LambdaFunction): Promise<string> {
  const sent = { event: 'issues', id: way.guid, to };
  const answered = await liars.scene.deliver(toPayload(way), sent);
  const { body } = answered;
  return `${answered.status} ${readText(body, 'reason') ?? readText(body, 'outcome')}`;
}

describe('a webhook that is told lies in place of', () => {
  let webhook: LambdaFunction;
  beforeAll(async () => {
    webhook = await liars.scene.start('webhook', { env: liars.env });
  });

  it.each(rowsOf('send'))('what SQS says: $name', async ({ call, lie, told, index }) => {
    const way = liars.wayOf(index);
    liars.lie(way, call, lie);
    expect(await post(way, webhook)).toBe(told);
    liars.stopLying(way);
    expect(await post(way, webhook)).toBe('202 queued');
  });

  // GitHub's log keeps what is answered so, and the sweep asks for it again.
  it.each(rowsOf('secret'))('its secret: $name', async ({ call, lie, told, index }) => {
    const way = liars.wayOf(index);
    liars.lie(way, call, lie);
    const fresh = await liars.scene.start('webhook', { env: liars.env });
    expect(await post(way, fresh)).toBe(told);
    liars.stopLying(way);
    await fresh.close();
  });
});

describe('a sweeper that is told lies in place of', () => {
  let sweeper: LambdaFunction;
  beforeAll(async () => {
    sweeper = await liars.scene.start('sweeper', { env: liars.env, timeoutMs: 20_000 });
    await sweep();
  });

  async function sweep() {
    const thrown = (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) });
    const summary = toObject(await sweeper.invoke({}).catch(thrown));
    const told = readText(summary, 'error') ?? readText(summary, 'stopped') ?? FINISHED;
    return { told, open: Number(summary['open']) };
  }

  /** What GitHub's log holds of a failed delivery is seen to later, or in the queue by now. */
  it.each(rowsOf('list', 'position', 'detail', 'ask'))(
    '$call: $name',
    async ({ call, name, lie, told, index }) => {
      const way = liars.wayOf(index);
      const { github, sqs } = liars.scene;
      const before = { open: (await sweep()).open, queued: (await sqs.depth()).visible };
      const statusCode = STATUS_CODES[call] ?? 500;
      github.deliveries.add({
        id: way.logId,
        guid: way.guid,
        event: 'issues',
        action: 'opened',
        statusCode,
        deliveredAt: new Date(Date.now() - (MINUTES_AGO[name] ?? 5) * 60_000),
        request: { headers: toHeaders(way), payload: toPayload(way) },
      });

      liars.lie(way, call, lie);
      const first = await sweep();
      liars.stopLying(way);
      const second = await sweep();
      expect([first.told, second.told]).toEqual([told, FINISHED]);
      const kept = second.open - before.open + (await sqs.depth()).visible - before.queued;
      expect(kept).toBe(1);
    },
  );
});
