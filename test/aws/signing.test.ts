import { expect, it } from 'vitest';
import { createSign } from '../../lib/aws/signing.ts';

/** Of the test suite that AWS publishes with Signature Version 4: `post-vanilla`, `post-sts-header-before`. */
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

it.each([
  {
    what: 'the key alone',
    token: {},
    headers: 'host;x-amz-date',
    signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  },
  {
    what: 'a session token',
    token: { sessionToken: TOKEN },
    headers: 'host;x-amz-date;x-amz-security-token',
    signature: '85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
  },
])('signs with $what as AWS says', async ({ token, headers, signature }) => {
  const { service, region, accessKeyId, secretAccessKey, at, url } = SUITE;
  const credentials = async () => ({ accessKeyId, secretAccessKey, ...token });
  const sign = createSign({ service, region, credentials });
  expect(await sign({ url, headers: {}, body: '', at })).toMatchObject({
    host: 'example.amazonaws.com',
    'x-amz-date': '20150830T123600Z',
    authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${headers}, Signature=${signature}`,
  });
});
