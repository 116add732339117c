import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { receive } from '../../lib/webhook/receive.ts';
import { type EventShape, toEvent } from '../../local/aws/lambda-event.ts';

const SHAPES = [
  { shape: 'function_url', seen: 'payload_2' },
  { shape: 'http_api', seen: 'payload_2' },
  { shape: 'rest_api', seen: 'payload_1' },
  { shape: 'load_balancer', seen: 'load_balancer' },
  { shape: 'load_balancer_multi_value', seen: 'load_balancer_multi_value' },
] as const satisfies readonly { shape: EventShape; seen: string }[];

const SPELLINGS = ['X-GitHub-Event', 'X-Github-Event', 'x-github-event', 'X-GITHUB-EVENT'];

describe.each(SHAPES)('of $shape', ({ shape, seen }) => {
  it.each(SPELLINGS)('finds %s however the header is spelt and asked for', (spelling) => {
    const request = receive(toEvent(shape, { headers: { [spelling]: 'push' }, body: '' }));
    expect(request.shape).toBe(seen);
    expect(SPELLINGS.map((name) => request.header(name))).toEqual(['push', 'push', 'push', 'push']);
  });

  it.each([
    { name: 'emoji', body: Buffer.from('{"zen":"Überraschung – 🚀"}') },
    { name: 'a NUL and line breaks', body: Buffer.from('{"a":"\\u0000"}\0\r\n') },
    { name: 'a byte order mark', body: Buffer.from('\uFEFF{}') },
    { name: 'nothing', body: Buffer.alloc(0) },
  ])('keeps every byte of $name, as text and as base64', ({ body }) => {
    for (const contentType of ['application/json', 'application/octet-stream']) {
      const event = toEvent(shape, { headers: { 'Content-Type': contentType }, body });
      expect(Buffer.from(receive(event).body)).toEqual(body);
    }
  });

  it('keeps every byte that is not UTF-8, as base64', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
        const event = toEvent(shape, { headers, body: Buffer.from(bytes) });
        expect(receive(event).body).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('reads the method in upper case', () => {
    expect(receive(toEvent(shape, { headers: {}, body: '', method: 'post' })).method).toBe('POST');
    expect(receive(toEvent(shape, { headers: {}, body: '', method: 'GET' })).method).toBe('GET');
  });
});

describe('the time of the request', () => {
  const at = new Date('2026-11-22T12:00:00.123Z');

  it.each([
    { shape: 'function_url', requestedAt: at },
    { shape: 'http_api', requestedAt: at },
    { shape: 'rest_api', requestedAt: at },
    { shape: 'load_balancer', requestedAt: undefined },
    { shape: 'load_balancer_multi_value', requestedAt: undefined },
  ] as const)('is read where $shape tells it', ({ shape, requestedAt }) => {
    expect(receive(toEvent(shape, { headers: {}, body: '', at })).requestedAt).toEqual(requestedAt);
  });

  it.each([{ timeEpoch: '1795348800000' }, { timeEpoch: null }, { timeEpoch: {} }])(
    'is unknown where the event has %j',
    (requestContext) => {
      expect(receive({ requestContext }).requestedAt).toBeUndefined();
    },
  );
});

describe('a header that comes twice', () => {
  const headers = { 'X-Hub-Signature-256': ['sha256=first', 'sha256=second'] };

  it.each(['function_url', 'http_api', 'rest_api', 'load_balancer_multi_value'] as const)(
    'shows both values to the verifier, through %s',
    (shape) => {
      const request = receive(toEvent(shape, { headers, body: '' }));
      expect(request.header('x-hub-signature-256')).toBe('sha256=first,sha256=second');
    },
  );

  it('shows both values where the two are spelt differently', () => {
    const request = receive({ headers: { 'X-Hub-Signature-256': 'a', 'x-hub-signature-256': 'b' } });
    expect(request.header('X-Hub-Signature-256')).toBe('a,b');
  });

  it('is not overruled by the single map of a REST API', () => {
    const request = receive({
      headers: { 'X-Hub-Signature-256': 'sha256=second' },
      multiValueHeaders: { 'X-Hub-Signature-256': ['sha256=first', 'sha256=second'] },
    });
    expect(request.header('x-hub-signature-256')).toBe('sha256=first,sha256=second');
  });
});

describe('what is missing or odd reads as absent', () => {
  it.each([
    { name: 'undefined', event: undefined },
    { name: 'null', event: null },
    { name: 'a text', event: 'event' },
    { name: 'a number', event: 1 },
    { name: 'an array', event: [] },
    { name: 'an empty event', event: {} },
    {
      name: 'nulls all over',
      event: { headers: null, multiValueHeaders: null, body: null, requestContext: null },
    },
    {
      name: 'a scheduled event',
      event: { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} },
    },
    {
      name: 'headers that are no texts',
      event: { headers: { 'x-github-event': 1, 'x-b': null, 'x-c': {} } },
    },
    { name: 'nested header lists', event: { multiValueHeaders: { 'x-github-event': [['push'], null, 3] } } },
    { name: 'a body that is no text', event: { body: { a: 1 }, isBase64Encoded: true } },
    { name: 'a method that is no text', event: { requestContext: { http: { method: ['POST'] } } } },
  ])('of $name', ({ event }) => {
    const request = receive(event);
    expect(request.method).toBe('');
    expect(request.header('x-github-event')).toBeUndefined();
    expect(request.body).toHaveLength(0);
    expect(request.requestedAt).toBeUndefined();
  });

  it('of headers whose names every object has', () => {
    const request = receive({ headers: {} });
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(request.header(name)).toBeUndefined();
    }
  });
});

it('no JSON that is sent as an event makes it throw', () => {
  const keys = fc.constantFrom(
    'headers',
    'multiValueHeaders',
    'body',
    'isBase64Encoded',
    'requestContext',
    'httpMethod',
    'http',
    'elb',
    'timeEpoch',
    'requestTimeEpoch',
    'method',
    'content-type',
    '__proto__',
  );
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, false, 'POST', '', 'AA==', 1e308, -1, 1_795_348_800_000),
      fc.string(),
      fc.double(),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(keys, tie('json'), { maxKeys: 5 }),
    ),
  }));
  fc.assert(
    fc.property(fc.oneof(json, fc.jsonValue()), (event) => {
      const request = receive(event);
      expect(typeof request.method).toBe('string');
      expect(typeof request.body === 'string' || Buffer.isBuffer(request.body)).toBe(true);
      for (const name of ['content-type', '__proto__', 'method']) {
        expect(['string', 'undefined']).toContain(typeof request.header(name));
      }
    }),
    { numRuns: 500 },
  );
});
