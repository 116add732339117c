import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePayload, toBodyFormat } from '../../lib/delivery/payload.ts';
import { CHARACTER } from '../harness/character.ts';

describe('toBodyFormat', () => {
  it.each([
    { contentType: undefined },
    { contentType: '' },
    { contentType: 'text/plain' },
    { contentType: 'application/jsonp' },
    { contentType: 'application/json5' },
    { contentType: 'application/vnd.github+json' },
    { contentType: 'text/json' },
    { contentType: 'json' },
    { contentType: ';application/json' },
    { contentType: 'application/json, text/plain' },
    { contentType: 'multipart/form-data; boundary=application/json' },
    { contentType: 'constructor' },
  ])('knows no format for $contentType', ({ contentType }) => {
    expect(toBodyFormat(contentType)).toBeUndefined();
  });

  it.each([
    { contentType: 'application/json', format: 'json' },
    { contentType: 'application/json; charset=utf-8', format: 'json' },
    { contentType: 'application/json;charset=UTF-8', format: 'json' },
    { contentType: 'Application/JSON', format: 'json' },
    { contentType: '  application/json  ', format: 'json' },
    { contentType: 'application/x-www-form-urlencoded', format: 'form' },
    { contentType: 'APPLICATION/X-WWW-FORM-URLENCODED; charset=utf-8', format: 'form' },
  ])('takes $contentType as $format', ({ contentType, format }) => {
    expect(toBodyFormat(contentType)).toBe(format);
  });
});

const broken = (...bytes: readonly number[]): Buffer =>
  Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]);

describe('parsePayload refuses', () => {
  it.each([
    { name: 'nothing', body: Buffer.alloc(0) },
    { name: 'blanks', body: Buffer.from('  \n') },
    { name: 'what is not JSON', body: Buffer.from('zen') },
    { name: 'JSON cut short', body: Buffer.from('{"a":1') },
    { name: 'two values', body: Buffer.from('{}{}') },
    { name: 'a trailing comma', body: Buffer.from('{"a":1,}') },
    { name: 'a NUL after the object', body: Buffer.from('{}\0') },
    { name: 'an array', body: Buffer.from('[{"action":"opened"}]') },
    { name: 'a text', body: Buffer.from('"{}"') },
    { name: 'a number', body: Buffer.from('1') },
    { name: 'true', body: Buffer.from('true') },
    { name: 'null', body: Buffer.from('null') },
    { name: 'a byte that UTF-8 never has', body: broken(0xff) },
    { name: 'UTF-8 cut short', body: broken(0xf0, 0x9f, 0x9a) },
    { name: 'an overlong slash', body: broken(0xc0, 0xaf) },
    { name: 'half of a surrogate pair', body: broken(0xed, 0xa0, 0xbd) },
    { name: 'UTF-16', body: Buffer.from('{"a":1}', 'utf16le') },
    { name: 'a form that was announced as JSON', body: Buffer.from('payload=%7B%7D') },
    { name: 'an unclosed nesting a megabyte deep', body: Buffer.from('['.repeat(1_000_000)) },
    {
      name: 'an unclosed object a megabyte deep',
      body: Buffer.from('{"a":'.repeat(200_000)),
    },
  ])('$name', ({ body }) => {
    expect(parsePayload(body, 'json')).toBeUndefined();
  });

  it.each([
    { name: 'an empty form', body: '' },
    { name: 'JSON that was announced as a form', body: '{"a":1}' },
    { name: 'a form without a payload', body: 'other=%7B%7D' },
    { name: 'a form whose payload is not its first field', body: 'x=1&payload=%7B%7D' },
    {
      name: 'JSON with a text that looks like a field of a form',
      body: '{"action":"opened","title":"hi&payload=%7B%22action%22%3A%22created%22%7D&"}',
    },
    { name: 'an empty payload', body: 'payload=' },
    { name: 'a payload without =', body: 'payload' },
    { name: 'another name that begins so', body: 'payloads=%7B%7D' },
    { name: 'another name, as long, and no =', body: 'another8%7B%7D' },
    { name: 'an array', body: 'payload=%5B%5D' },
    { name: 'a percent sign alone', body: 'payload=%7B%22a%22%3A%22100%%22%7D' },
    { name: 'percent-encoding cut short', body: 'payload=%7B%7' },
    { name: 'percent-encoding that is not hex', body: 'payload=%zz' },
    { name: 'percent-encoded bytes that are not UTF-8', body: 'payload=%7B%22a%22%3A%22%FF%22%7D' },
  ])('$name', ({ body }) => {
    expect(parsePayload(Buffer.from(body), 'form')).toBeUndefined();
  });

  it('a form with bytes that are not UTF-8', () => {
    const body = Buffer.concat([
      Buffer.from('payload=%7B%22a%22%3A%22'),
      Buffer.of(0xff),
      Buffer.from('%22%7D'),
    ]);
    expect(parsePayload(body, 'form')).toBeUndefined();
  });
});

describe('parsePayload reads', () => {
  it.each([
    { name: 'an empty object', body: '{}', payload: {} },
    { name: 'blanks around it', body: ' \r\n{"a":1}\t', payload: { a: 1 } },
    { name: 'a byte order mark', body: '\uFEFF{"a":1}', payload: { a: 1 } },
    { name: 'an emoji and a NUL', body: String.raw`{"zen":"🚀\u0000"}`, payload: { zen: '🚀\0' } },
    { name: 'the last of two equal keys', body: '{"a":1,"a":2}', payload: { a: 2 } },
  ])('JSON with $name', ({ body, payload }) => {
    expect(parsePayload(Buffer.from(body), 'json')).toEqual(payload);
  });

  it.each([
    { name: 'a payload', body: 'payload=%7B%22zen%22%3A%22x%22%7D', payload: { zen: 'x' } },
    {
      name: 'plus signs for blanks',
      body: 'payload=%7B%22zen%22%3A%22a+b%2Bc%22%7D',
      payload: { zen: 'a b+c' },
    },
    {
      name: 'another field behind the payload',
      body: 'payload=%7B%7D&payload=%7B%22a%22%3A1%7D&y=2',
      payload: {},
    },
    {
      name: 'an ampersand in the payload',
      body: 'payload=%7B%22a%22%3A%22%26%3D%22%7D',
      payload: { a: '&=' },
    },
    { name: 'an emoji', body: 'payload=%7B%22a%22%3A%22%F0%9F%9A%80%22%7D', payload: { a: '🚀' } },
  ])('a form with $name', ({ body, payload }) => {
    expect(parsePayload(Buffer.from(body), 'form')).toEqual(payload);
  });

  it('a megabyte of nesting', () => {
    const depth = 500_000;
    const body = `{"action":"opened","deep":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(parsePayload(Buffer.from(body), 'json')?.['action']).toBe('opened');
  });

  it('a key named __proto__ as a key and no more', () => {
    const payload = parsePayload(Buffer.from('{"__proto__":{"action":"opened"}}'), 'json');
    expect(payload?.['action']).toBeUndefined();
    expect(Reflect.get({}, 'action')).toBeUndefined();
  });
});

it('parsePayload never throws, and makes nothing but objects', () => {
  const text = fc.oneof(
    fc.json(),
    fc.string({ unit: CHARACTER }),
    fc.string().map((value) => `payload=${value}`),
    fc.string({
      unit: fc.oneof(
        CHARACTER.map(encodeURIComponent),
        fc.constantFrom('a', '0', '&', '=', '+', ';', '%', '?', '/'),
      ),
    }),
    fc.json().map((json) => `payload=${encodeURIComponent(json)}`),
  );
  const body = fc.oneof(
    text.map((value) => Buffer.from(value)),
    fc.uint8Array({ maxLength: 100 }).map((value) => Buffer.from(value)),
  );
  fc.assert(
    fc.property(body, fc.constantFrom('json' as const, 'form' as const), (bytes, format) => {
      const payload = parsePayload(bytes, format);
      expect(payload === undefined || (typeof payload === 'object' && !Array.isArray(payload))).toBe(true);
      expect(payload).not.toBeNull();
    }),
    { numRuns: 500 },
  );
});

it('no body is a payload in both formats: which one it is, nobody signed', () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.string().map((inner) => `payload=${inner}`),
    fc.json().map((inner) => `payload=${encodeURIComponent(inner)}`),
    fc.json().map((inner) => JSON.stringify({ title: `&payload=${encodeURIComponent(inner)}&` })),
  );
  fc.assert(
    fc.property(text, (body) => {
      const read = ([body, Buffer.from(body)] as const).map((raw) => [
        parsePayload(raw, 'json'),
        parsePayload(raw, 'form'),
      ]);
      for (const [asJson, asForm] of read) expect(asJson === undefined || asForm === undefined).toBe(true);
    }),
    { numRuns: 500 },
  );
});

describe('a body that came as text', () => {
  it.each([
    { name: 'is read without a byte order mark at its beginning', body: '\uFEFF{"a":1}', payload: { a: 1 } },
    { name: 'keeps one further in', body: '{"a":"\uFEFF"}', payload: { a: '\uFEFF' } },
    { name: 'is not read with two of them', body: '\uFEFF\uFEFF{"a":1}', payload: undefined },
  ])('$name', ({ body, payload }) => {
    expect(parsePayload(body, 'json')).toEqual(payload);
  });
});
