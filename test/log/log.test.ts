import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLog, type LogFields } from '../../lib/log/log.ts';
import type { LogLevel } from '../../lib/log/level.ts';
import { CHARACTER } from '../harness/character.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const TOKEN = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a';
const OTHER_TOKEN = 'ghs_27182_eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJnaXRodWIifQ.c2lnbmF0dXJl-Xy_z-0123456789';
const OPAQUE = 'v3~Zm9vYmFyLm9wYXF1ZQ';
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOjMxNDE1fQ.c2lnbmF0dXJl';
const PEM = '-----BEGIN RSA PRIVATE KEY-----\nMIIEmarkerMARKER\n-----END RSA PRIVATE KEY-----\n';
const payload = { action: 'opened', issue: { title: 'marker of the payload', number: 7 } };

function setUp(level: LogLevel = 'debug') {
  const lines: string[] = [];
  const base = createLog({ level, write: (line) => void lines.push(line), now: () => NOW });
  const log = base
    .guarding({ secrets: () => [TOKEN, OPAQUE], payload })
    .with({ delivery: 'd-1', handler: 'h' })
    .forHandler();
  return { log, base, lines, text: () => lines.join('\n'), entry: () => JSON.parse(lines.at(-1) ?? '{}') };
}

function circular(): object {
  const self: Record<string, unknown> = { a: 1 };
  self['self'] = self;
  return self;
}

function nested(depth: number): object {
  let inner: object = {};
  for (let level = 0; level < depth; level += 1) inner = { inner };
  return inner;
}

const quote = (fields: unknown): LogFields => ({ fields });

const LEAKS: readonly { readonly name: string; readonly write: readonly [string, LogFields?] }[] = [
  { name: 'in the message', write: [`the token is ${TOKEN}`] },
  { name: 'as a field', write: ['x', { token: TOKEN }] },
  { name: 'within objects and lists', write: ['x', { a: { b: [{ c: `x ${TOKEN} y` }] } }] },
  { name: 'as the name of a field', write: ['x', { [TOKEN]: 1 }] },
  { name: 'as a name further in', write: ['x', { a: [{ [`x${OPAQUE}y`]: 1 }] }] },
  { name: 'in an Error', write: ['x', { error: new Error(`with ${TOKEN}`) }] },
  { name: 'as the bytes of a Buffer', write: ['x', { token: Buffer.from(TOKEN) }] },
  { name: 'as bytes further in', write: ['x', { a: [new Uint8Array(Buffer.from(OPAQUE))] }] },
  {
    name: 'in a URL of git',
    write: [
      'x',
      { a: `https://x-access-token:${OPAQUE.slice(1)}@github.com/a/b`, b: 'x-access-token%3Av1.secret' },
    ],
  },
  {
    name: 'in the name of an Error',
    write: ['x', { error: Object.assign(new Error('x'), { name: TOKEN }) }],
  },
  {
    name: 'in the code of an Error',
    write: ['x', { error: Object.assign(new Error('x'), { code: TOKEN }) }],
  },
  {
    name: 'in causes of an Error',
    write: ['x', { error: new Error('a', { cause: new Error('b', { cause: new Error(OPAQUE) }) }) }],
  },
  {
    name: 'in the request of an Error',
    write: [
      'x',
      { error: Object.assign(new Error('x'), { request: { headers: { authorization: OPAQUE } } }) },
    ],
  },
  { name: 'in an AggregateError', write: ['x', { error: new AggregateError([new Error(TOKEN)], TOKEN) }] },
  { name: 'as an opaque text', write: [OPAQUE, { a: OPAQUE, b: `<${OPAQUE}>` }] },
  { name: 'as a token of another run', write: [OTHER_TOKEN, { a: OTHER_TOKEN }] },
  { name: 'as a JWT', write: [JWT, { a: [JWT] }] },
  { name: 'as a PEM', write: [PEM, { a: { PEM } }] },
  { name: 'in a URL object', write: ['x', { url: new URL(`https://x:${TOKEN}@github.com/`) }] },
  { name: 'in what toJSON gives', write: ['x', { a: { toJSON: () => ({ b: TOKEN }) } }] },
  { name: 'in fields that cannot be serialised', write: [TOKEN, { [TOKEN]: circular() }] },
  {
    name: 'in a line that is too long',
    write: [TOKEN, { [TOKEN]: 'x '.repeat(400), b: Array(40).fill('x '.repeat(400)) }],
  },
];

describe('shows no secret', () => {
  it.each(LEAKS)('$name', ({ write }) => {
    const { log, text, lines } = setUp();
    const [message, fields] = write;
    log.info(message, fields);
    expect(lines).toHaveLength(1);
    for (const secret of [TOKEN, OTHER_TOKEN, OPAQUE, OPAQUE.slice(1), JWT, 'MIIEmarker', 'v1.secret'])
      expect(text()).not.toContain(secret);
    for (const bytes of [TOKEN, OPAQUE].map((secret) => [...Buffer.from(secret)].join(',')))
      expect(text()).not.toContain(bytes);
    expect(JSON.parse(text())).toMatchObject({ delivery: 'd-1', handler: 'h' });
  });

  it.each([
    { name: 'a token of another run', key: OTHER_TOKEN },
    { name: 'a JWT', key: JWT },
    { name: 'a PEM', key: PEM },
    { name: 'a PEM without its end', key: PEM.slice(0, 45) },
  ])('that is known by its looks alone, $name, as the name of a field', ({ key }) => {
    const { log, text, lines } = setUp();
    log.info('x', { a: { [key]: 1 }, b: 2 });
    log.info('x', { a: 1, [`< ${key} >`]: { b: 2 } });
    for (const part of key.split('\n').filter((line) => line !== '')) expect(text()).not.toContain(part);
    expect(lines).toHaveLength(2);
    const bound = { level: 'INFO', message: 'x', delivery: 'd-1', handler: 'h' };
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([bound, bound]);
  });

  it.each(['authorization', 'Authorization'])('in a header of the name %s, however short', (name) => {
    const { log, text } = setUp();
    log.info('x', { headers: { [name]: 'Basic c2hvcnQ' } });
    expect(text()).not.toContain('c2hvcnQ');
  });

  it('that became known after the log was made', () => {
    const { base, text } = setUp();
    const secrets = new Set<string>();
    const log = base
      .guarding({ secrets: () => secrets })
      .with({ handler: 'h' })
      .forHandler();
    secrets.add('minted~later');
    log.info('minted~later', { a: 'minted~later' });
    expect(text()).not.toContain('minted~later');
  });
});

it('has each field once, also one that it is bound to anew', () => {
  const { base, lines, entry } = setUp();
  const log = base.with({ handler: 'a', hook: '1' }).with({ handler: 'b' });
  log.forHandler().info('x', { hook: '2', mine: 3 });
  expect(entry()).toMatchObject({ handler: 'b', hook: '1', mine: 3, level: 'INFO', message: 'x' });
  expect(lines[0]?.match(/"handler"/g)).toHaveLength(1);
});

describe('shows no payload', () => {
  it.each([
    { name: 'as a field', fields: { payload } },
    { name: 'within a list', fields: { a: [[payload]] } },
    { name: 'as JSON', fields: { a: JSON.stringify(payload) } },
    { name: 'as JSON in an Error', fields: { error: new Error(`bad: ${JSON.stringify(payload)}`) } },
    { name: 'as what toJSON gives', fields: { a: { toJSON: () => payload } } },
  ])('$name', ({ fields }) => {
    const { log, text } = setUp();
    log.info('x', fields);
    expect(text()).not.toContain('marker');
  });

  it.each([
    { name: 'its first level', fields: { issue: payload.issue } },
    { name: 'its first level, spread', fields: { ...payload } },
    { name: 'its first level in a list', fields: { a: [payload.issue] } },
  ])('$name', ({ fields }) => {
    const { log, text } = setUp();
    log.info('x', fields);
    expect(text()).toContain('[payload]');
    expect(text()).not.toContain('marker');
  });

  it('where it is given as the fields', () => {
    const { log, text } = setUp();
    log.info('got', payload);
    expect(text()).not.toContain('marker');
  });
});

describe('does not throw, and keeps what it is bound to, for', () => {
  it.each([
    { name: 'a circle', fields: quote(circular()) },
    { name: 'a bigint', fields: quote({ id: 3_804_004_623_172_239_366n }) },
    { name: 'a bigint alone', fields: { id: 1n } },
    { name: 'a nesting of 100,000 objects', fields: quote(nested(100_000)) },
    { name: 'an Error in a circle of causes', fields: quote(causesInCircle()) },
    { name: 'symbols and functions', fields: quote([Symbol('x'), () => 1]) },
    { name: 'an invalid date', fields: quote(new Date(Number.NaN)) },
    { name: 'a toJSON that throws', fields: quote({ toJSON: () => fail() }) },
    {
      name: 'a getter that throws, further in',
      fields: quote({
        get a() {
          return fail();
        },
      }),
    },
    { name: 'undefined fields', fields: { a: undefined } },
    { name: 'a revoked proxy', fields: quote(revoked()) },
    { name: 'an Error that cannot be read', fields: { error: unreadable() } },
  ])('$name', ({ fields }) => {
    const { log, lines, entry } = setUp();
    log.info('hello', fields);
    expect(lines).toHaveLength(1);
    expect(entry()).toMatchObject({ level: 'INFO', message: 'hello', delivery: 'd-1', handler: 'h' });
  });

  it('anything at all', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
    });
    fc.assert(
      fc.property(fc.string({ unit: CHARACTER }), fc.dictionary(fc.string(), anything), (message, fields) => {
        const { log, lines, entry } = setUp();
        log.info(message, { fields });
        expect(lines).toHaveLength(1);
        expect(lines[0]).not.toMatch(/[\n\r]/);
        expect(entry()).toMatchObject({ delivery: 'd-1', handler: 'h' });
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    {
      name: 'a getter that throws',
      fields: {
        get a() {
          return fail();
        },
      },
    },
    { name: 'a toJSON that gives nothing', fields: { toJSON: () => undefined } },
    {
      name: 'a getter that throws what cannot be looked at',
      fields: {
        get a() {
          throw revoked();
        },
      },
    },
  ])('$name among the fields themselves', ({ fields }) => {
    const { log, lines, entry } = setUp();
    log.info('hello', fields);
    expect(lines).toHaveLength(1);
    expect(entry()).toMatchObject({ level: 'INFO', message: 'hello', delivery: 'd-1', handler: 'h' });
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function unreadable(): Error {
  return Object.defineProperty(new Error('x'), 'message', { get: fail });
}

function fail(): never {
  throw new Error('marker');
}

function causesInCircle(): Error {
  const error = new Error('a');
  error.cause = new Error('b', { cause: error });
  return error;
}

describe('a line', () => {
  it('has a bound, whatever a handler logs', () => {
    const { log, lines, entry } = setUp();
    const long = '\u0001'.repeat(100_000);
    log.info(long, { a: long });
    log.info(long, { list: Array.from({ length: 500 }, () => long) });
    log.info(
      'keys',
      Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`${long.slice(0, 50)}${index}`, 1])),
    );
    log.info('one key', { [long]: 1 });
    expect(lines.map(({ length }) => length <= 16_000)).toEqual([true, true, true, true]);
    expect(entry()).toMatchObject({ delivery: 'd-1', message: 'one key', truncated: expect.any(Number) });
  });

  it('that gets too long keeps who and what, and cuts its lists', () => {
    const { log, entry, lines } = setUp();
    const repositories = Array.from({ length: 700 }, (_, index) => `octo-org/a-repository-${index}`);
    log.info('audit', {
      action: 'created',
      account: 'octo-org',
      repositories,
      permissions: { issues: 'write' },
    });
    expect(lines[0]?.length).toBeLessThanOrEqual(16_000);
    expect(entry()).toEqual({
      timestamp: '2026-11-22T12:00:00.000Z',
      level: 'INFO',
      code: 'handler_log',
      message: 'audit',
      action: 'created',
      account: 'octo-org',
      permissions: { issues: 'write' },
      repositories: [...repositories.slice(0, 100), '… and 600 more'],
      truncated: expect.any(Number),
      delivery: 'd-1',
      handler: 'h',
    });
  });

  it('that is too long without its lists, too, keeps its single values', () => {
    const { log, entry } = setUp();
    const details = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, index) => [`key-${index}`, 'value']),
    );
    log.info('audit', { account: 'octo-org', count: 700, details });
    expect(entry()).toMatchObject({ account: 'octo-org', count: 700, truncated: expect.any(Number) });
    expect(entry()).not.toHaveProperty('details');
  });

  it.each([
    { name: 'an escape sequence', text: '\u001b[2J' },
    { name: 'one of C1', text: '\u009b2J' },
    { name: 'a delete', text: '\u007f' },
    { name: 'a turn of direction', text: '\u202e' },
    { name: 'an isolate', text: '\u2066' },
    { name: 'a line separator', text: '\u2028' },
  ])('holds $name spelt out only, and still means it', ({ text }) => {
    const { log, lines, entry } = setUp();
    log.info(`a${text}b`, { a: [text], [text]: 1 });
    expect(lines[0]).toMatch(/^[\u0020-\u007e]+$/);
    expect(entry()).toMatchObject({ message: `a${text}b`, a: [text], [text]: 1 });
  });

  it('is one line, whatever the texts hold', () => {
    const { log, lines } = setUp();
    log.info('a\nb\r\n{"level":"ERROR"}', { a: '\n', ['b\n']: '\u2028' });
    expect(lines[0]).not.toMatch(/[\n\r]/);
  });

  it('cannot be passed off as another delivery or handler', () => {
    const { log, entry } = setUp();
    log.info('x', { delivery: 'forged', handler: 'forged' });
    expect(entry()).toMatchObject({ delivery: 'd-1', handler: 'h' });
  });

  it.each(['timestamp', 'level', 'code', 'message'])('keeps its own %s', (key) => {
    const { log, entry } = setUp();
    log.info('x', { [key]: 'forged' });
    expect(entry()).toMatchObject({
      timestamp: '2026-11-22T12:00:00.000Z',
      level: 'INFO',
      code: 'handler_log',
      message: 'x',
    });
  });

  it('of the product carries the code of its message', () => {
    const { base, entry } = setUp();
    base.with({ delivery: 'd-1' }).warn('lease lost: another owner may have run this handler as well');
    expect(entry()).toMatchObject({ level: 'WARN', code: 'lease_lost', delivery: 'd-1' });
  });

  it('of a handler carries no code of the product, whatever its text', () => {
    const { log, entry } = setUp();
    log.error('delivery lost', { code: 'delivery_lost' });
    expect(entry()).toMatchObject({ code: 'handler_log', message: 'delivery lost' });
  });

  it('tells time, level, code, message and fields', () => {
    const { log, entry } = setUp();
    log.warn('hello', { pull: 12 });
    expect(entry()).toEqual({
      timestamp: '2026-11-22T12:00:00.000Z',
      level: 'WARN',
      code: 'handler_log',
      message: 'hello',
      pull: 12,
      delivery: 'd-1',
      handler: 'h',
    });
  });

  it.each([
    { level: 'debug', seen: ['DEBUG', 'INFO', 'WARN', 'ERROR'] },
    { level: 'info', seen: ['INFO', 'WARN', 'ERROR'] },
    { level: 'warn', seen: ['WARN', 'ERROR'] },
    { level: 'error', seen: ['ERROR'] },
  ] as const)('is written from level $level up', ({ level, seen }) => {
    const { log, lines } = setUp(level);
    for (const each of ['debug', 'info', 'warn', 'error'] as const) log[each]('x');
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(seen);
  });

  it('tells five causes of an Error, and no more', () => {
    const { log, entry } = setUp();
    log.error('x', { error: causesInCircle() });
    let { error } = entry();
    const names: string[] = [];
    for (; error !== undefined; error = error.cause) names.push(error.message);
    expect(names).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  });

  it('tells an Error by name, message, code, status, frames and cause', () => {
    const { log, entry } = setUp();
    const error = Object.assign(new TypeError('a', { cause: new RangeError('b') }), {
      code: 'E',
      status: 404,
      extra: 'x',
    });
    log.error('x', { error });
    expect(entry().error).toEqual({
      name: 'TypeError',
      message: 'a',
      code: 'E',
      status: 404,
      stack: expect.any(Array),
      cause: { name: 'RangeError', message: 'b', stack: expect.any(Array) },
    });
  });
});

it('what a handler threw is told also where it is a text, and a credential in it is not', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', write: (line) => void lines.push(line), now: () => 0 });
  log.error('handler', {
    error: new Error('The handler threw.', { cause: 'no luck with ghs_0123456789abcdef0123' }),
  });
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    error: { message: 'The handler threw.', cause: { name: 'string', message: 'no luck with [redacted]' } },
  });
});

describe('a line of short texts and numbers', () => {
  const names = fc.oneof(
    fc.string({ unit: CHARACTER }),
    fc.constantFrom(
      'authorization',
      'AUTHORIZATION',
      'toJSON',
      '__proto__',
      'constructor',
      'level',
      'code',
      '1',
      TOKEN,
    ),
  );
  const values = fc.oneof(
    fc.string({ unit: CHARACTER }),
    fc.constantFrom(
      TOKEN,
      `a ${OPAQUE} b`,
      JWT,
      PEM,
      'Bearer',
      'bearer abcdefghijklmnopqrst',
      '{"a":1}',
      'x'.repeat(1001),
    ),
    fc.constantFrom(
      'x-access-token',
      'https://u:p4ssw0rd@h.test/',
      'https://h.test/',
      '|authorization|',
      '\u202e',
      '\ud800',
    ),
    fc.double(),
    fc.constantFrom(undefined, null, true, Number.NaN, -0),
  );

  it('has no header of credentials where it has no value, beside a list or not', () => {
    const { log, entry } = setUp();
    log.info('text', { authorization: undefined });
    expect(entry()).not.toHaveProperty('authorization');
    log.info('text', { authorization: undefined, list: [] });
    expect(entry()).not.toHaveProperty('authorization');
    log.info('text', { authorization: 'opaque' });
    expect(entry()).toMatchObject({ authorization: '[redacted]' });
  });

  it('is written as it is beside a list', () => {
    fc.assert(
      fc.property(fc.dictionary(names, values), values, (fields, message) => {
        const { log, entry } = setUp();
        log.info(String(message), fields);
        const alone = entry();
        log.info(String(message), { ...fields, zzz: [] });
        const { zzz: _, ...beside } = entry();
        expect(alone).toEqual(beside);
      }),
      { numRuns: 300 },
    );
  });
});
