import { SignatureV4 } from '@smithy/signature-v4';
import type { Checksum, SourceData } from '@smithy/types';
import {
  array,
  assert,
  asyncProperty,
  constant,
  constantFrom,
  date,
  integer,
  oneof,
  record,
  string,
} from 'fast-check';
import { createHash, createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSign } from '../../lib/aws/signing.ts';
import { CHARACTER } from '../harness/character.ts';

/** Of the test suite that AWS publishes with Signature Version 4: those of a POST to the root without a query. */
const SUITE = {
  service: 'service',
  region: 'us-east-1',
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  at: new Date('2015-08-30T12:36:00Z'),
  url: new URL('https://example.amazonaws.com/'),
};
const TOKEN =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

it.each([
  {
    vector: 'post-vanilla',
    headers: 'host;x-amz-date',
    signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  },
  {
    vector: 'post-sts-header-before',
    token: { sessionToken: TOKEN },
    headers: 'host;x-amz-date;x-amz-security-token',
    signature: '85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
  },
  {
    vector: 'post-header-key-sort',
    given: { 'my-header1': 'value1' },
    headers: 'host;my-header1;x-amz-date',
    signature: 'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
  },
  {
    vector: 'post-header-value-case',
    given: { 'my-header1': 'VALUE1' },
    headers: 'host;my-header1;x-amz-date',
    signature: 'cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d',
  },
  {
    vector: 'post-x-www-form-urlencoded',
    given: FORM,
    body: 'Param1=value1',
    headers: 'content-type;host;x-amz-date',
    signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  },
])('signs $vector as AWS says', async ({ token, given = {}, body = '', headers, signature }) => {
  const { service, region, accessKeyId, secretAccessKey, at, url } = SUITE;
  const credentials = async () => ({ accessKeyId, secretAccessKey, ...token });
  const sign = createSign({ service, region, credentials });
  expect(await sign({ url, headers: given, body, at })).toMatchObject({
    host: 'example.amazonaws.com',
    'x-amz-date': '20150830T123600Z',
    authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${headers}, Signature=${signature}`,
  });
});

/** Visible ASCII, as keys and tokens of AWS are. */
const WORD = string({ unit: integer({ min: 0x21, max: 0x7e }).map(String.fromCharCode), minLength: 1 });
/** Of a path, encoded. fast-check's own paths begin with a map of all characters there are, which takes a second. */
const SEGMENT = string({
  unit: oneof(
    CHARACTER.map(encodeURIComponent),
    constantFrom('a', '0', "'", '(', '*', '+', ';', '=', ':', '@'),
  ),
});
const REQUEST = record({
  service: constantFrom('dynamodb', 'sqs'),
  region: constantFrom('eu-west-1', 'cn-north-1'),
  host: constantFrom('https://dynamodb.eu-west-1.amazonaws.com', 'http://127.0.0.1:8000'),
  path: oneof(
    constant('/'),
    array(SEGMENT).map((segments) => segments.map((each) => `/${each}`).join('')),
    constant('//a//b/'),
  ),
  credentials: record(
    { accessKeyId: WORD, secretAccessKey: WORD, sessionToken: WORD },
    { requiredKeys: ['accessKeyId', 'secretAccessKey'] },
  ),
  headers: record(
    { 'content-type': WORD, 'x-amz-target': WORD, 'accept-encoding': WORD, 'x-amzn-trace-id': WORD },
    { requiredKeys: ['x-amz-target'] },
  ),
  body: string({ unit: CHARACTER }),
  at: date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
});

it("signs every request as the SDK's own signer does", async () => {
  await assert(
    asyncProperty(REQUEST, async ({ service, region, host, path, credentials, headers, body, at }) => {
      const url = new URL(host + path);
      const sign = createSign({ service, region, credentials: async () => credentials });
      const given: Record<string, string> = { ...headers };
      const theirs = new SignatureV4({
        service,
        region,
        credentials,
        sha256: Sha256,
        applyChecksum: false,
      });
      const { protocol, hostname, pathname } = url;
      const request = {
        method: 'POST',
        protocol,
        hostname,
        path: pathname,
        headers: { ...given, host: url.host },
        body,
      };
      const signed = await theirs.sign(request, { signingDate: at });
      expect(await sign({ url, headers: given, body, at })).toEqual(signed.headers);
    }),
    { numRuns: 300 },
  );
});

it('takes other credentials, and the next day, from one request to the next', async () => {
  const { service, region, accessKeyId, secretAccessKey, at, url } = SUITE;
  let secret = 'of the role before';
  const sign = createSign({
    service,
    region,
    credentials: async () => ({ accessKeyId, secretAccessKey: secret }),
  });
  const toSignature = async (of: Date) => {
    const { authorization } = await sign({ url, headers: {}, body: '', at: of });
    return authorization?.split('Signature=')[1];
  };
  const before = await toSignature(at);
  secret = secretAccessKey;
  const tomorrow = await toSignature(new Date('2015-08-31T12:36:00Z'));
  expect(new Set([before, tomorrow, await toSignature(at)]).size).toBe(3);
  expect(await toSignature(at)).toBe('5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b');
});

class Sha256 implements Checksum {
  readonly #hash: ReturnType<typeof createHash | typeof createHmac>;

  constructor(secret?: SourceData) {
    this.#hash =
      secret === undefined ? createHash('sha256') : createHmac('sha256', Buffer.from(toBytes(secret)));
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

function toBytes(secret: SourceData): Uint8Array {
  if (typeof secret === 'string') return Buffer.from(secret);
  return ArrayBuffer.isView(secret)
    ? new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength)
    : new Uint8Array(secret);
}
