/**
 * Every parser that takes bytes of strangers, with what may come in: whole nonsense, and what is nearly right. Each says
 * what must hold; besides, none may throw anything but what it documents.
 */
import * as fc from 'fast-check';
import { toLedgerItem, toLedgerRecord } from '../../lib/aws/ledger-items.ts';
import { parseFailure, parsePosition, readSweepAsk } from '../../lib/aws/sweep-items.ts';
import { toEnvelope } from '../../lib/delivery/delivery.ts';
import { parsePayload, toBodyFormat } from '../../lib/delivery/payload.ts';
import { ServiceFault } from '../../lib/faults.ts';
import { toDetail, toGlance, toPage } from '../../lib/github/logged-delivery.ts';
import { AnswerReader } from '../../lib/http/answer-reader.ts';
import { findLinkQuery } from '../../lib/http/link.ts';
import { AnswerTooLarge, MalformedAnswer } from '../../lib/http/received.ts';
import { parseExactJson, stringifyExactJson } from '../../lib/json/exact-json.ts';
import { isObject } from '../../lib/json/json.ts';
import { decideClaim } from '../../lib/ledger/decide-claim.ts';
import { toPlainJson, toPlainText } from '../../lib/log/plain-text.ts';
import { redact } from '../../lib/log/redact.ts';
import { decodeMessage, toRedriven } from '../../lib/queue/message.ts';
import { toRecords } from '../../lib/queue/records.ts';
import { parsePrivateKeys } from '../../lib/secrets/private-key.ts';
import { readSecretField } from '../../lib/secrets/secret-value.ts';
import { putInOrder } from '../../lib/sweep/dates.ts';
import { groupByGuid } from '../../lib/sweep/group.ts';
import { receive } from '../../lib/webhook/receive.ts';
import { parseSignature } from '../../lib/webhook/verify.ts';
import { FixtureError, parseFixture } from '../../local/fixtures/fixture-forms.ts';
import { CHARACTER } from '../harness/character.ts';

export interface Target {
  readonly name: string;
  /** @returns The input that does harm, and what it does; undefined where there is none. */
  readonly run: (seed: number, inputs: number) => string | undefined;
}

/** Throws where something does not hold. Not `expect`: a long run makes a million of these. */
function hold(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

function target<T>(name: string, given: fc.Arbitrary<T>, check: (value: T) => void): Target {
  return {
    name,
    run(seed, numRuns) {
      const { failed, counterexample, errorInstance } = fc.check(fc.property(given, check), {
        seed,
        numRuns,
      });
      return failed ? `${fc.stringify(counterexample)}: ${String(errorInstance)}` : undefined;
    },
  };
}

/** Runs it; only such faults and errors may it throw. */
function throwing(run: () => void, isDocumented: (error: unknown) => boolean): void {
  try {
    run();
  } catch (error) {
    if (!isDocumented(error)) throw error;
  }
}

const isFault =
  (...codes: readonly string[]) =>
  (error: unknown): boolean =>
    error instanceof ServiceFault && codes.includes(error.code);

const anyText = fc.oneof(fc.string({ unit: CHARACTER }), fc.string(), fc.json());
const bytes = fc.oneof(
  anyText.map((text) => Buffer.from(text)),
  fc.uint8Array().map((array) => Buffer.from(array)),
);
/** Objects with some of these names, and anything in them. */
const having = (...names: readonly string[]) =>
  fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), fc.anything({ withBigInt: true }));
const attribute = fc.oneof(
  fc.record({ S: anyText }),
  fc.record({ N: fc.oneof(fc.integer().map(String), fc.constantFrom('', 'NaN', '1e999', '-0', '1.5')) }),
  fc.record({ BOOL: fc.boolean() }),
  fc.record({ L: fc.array(fc.record({ S: fc.string() })) }),
  fc.constant({ NULL: true as const }),
);
const item = (...names: readonly string[]) => fc.dictionary(fc.constantFrom(...names), attribute);

const entry = having('id', 'guid', 'event', 'action', 'delivered_at', 'status_code', 'status', 'request');
const headers = new Headers();
const answer = (body: unknown) => ({ status: 200, headers, body });

/** Lines and pieces of answers, in any order: nonsense, and what is nearly one. */
const answerBytes = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'HTTP/1.1 200 OK\r\n',
        'HTTP/1.0 204 \r\n',
        'HTTP/1.1 103 Early Hints\r\n',
        'Content-Length: 5\r\n',
        'Content-Length: 1\r\n',
        'Transfer-Encoding: chunked\r\n',
        'Connection: close\r\n',
        'A: b\r\n',
        '\r\n',
        '5\r\nhello\r\n',
        '0\r\n\r\n',
        'hello',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => Buffer.from(pieces.join(''), 'latin1'));

/** What becomes of an answer: its bytes, or the name of what was wrong with it. */
function readAnswer(pieces: readonly Buffer[]): string {
  const reader = new AnswerReader('GET', 12);
  try {
    let isWhole = false;
    for (const piece of pieces) isWhole ||= reader.read(piece);
    if (!isWhole && !reader.end()) return 'cut off';
    const received = reader.take();
    return JSON.stringify([received.status, ...received.headers, received.bytes.toString('latin1')]);
  } catch (error) {
    if (error instanceof MalformedAnswer || error instanceof AnswerTooLarge) return error.name;
    throw error;
  }
}

export const TARGETS: readonly Target[] = [
  target(
    'the body of a request',
    fc.tuple(bytes, fc.constantFrom('json' as const, 'form' as const)),
    ([body, format]) => {
      const payload = parsePayload(body, format);
      hold(payload === undefined || isObject(payload), 'a payload is an object');
    },
  ),
  target(
    "the event of a front door, with a stranger's headers",
    having('headers', 'multiValueHeaders', 'body', 'isBase64Encoded', 'requestContext', 'httpMethod'),
    (event) => {
      const request = receive(event);
      const envelope = toEnvelope(request, new Date(0));
      hold(envelope === undefined || /^[\x21-\x7e]{1,200}$/.test(envelope.id), 'an id is visible ASCII');
      toBodyFormat(request.header('content-type'));
      parsePayload(request.body, 'json');
    },
  ),
  target('a header', anyText, (text) => {
    const signature = parseSignature(text);
    hold(signature === undefined || signature.byteLength === 32, 'a signature has 32 bytes');
    const envelope = toEnvelope({ header: () => text }, new Date(0));
    hold(envelope === undefined || /^[\x21-\x7e]{1,200}$/.test(envelope.event), 'an event is visible ASCII');
    toBodyFormat(text);
    findLinkQuery(text, 'next');
  }),
  target("a page of GitHub's log", fc.oneof(fc.array(entry), fc.anything()), (body) => {
    throwing(() => {
      const { deliveries } = toPage(answer(body));
      const inOrder = putInOrder(deliveries, 1_800_000_000_000);
      hold(inOrder.length === deliveries.length, 'no entry goes');
      const newestFirst = inOrder.every(
        (each, at) => at === 0 || each.deliveredAtMs <= (inOrder[at - 1]?.deliveredAtMs ?? 0),
      );
      hold(newestFirst || inOrder === deliveries, 'none is older than one that follows it');
      const groups = groupByGuid(inOrder);
      hold(new Set(groups.map(({ guid }) => guid)).size === groups.length, 'one group for each delivery');
    }, isFault('github_unexpected'));
  }),
  target(
    "one delivery of GitHub's log",
    fc.tuple(fc.oneof(entry, fc.anything()), fc.json()),
    ([body, text]) => {
      throwing(() => void toDetail(answer(body), 'guid'), isFault('github_unexpected'));
      throwing(() => void toGlance(answer(`${text}guid`), 'guid'), isFault('github_unexpected'));
    },
  ),
  target(
    'a message of the queue',
    fc.oneof(
      anyText,
      having('v', 'delivery', 'format', 'gzip', 'logId', 'replay').map((value) => stringify(value)),
    ),
    (text) => {
      const decoded = decodeMessage(text);
      const redriven = toRedriven(text, { replay: true });
      hold((decoded.kind === 'delivery') === (redriven !== undefined), 'what is read can be redriven');
    },
  ),
  target(
    'the event of SQS',
    fc.oneof(
      having('Records'),
      fc.array(fc.anything()).map((Records) => ({ Records })),
    ),
    (event) =>
      throwing(
        () =>
          hold(
            toRecords(event, 0).every(({ messageId }) => typeof messageId === 'string'),
            'ids are texts',
          ),
        (error) => error instanceof TypeError,
      ),
  ),
  target(
    'a record of the ledger',
    item(
      'v',
      'state',
      'fence',
      'attempts',
      'leaseUntilMs',
      'started',
      'alone',
      'messages',
      'endedAtMs',
      'askedAtMs',
    ),
    (stored) => {
      const key = { host: 'h', appId: '1', hookId: null, deliveryId: 'd', handler: 'x' };
      const record = toLedgerRecord(stored);
      toLedgerItem(key, record, 0);
      const request = { key, leaseUntil: new Date(1), messageId: 'm', askedAt: new Date(0), byPerson: false };
      throwing(() => {
        const decision = decideClaim(
          record,
          { ...request, maxAttempts: 3, replay: false, alone: true },
          { nowMs: 0, nonce: 'n' },
        );
        const decided = decision.kind === 'who_asked' ? decision.decide(null) : decision;
        hold(decided.kind !== 'claim' || decided.next.nonce === 'n', 'a claim is its owner’s');
      }, isFault('ledger_unreadable'));
    },
  ),
  target(
    'a record of the sweep',
    item('v', 'guid', 'logId', 'attempts', 'nextAtMs', 'askedAtMs', 'markMs'),
    (stored) => {
      parseFailure(stored);
      parsePosition(stored);
      const askedAtMs = readSweepAsk(stored);
      hold(askedAtMs === null || typeof askedAtMs === 'number', 'an instant or none');
    },
  ),
  target(
    'a fixture',
    fc.oneof(
      anyText,
      having('headers', 'body', 'payload', 'request', 'event').map((value) => stringify(value)),
    ),
    (text) =>
      throwing(
        () => hold(isObject(parseFixture('issues-opened', text).payload), 'a payload is an object'),
        (error) => error instanceof FixtureError,
      ),
  ),
  target(
    'a secret',
    fc.oneof(
      anyText,
      having('webhookSecret', 'privateKey').map((value) => stringify(value)),
      anyText.map((text) => `-----BEGIN RSA PRIVATE KEY-----${text}-----END RSA PRIVATE KEY-----`),
    ),
    (text) => {
      readSecretField(text, 'webhookSecret');
      throwing(
        () => hold(parsePrivateKeys(text).length > 0, 'a key or a fault'),
        isFault('private_key_unusable'),
      );
    },
  ),
  target('JSON with long integers', fc.json(), (text) => {
    hold(stringifyExactJson(parseExactJson(text)) === text, 'it comes back as it was');
  }),
  target('a text for a terminal or a log', anyText, (text) => {
    hold(!CONTROLS.test(toPlainText(text)), 'no control character is left');
    hold(JSON.parse(toPlainJson(JSON.stringify(text))) === text, 'plain JSON means the same');
    redact(text);
  }),
  target('an answer of HTTP', fc.tuple(answerBytes, fc.nat()), ([answered, cut]) => {
    const at = cut % (answered.byteLength + 1);
    const inTwo = readAnswer([answered.subarray(0, at), answered.subarray(at)]);
    hold(readAnswer([answered]) === inTwo, 'it is the same in one piece and in two');
  }),
];

// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/** What JSON cannot hold is left out. */
function stringify(value: unknown): string {
  try {
    return JSON.stringify(value, (_, held: unknown) => (typeof held === 'bigint' ? `${held}` : held)) ?? '';
  } catch {
    return '';
  }
}
