import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServiceFault } from '../../lib/faults.ts';
import { parsePrivateKeys } from '../../lib/secrets/private-key.ts';
import { PEM } from '../github/scene.ts';
import { CHARACTER } from '../harness/character.ts';

/** As GitHub shows it: base64 of the SHA-256 of the public half. */
const FINGERPRINT = 'jruIcxbAqxv7oiBc/IHGkkTvdF54gOGRqvUEns1IZDc=';

const key = createPrivateKey(PEM);
const PKCS8 = key.export({ type: 'pkcs8', format: 'pem' }).toString();
const BASE64 = Buffer.from(PEM).toString('base64');
const BODY = PEM.replace(/-----.*?-----|\s/g, '');
const BOM = '\uFEFF';
/** From the sixth line of the body to the fifteenth. */
const BODY_LINES = /(?<=(?:.*\n){6})(?:.*\n){10}/;
const CERTIFICATE = readFileSync(
  new URL('keys/certificate-of-manifest-example.pem', import.meta.url),
  'utf8',
);

const pem = (exported: string | Buffer): string => exported.toString();

describe('refuses, in words that help and without a byte of the key,', () => {
  const rsaPss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey;
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  const ed25519 = generateKeyPairSync('ed25519').privateKey;
  const encrypted = { cipher: 'aes-256-cbc', passphrase: 'a-passphrase' } as const;

  it.each([
    { name: 'nothing', text: '', says: 'holds nothing' },
    { name: 'blanks', text: ' \r\n\t ', says: 'holds nothing' },
    { name: 'a byte order mark alone', text: BOM, says: 'holds nothing' },
    { name: 'random text', text: 'correct horse battery staple', says: 'no PEM' },
    { name: 'the name of a file', text: './hookmint.2026-11-22.private-key.pem', says: 'no PEM' },
    { name: 'a body without its lines around', text: BODY, says: 'no PEM' },
    {
      name: 'base64 of something else',
      text: Buffer.from('hello'.repeat(40)).toString('base64'),
      says: 'no PEM',
    },
    {
      name: 'a PEM without its end',
      text: PEM.slice(0, PEM.indexOf('-----END')),
      says: 'a PEM without its end',
    },
    { name: 'a PEM cut within its end', text: PEM.slice(0, -12), says: 'a PEM without its end' },
    {
      name: 'base64 of a PEM, cut short',
      text: BASE64.slice(0, 1200),
      says: 'a PEM without its end',
    },
    {
      name: 'a PEM with half its body',
      text: PEM.replace(BODY_LINES, ''),
      says: 'cannot be decoded',
    },
    {
      name: 'a PEM without a body',
      text: '-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----',
      says: 'cannot be decoded',
    },
    {
      name: 'a body that was masked',
      text: PEM.replace(/[A-Za-z]/g, '*').replace(/-----.*-----/g, ''),
      says: 'no PEM',
    },
    { name: 'an EC key', text: pem(ec.export({ type: 'sec1', format: 'pem' })), says: 'an EC PRIVATE KEY' },
    {
      name: 'an EC key in PKCS#8',
      text: pem(ec.export({ type: 'pkcs8', format: 'pem' })),
      says: 'a key of type ec',
    },
    {
      name: 'an Ed25519 key',
      text: pem(ed25519.export({ type: 'pkcs8', format: 'pem' })),
      says: 'a key of type ed25519',
    },
    {
      name: 'an RSA-PSS key',
      text: pem(rsaPss.export({ type: 'pkcs8', format: 'pem' })),
      says: 'a key of type rsa-pss',
    },
    {
      name: 'RSA of 1024 bits',
      text: pem(short.export({ type: 'pkcs1', format: 'pem' })),
      says: 'an RSA key of 1024 bits',
    },
    {
      name: 'an encrypted PKCS#8',
      text: pem(key.export({ type: 'pkcs8', format: 'pem', ...encrypted })),
      says: 'an encrypted key',
    },
    {
      name: 'an encrypted PKCS#1',
      text: pem(key.export({ type: 'pkcs1', format: 'pem', ...encrypted })),
      says: 'an encrypted key',
    },
    {
      name: 'an encrypted PKCS#1 on one line',
      text: pem(key.export({ type: 'pkcs1', format: 'pem', ...encrypted })).replaceAll('\n', ' '),
      says: 'an encrypted key',
    },
    {
      name: 'a public key',
      text: pem(createPublicKey(PEM).export({ type: 'spki', format: 'pem' })),
      says: 'a public key or certificate',
    },
    {
      name: 'a PKCS#1 public key',
      text: pem(createPublicKey(PEM).export({ type: 'pkcs1', format: 'pem' })),
      says: 'a public key or certificate',
    },
    { name: 'a certificate', text: CERTIFICATE, says: 'a public key or certificate' },
    {
      name: 'a key of OpenSSH',
      text: `-----BEGIN OPENSSH PRIVATE KEY-----\n${BODY.slice(0, 140)}\n-----END OPENSSH PRIVATE KEY-----\n`,
      says: 'an OPENSSH PRIVATE KEY',
    },
    {
      name: 'another kind of PEM',
      text: `-----BEGIN PKCS7-----\n${BODY.slice(0, 64)}\n-----END PKCS7-----`,
      says: 'a PEM of another kind',
    },
    {
      name: 'JSON without the field',
      text: JSON.stringify({ private_key: PEM }),
      says: 'JSON without `privateKey`',
    },
    { name: 'JSON with null', text: '{"privateKey":null}', says: 'JSON without a text in `privateKey`' },
    { name: 'JSON with a number', text: '{"privateKey":1}', says: 'JSON without a text in `privateKey`' },
    {
      name: 'JSON with an object',
      text: JSON.stringify({ privateKey: { pem: PEM } }),
      says: 'JSON without a text in `privateKey`',
    },
    { name: 'JSON with an empty list', text: '{"privateKey":[]}', says: 'an empty list' },
    { name: 'JSON with an empty text', text: '{"privateKey":""}', says: 'holds nothing' },
    { name: 'a list with one bad key', text: JSON.stringify({ privateKey: [PEM, 'oops'] }), says: 'no PEM' },
  ])('$name', ({ text, says }) => {
    const fault = catchFault(text);
    expect(fault.code).toBe('private_key_unusable');
    expect(fault.message).toContain(says);
    expect(fault.message).toContain('PRIVATE_KEY_SECRET_ID');
    expect(fault.cause).toBeUndefined();
    expect(fault.detail).toBeUndefined();
    expect(findLeak(fault.message, text)).toBeUndefined();
  });
});

describe('reads the same key from', () => {
  it.each([
    { name: 'the file that GitHub gives', text: PEM },
    { name: 'PKCS#8', text: PKCS8 },
    { name: 'no line break at the end', text: PEM.trimEnd() },
    { name: 'CRLF', text: PEM.replaceAll('\n', '\r\n') },
    { name: 'CR alone', text: PEM.replaceAll('\n', '\r') },
    { name: 'doubled line breaks', text: PEM.replaceAll('\n', '\n\n') },
    { name: 'literal \\n', text: PEM.replaceAll('\n', '\\n') },
    { name: 'literal \\r\\n', text: PEM.replaceAll('\n', '\\r\\n') },
    { name: 'literal \\n before each line break', text: PEM.replaceAll('\n', '\\n\n') },
    { name: 'double quotes around', text: `"${PEM}"` },
    { name: 'single quotes around', text: `'${PEM}'` },
    { name: 'a JSON text', text: JSON.stringify(PEM) },
    { name: 'quotes around a literal \\n', text: `'${PEM.replaceAll('\n', '\\n')}'` },
    { name: 'line breaks turned to blanks', text: PEM.replaceAll('\n', ' ') },
    { name: 'line breaks lost', text: PEM.replaceAll('\n', '') },
    { name: 'PKCS#8 with line breaks lost', text: PKCS8.replaceAll('\n', '') },
    { name: 'indentation', text: PEM.replaceAll(/^/gm, '      ') },
    { name: 'indentation by tabs', text: PEM.replaceAll(/^/gm, '\t') },
    { name: 'blanks at the ends of lines', text: PEM.replaceAll('\n', '  \n') },
    { name: 'blank lines around', text: `\n\n  ${PEM}\n\n` },
    { name: 'a byte order mark', text: `${BOM}${PEM}` },
    { name: 'words before and after', text: `Bag Attributes\n  friendlyName: app\n${PEM}\nthat was it\n` },
    { name: 'the name of an environment variable before', text: `GITHUB_PRIVATE_KEY="${PEM}"` },
    { name: 'base64 of the whole', text: BASE64 },
    { name: 'base64 of the whole PKCS#8', text: Buffer.from(PKCS8).toString('base64') },
    { name: 'base64 wrapped at 76', text: BASE64.replaceAll(/.{76}/g, '$&\n') },
    { name: 'base64 wrapped with CRLF', text: BASE64.replaceAll(/.{76}/g, '$&\r\n') },
    { name: 'base64 wrapped with literal \\n', text: BASE64.replaceAll(/.{76}/g, '$&\\n') },
    { name: 'base64 without its padding', text: BASE64.replaceAll('=', '') },
    { name: 'base64 in quotes', text: `"${BASE64}"` },
    { name: 'base64 with a line break at the end', text: `${BASE64}\n` },
    { name: 'base64 after a byte order mark', text: `${BOM}${BASE64}` },
    { name: 'base64 of CRLF', text: Buffer.from(PEM.replaceAll('\n', '\r\n')).toString('base64') },
    { name: 'base64 of literal \\n', text: Buffer.from(PEM.replaceAll('\n', '\\n')).toString('base64') },
    { name: 'base64 of a byte order mark and PEM', text: Buffer.from(`${BOM}${PEM}`).toString('base64') },
    { name: 'JSON', text: JSON.stringify({ privateKey: PEM }) },
    { name: 'JSON with another field before', text: JSON.stringify({ webhookSecret: 'x', privateKey: PEM }) },
    { name: 'JSON, indented', text: `\n  ${JSON.stringify({ privateKey: PEM }, undefined, 2)}\n` },
    {
      name: 'JSON with \\n escaped twice',
      text: JSON.stringify({ privateKey: PEM.replaceAll('\n', '\\n') }),
    },
    { name: 'JSON with real line breaks in the text', text: `{"privateKey":"${PEM}"}` },
    {
      name: 'JSON with real CRLF in the text',
      text: `{\r\n "privateKey": "${PEM.replaceAll('\n', '\r\n')}"\r\n}`,
    },
    { name: 'JSON with a list', text: JSON.stringify({ privateKey: [PEM] }) },
    { name: 'JSON with base64', text: JSON.stringify({ privateKey: BASE64 }) },
    { name: 'JSON with CRLF', text: JSON.stringify({ privateKey: PEM.replaceAll('\n', '\r\n') }) },
    { name: 'JSON after a byte order mark', text: `${BOM}${JSON.stringify({ privateKey: PEM })}` },
  ])('$name', ({ text }) => {
    expect(parsePrivateKeys(text).map(fingerprint)).toEqual([FINGERPRINT]);
  });
});

describe('of a list', () => {
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const OTHER = other.export({ type: 'pkcs1', format: 'pem' }).toString();
  const both = [FINGERPRINT, fingerprint(other)];

  it('reads every key, in order, each in its own shape', () => {
    const text = JSON.stringify({ privateKey: [PEM, Buffer.from(OTHER).toString('base64')] });
    expect(parsePrivateKeys(text).map(fingerprint)).toEqual(both);
    const turned = JSON.stringify({ privateKey: [OTHER.replaceAll('\n', ' '), PKCS8] });
    expect(parsePrivateKeys(turned).map(fingerprint)).toEqual(both.toReversed());
  });

  it('reads every key after a byte order mark', () => {
    const text = `${BOM}${JSON.stringify({ privateKey: [PEM, OTHER] })}`;
    expect(parsePrivateKeys(text).map(fingerprint)).toEqual(both);
  });

  it.each([
    { name: 'in JSON that real line breaks have spoilt', text: `{"privateKey":["${PEM}","${OTHER}"]}` },
    { name: 'one after the other', text: `${PEM}${OTHER}` },
    { name: 'one after the other, with literal \\n', text: `${PEM}${OTHER}`.replaceAll('\n', '\\n') },
    { name: 'one after the other, in JSON', text: JSON.stringify({ privateKey: `${PEM}${OTHER}` }) },
    { name: 'one after the other, in base64', text: Buffer.from(`${PEM}${OTHER}`).toString('base64') },
  ])('reads every key $name', ({ text }) => {
    expect(parsePrivateKeys(text).map(fingerprint)).toEqual(both);
  });

  it('refuses the whole where one of several PEMs is no private key', () => {
    expect(catchFault(`${PEM}${CERTIFICATE}`).message).toContain('a public key or certificate');
  });
});

describe('whatever is pasted', () => {
  it('is a key, or is refused as unusable without a part of its body', () => {
    fc.assert(
      fc.property(mangled(), (text) => {
        const fault = tryParse(text);
        if (fault === undefined) return;
        expect(fault).toBeInstanceOf(ServiceFault);
        expect(fault).toMatchObject({ code: 'private_key_unusable' });
        expect(findLeak(fault.message, PEM)).toBeUndefined();
      }),
      { numRuns: 400 },
    );
  });

  it('shows nothing of what stands where a key should', () => {
    const label = fc.constantFrom(
      'RSA PRIVATE KEY',
      'PRIVATE KEY',
      'EC PRIVATE KEY',
      'PUBLIC KEY',
      'X 1',
      'AAAAAAAAAAAA',
    );
    const body = fc.base64String({ minLength: 16, maxLength: 400 });
    fc.assert(
      fc.property(label, body, fc.constantFrom('PEM', 'JSON', 'base64'), (name, text, shape) => {
        const whole = `-----BEGIN ${name}-----\n${text}\n-----END ${name}-----\n`;
        const shapes = {
          PEM: whole,
          JSON: JSON.stringify({ privateKey: whole }),
          base64: Buffer.from(whole).toString('base64'),
        };
        const fault = tryParse(shapes[shape]);
        expect(fault).toMatchObject({ code: 'private_key_unusable' });
        expect(findLeak(fault?.message ?? '', text)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it('is refused or read in no time, even a long run of beginnings', () => {
    // Time of the processor, which others on the machine take nothing from.
    const before = process.cpuUsage();
    expect(tryParse('-----BEGIN RSA PRIVATE KEY-----'.repeat(2_000))).toMatchObject({
      code: 'private_key_unusable',
    });
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(2_000);
  });
});

/** A key with something done to it, or any text at all. */
function mangled(): fc.Arbitrary<string> {
  const cut = fc
    .tuple(fc.nat(PEM.length), fc.nat(PEM.length))
    .map(([a, b]) => PEM.slice(Math.min(a, b), Math.max(a, b)));
  const pierced = fc
    .tuple(fc.nat(PEM.length), fc.nat(80), fc.string({ unit: CHARACTER, maxLength: 20 }))
    .map(([at, gone, put]) => PEM.slice(0, at) + put + PEM.slice(at + gone));
  const wrapped = fc
    .tuple(
      fc.oneof(cut, pierced),
      fc.constantFrom('"', "'", '{', '[', '\\n', BOM, '\u0000', '{"privateKey":"'),
    )
    .map(([text, around]) => `${around}${text}${around}`);
  const encoded = fc.oneof(cut, pierced).map((text) => Buffer.from(text).toString('base64'));
  const asJson = fc.oneof(cut, pierced, fc.json()).map((text) => JSON.stringify({ privateKey: text }));
  return fc.oneof(cut, pierced, wrapped, encoded, asJson, fc.string({ unit: CHARACTER }), fc.json());
}

function tryParse(text: string): Error | undefined {
  try {
    parsePrivateKeys(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error('something else was thrown');
  }
}

function catchFault(text: string): ServiceFault {
  const fault = tryParse(text);
  if (fault instanceof ServiceFault) return fault;
  throw new Error('no fault was thrown', { cause: fault });
}

/** Eight characters in a row of a body that stand in the message. */
function findLeak(message: string, text: string): string | undefined {
  const body = text.replace(/-----[A-Z0-9 ]+-----/g, '').match(/[A-Za-z0-9+/=]{8,}/g) ?? [];
  return body
    .filter((run) => !['privateKey', 'private_key'].includes(run))
    .flatMap((run) => Array.from({ length: run.length - 7 }, (_, at) => run.slice(at, at + 8)))
    .find((piece) => message.includes(piece));
}

function fingerprint(parsed: KeyObject): string {
  return createHash('sha256')
    .update(createPublicKey(parsed).export({ type: 'spki', format: 'der' }))
    .digest('base64');
}
