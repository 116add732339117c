/**
 * Every answer on the way of a delivery through the worker, as a lie: the delivery ends in a fault that is told, and goes
 * back to the queue, or it is handled all the same. Once the lies end, it is handled: none is lost, and no token was
 * used for more than was asked.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseJson, readText, toObject } from '../../lib/json/json.ts';
import type { LambdaFunction } from '../../local/aws/lambda.ts';
import { answer, elsewhere, fields, half, nothing, page, pageInstead, status, text, toRows } from './lies.ts';
import { hand, type Liars, openLiars, toHeaders, toPayload, type Way } from './liars.ts';

/** A function with less time would have no time for a second try; a lease lasts as long, and three seconds. */
const WORKER_MS = 2_000;

/** For what is handled in the end: nobody waits for its lease, and a busy machine needs its time. */
const PATIENT_MS = 60_000;

const UNTIL = { timeout: 20_000, interval: 250 };

const YEAR_1 = '0001-01-01T00:00:00Z';
const YEAR_9999 = '9999-12-31T23:59:59Z';
const NEVER_MS = String(Date.parse(YEAR_9999));

const HANDLED = 'handled';
const NO_TOKEN = 'failed: token_unusable';
const NO_LOOK_UP = 'failed: github_unexpected: look-up: 200';
const NO_DELIVERY = 'goes back: github_unexpected';
const UNANSWERED = 'failed: github_unavailable';
const NO_LEDGER = 'failed: ledger_unavailable';
const ELSEWHERE = 'failed: redirected_elsewhere';

/** Another field of the record that was asked for, which is somebody else's claim. */
const record = (change: object) =>
  fields(({ Item }) => ({ Item: { ...toObject(Item), nonce: { S: 'another' }, ...change } }));

const ROWS = [
  ...toRows('mint', {
    'a page': [page, 'failed: github_unexpected: mint: 200'],
    'a page with 201': [pageInstead, NO_TOKEN],
    nothing: [nothing, NO_TOKEN],
    half: [half, NO_TOKEN],
    'a list': [text('[]'), NO_TOKEN],
    null: [text('null'), NO_TOKEN],
    'an empty object': [text('{}'), NO_TOKEN],
    'a token that is none': [fields(() => ({ token: 7 })), NO_TOKEN],
    'a token with a line break': [
      fields(({ token }) => ({ token: `${String(token)}\r\nx-evil: 1` })),
      NO_TOKEN,
    ],
    'a token that has expired': [fields(() => ({ expires_at: YEAR_1 })), NO_TOKEN],
    'a token for ever': [fields(() => ({ expires_at: YEAR_9999 })), HANDLED],
    'a permission more': [
      fields(() => ({ permissions: { issues: 'write', contents: 'read' } })),
      'failed: token_too_wide: contents=read',
    ],
    'permissions of another shape': [
      fields(() => ({ permissions: { issues: { level: 'write' } } })),
      'failed: token_too_wide: issues=[object Object]',
    ],
    'permissions that are a list': [fields(() => ({ permissions: ['issues'] })), HANDLED],
    'another repository': [
      fields(() => ({ repositories: [{ id: 1, name: 'other' }] })),
      'failed: token_too_wide: repository 1',
    ],
    'all repositories': [
      fields(() => ({ repository_selection: 'all' })),
      'failed: token_too_wide: all repositories',
    ],
    'another status': [status(200), 'failed: github_unexpected: mint: 200'],
    '403 without words': [answer(403, 'no'), UNANSWERED],
    '404 without words': [answer(404, []), UNANSWERED],
    'a redirect elsewhere': [elsewhere, ELSEWHERE],
  }),
  ...toRows('look-up', {
    'a page': [page, NO_LOOK_UP],
    nothing: [nothing, NO_LOOK_UP],
    half: [half, NO_LOOK_UP],
    'a list': [text('[]'), NO_LOOK_UP],
    null: [text('null'), NO_LOOK_UP],
    'an empty object': [text('{}'), NO_LOOK_UP],
    'an id in quotes': [fields(({ id }) => ({ id: String(id) })), NO_LOOK_UP],
    'an id below 0': [fields(() => ({ id: -5 })), NO_LOOK_UP],
    'no account': [fields(() => ({ account: null, target_id: null })), NO_LOOK_UP],
    'an account of another shape': [fields(() => ({ account: 'octo-org', target_id: '99' })), NO_LOOK_UP],
    'an installation that is not there': [fields(() => ({ id: 123 })), 'failed: not_known_yet'],
    'a redirect elsewhere': [elsewhere, ELSEWHERE],
  }),
  ...toRows('comment', {
    'a page': [page, UNANSWERED],
    'a page with 404': [answer(404, 'no'), UNANSWERED],
    'a redirect elsewhere': [elsewhere, UNANSWERED],
  }),
  ...toRows('detail', {
    'a page': [page, NO_DELIVERY],
    nothing: [nothing, NO_DELIVERY],
    half: [half, NO_DELIVERY],
    'a list': [text('[]'), NO_DELIVERY],
    null: [text('null'), NO_DELIVERY],
    'an empty object': [text('{}'), NO_DELIVERY],
    'another delivery': [fields(() => ({ guid: 'another' })), NO_DELIVERY],
    'a request that is a list': [fields(() => ({ request: [] })), NO_DELIVERY],
    'no request': [fields(() => ({ request: undefined })), NO_DELIVERY],
    'a payload that is a text': [fields(() => ({ request: { headers: {}, payload: '{}' } })), NO_DELIVERY],
    'a payload that is a list': [fields(() => ({ request: { headers: {}, payload: [] } })), NO_DELIVERY],
    'no payload': [fields(() => ({ request: { headers: {} } })), NO_DELIVERY],
    'headers of another shape': [
      fields(({ request }) => ({ request: { ...toObject(request), headers: 'none' } })),
      NO_DELIVERY,
    ],
    'a redirect elsewhere': [elsewhere, 'goes back: redirected_elsewhere'],
  }),
  // Each of these writes took place: it is read, and known again.
  ...(['claim', 'settle'] as const).flatMap((call) =>
    toRows(call, {
      'a page': [page, HANDLED],
      half: [text('{"half'), HANDLED],
      'a list': [text('[]'), HANDLED],
      'another checksum': [
        (truth) => ({ ...truth, headers: { ...truth.headers, 'x-amz-crc32': '1' } }),
        HANDLED,
      ],
      'a condition that did not fail': [
        answer(400, { __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException' }),
        HANDLED,
      ],
      'an error without a name': [answer(400, {}), HANDLED],
      'a redirect elsewhere': [elsewhere, HANDLED],
    }),
  ),
  ...toRows('read', {
    'a page': [page, NO_LEDGER],
    'a list': [text('[]'), NO_LEDGER],
    'no record': [text('{}'), 'failed: in_progress'],
    'a record that is a list': [text('{"Item":[]}'), NO_LEDGER],
    'an empty record': [text('{"Item":{}}'), NO_LEDGER],
    'a record of another, which is done': [record({ id: { S: 'another' }, state: { S: 'done' } }), NO_LEDGER],
    'a lease for ever': [record({ leaseUntilMs: { N: NEVER_MS } }), 'failed: in_progress'],
    'a lease that is no number': [record({ leaseUntilMs: { N: 'soon' } }), 'failed: ledger_unreadable'],
    'a state that nobody knows': [record({ state: { S: 'fine' } }), 'failed: ledger_unreadable'],
  }),
];

const stack = new AsyncDisposableStack();
let liars: Liars;
let worker: LambdaFunction;
let patient: LambdaFunction;

beforeAll(async () => {
  liars = await openLiars(ROWS.length, stack);
  const start = (timeoutMs: number) => liars.scene.start('worker', { env: liars.env, timeoutMs });
  [worker, patient] = await Promise.all([start(WORKER_MS), start(PATIENT_MS)]);
});
afterAll(() => stack.disposeAsync());

/** What the worker has logged of a delivery's end. */
async function tell({ guid }: Way): Promise<string> {
  const read = (): readonly string[] =>
    liars.scene.lines.flatMap((written) => {
      const line = toObject(parseJson(written));
      const reason = readText(line, 'reason');
      if (line['delivery'] === guid && line['message'] === 'handler')
        return `${readText(line, 'outcome')}${reason === undefined ? '' : `: ${reason}`}`;
      const isBack = line['queueMessage'] === guid && line['message'] === 'record goes back';
      return isBack ? `goes back: ${readText(line['error'], 'code')}` : [];
    });
  await vi.waitUntil(() => read().length > 0, UNTIL);
  return read().join();
}

describe.concurrent('a worker is told in place of the answer to', () => {
  it.each(ROWS.map((row, index) => ({ ...row, index })))(
    '$call: $name',
    async ({ call, lie, told, index }) => {
      const way = liars.wayOf(index);
      const { sqs, github } = liars.scene;
      const request = { headers: toHeaders(way), payload: toPayload(way) };
      const entry = { id: way.logId, guid: way.guid, event: 'issues', action: 'opened', request };
      if (call === 'detail') github.deliveries.add({ ...entry, statusCode: 413 });
      const payload = call === 'detail' ? 'in the log' : toPayload(way, call !== 'look-up');

      const to = told === HANDLED ? patient : worker;
      liars.lie(way, call, lie);
      const isBack = await hand(to, way, payload, sqs);
      expect({ told: await tell(way), isBack }).toEqual({ told, isBack: told !== HANDLED });

      liars.stopLying(way);
      // Not before the lease of who was told so has ended.
      await vi.waitUntil(async () => !(await hand(to, way, payload, sqs)), UNTIL);
      // The comment whose answer was a lie had been made: to make a second is what a retry does.
      expect(liars.effects(way)).toBe(call === 'comment' ? 2 : 1);
    },
    30_000,
  );
});

it('no token was used for another repository, or with more than was asked', () => {
  expect(liars.misuses).toEqual([]);
});

/**
 * What only the mint shows to be a lie: GitHub names another installation of the same owner. The handler is skipped, as
 * where its repository is not among those of the installation; a redelivery runs it.
 */
it('a look-up that names another installation of the owner is told as a repository that is not in it', async () => {
  const [first, other] = [liars.wayOf(0), liars.wayOf(1)];
  const way = { ...first, guid: '3f2a0000-0000-4000-8000-999999999999' };
  liars.lie(
    first,
    'look-up',
    fields(() => ({ id: other.installationId })),
  );
  expect(await hand(worker, way, toPayload(way, false), liars.scene.sqs)).toBe(false);
  expect(await tell(way)).toBe('skipped: repository_not_accessible');
});
