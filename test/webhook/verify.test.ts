import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSignature, verifySignature } from '../../lib/webhook/verify.ts';
import { CHARACTER } from '../harness/character.ts';

const SECRET = "It's a Secret to Everybody";
/** Known answer published by GitHub, "Validating webhook deliveries". */
const HELLO = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

/** Computed apart from this code, with the secret of GitHub's example. */
const VECTORS = [
  { name: "GitHub's example", body: 'Hello, World!', digest: HELLO },
  {
    name: 'an empty object',
    body: '{}',
    digest: '50b0123e6e44430d2c43ecca0ee520d961ffd326425c07859f70a57161c3ebcd',
  },
  {
    name: 'umlauts and an emoji',
    body: '{"zen":"Überraschung – 🚀"}',
    digest: 'f7a3096bceda45093a1b4c9e53a0972660bf5b9fb22b12609723ac4c13bbc8d3',
  },
  {
    name: 'a form as it is sent',
    body: 'payload=%7B%22zen%22%3A%22x%22%7D',
    digest: '9e518bab52dd49be0a3cab84bf12fed8157f4905144554e29e99e7d137ca8e5c',
  },
];

const toDigest = (hex: string): Buffer => Buffer.from(hex, 'hex');

describe('parseSignature', () => {
  it.each([
    { name: 'no header', header: undefined },
    { name: 'an empty header', header: '' },
    { name: 'SHA-1', header: 'sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59' },
    { name: 'SHA-1 of the length of SHA-256', header: `sha1=${HELLO}` },
    { name: 'SHA-512', header: `sha512=${HELLO}${HELLO}` },
    { name: 'a digest without a prefix', header: HELLO },
    { name: 'a prefix without a digest', header: 'sha256=' },
    { name: 'a prefix without =', header: `sha256${HELLO}` },
    { name: 'a digest cut by one digit', header: `sha256=${HELLO.slice(0, 63)}` },
    { name: 'a digest with one digit more', header: `sha256=${HELLO}0` },
    { name: 'a digit that is not hex', header: `sha256=${HELLO.slice(0, 63)}g` },
    { name: 'upper-case digits', header: `sha256=${HELLO.toUpperCase()}` },
    { name: 'one upper-case digit', header: `sha256=${HELLO.replace('e', 'E')}` },
    { name: 'an upper-case prefix', header: `SHA256=${HELLO}` },
    { name: 'full-width digits', header: `sha256=${HELLO.replaceAll('7', '７')}` },
    { name: 'a blank in front', header: ` sha256=${HELLO}` },
    { name: 'a blank behind', header: `sha256=${HELLO} ` },
    { name: 'a line feed behind', header: `sha256=${HELLO}\n` },
    { name: 'a carriage return and line feed behind', header: `sha256=${HELLO}\r\n` },
    { name: 'a NUL behind', header: `sha256=${HELLO}\0` },
    { name: 'two headers joined', header: `sha256=${HELLO},sha256=${HELLO}` },
    { name: 'two headers joined with a blank', header: `sha256=${HELLO}, sha256=${HELLO}` },
    { name: 'an empty header joined with a good one', header: `,sha256=${HELLO}` },
    { name: 'quotes', header: `"sha256=${HELLO}"` },
    { name: 'several lines of which one is good', header: `x\nsha256=${HELLO}\nx` },
  ])('takes no digest from $name', ({ header }) => {
    expect(parseSignature(header)).toBeUndefined();
  });

  it('takes the 32 bytes of what GitHub sends', () => {
    expect(parseSignature(`sha256=${HELLO}`)).toEqual(toDigest(HELLO));
  });

  it('never throws, and takes nothing but `sha256=` and 64 lower-case hex digits', () => {
    const hostile = fc.oneof(
      fc.string({ unit: CHARACTER }),
      fc.string({ minLength: 64, maxLength: 64 }).map((text) => `sha256=${text}`),
      fc.stringMatching(/^sha256=[0-9a-fA-F]{60,70}$/),
    );
    fc.assert(
      fc.property(hostile, (header) => {
        const isGood = header.length === 71 && /^sha256=[0-9a-f]+$/.test(header) && !header.endsWith('\n');
        expect(parseSignature(header)?.length).toBe(isGood ? 32 : undefined);
      }),
      { numRuns: 500 },
    );
  });
});

describe('verifySignature refuses', () => {
  const hello = Buffer.from('Hello, World!');

  it.each([
    { name: 'another secret', secrets: ["it's a secret to everybody"] },
    { name: 'the secret with a line feed', secrets: [`${SECRET}\n`] },
    { name: 'several secrets of which none fits', secrets: ['a', 'b', `${SECRET} `] },
    { name: 'no secret at all', secrets: [] },
  ])('$name', ({ secrets }) => {
    expect(verifySignature(hello, toDigest(HELLO), secrets)).toBe(false);
  });

  it.each([
    { name: 'a body cut by one byte', body: 'Hello, World' },
    { name: 'a body with a line feed more', body: 'Hello, World!\n' },
    { name: 'an empty body', body: '' },
  ])('$name', ({ body }) => {
    expect(verifySignature(Buffer.from(body), toDigest(HELLO), [SECRET])).toBe(false);
  });

  it('a form after its percent-encoding was undone', () => {
    const digest = toDigest('9e518bab52dd49be0a3cab84bf12fed8157f4905144554e29e99e7d137ca8e5c');
    expect(verifySignature(Buffer.from('payload={"zen":"x"}'), digest, [SECRET])).toBe(false);
  });

  it('JSON that was parsed and written again', () => {
    const digest = toDigest('f7a3096bceda45093a1b4c9e53a0972660bf5b9fb22b12609723ac4c13bbc8d3');
    const escaped = String.raw`{"zen":"\u00dcberraschung \u2013 \ud83d\ude80"}`;
    expect(JSON.parse(escaped)).toEqual({ zen: 'Überraschung – 🚀' });
    expect(verifySignature(Buffer.from(escaped), digest, [SECRET])).toBe(false);
  });

  it('every body altered in one bit of one byte', () => {
    fc.assert(
      fc.property(fc.nat({ max: hello.length - 1 }), fc.nat({ max: 7 }), (index, bit) => {
        const altered = Buffer.from(hello);
        altered.writeUInt8(altered.readUInt8(index) ^ (1 << bit), index);
        expect(verifySignature(altered, toDigest(HELLO), [SECRET])).toBe(false);
      }),
    );
  });

  it('every signature altered in one bit of one byte', () => {
    fc.assert(
      fc.property(fc.nat({ max: 31 }), fc.nat({ max: 7 }), (index, bit) => {
        const altered = toDigest(HELLO);
        altered.writeUInt8(altered.readUInt8(index) ^ (1 << bit), index);
        expect(verifySignature(hello, altered, [SECRET])).toBe(false);
      }),
    );
  });

  it('whatever else comes, without throwing', () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(bytes, digest, fc.array(fc.string()), (body, signature, secrets) => {
        expect(verifySignature(Buffer.from(body), Buffer.from(signature), secrets)).toBe(false);
      }),
    );
  });
});

describe('verifySignature takes', () => {
  it.each(VECTORS)('$name', ({ body, digest }) => {
    expect(verifySignature(Buffer.from(body), toDigest(digest), [SECRET])).toBe(true);
  });

  it.each([
    { name: 'first', secrets: [SECRET, 'b', 'c'] },
    { name: 'in the middle', secrets: ['a', SECRET, 'c'] },
    { name: 'last', secrets: ['a', 'b', SECRET] },
  ])('a secret that stands $name among several', ({ secrets }) => {
    expect(verifySignature(Buffer.from('Hello, World!'), toDigest(HELLO), secrets)).toBe(true);
  });
});
