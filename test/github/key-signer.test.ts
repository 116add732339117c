import { createPrivateKey } from 'node:crypto';
import { CompactSign } from 'jose/jws/compact/sign';
import { describe, expect, it } from 'vitest';
import { createKeySigner } from '../../lib/github/key-signer.ts';
import { RFC_7515_KEY, RFC_7515_PAYLOAD, RFC_7515_SIGNATURE } from './rfc-7515.ts';
import { PEM } from './scene.ts';

describe('jose, as it is installed', () => {
  it('makes the example of RFC 7515, appendix A.2, byte for byte', async () => {
    const key = createPrivateKey({ key: RFC_7515_KEY, format: 'jwk' });
    const jws = await new CompactSign(Buffer.from(RFC_7515_PAYLOAD))
      .setProtectedHeader({ alg: 'RS256' })
      .sign(key);
    expect(jws.split('.')).toEqual([
      'eyJhbGciOiJSUzI1NiJ9',
      'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ',
      RFC_7515_SIGNATURE,
    ]);
  });
});

describe('a signer of a key', () => {
  it('makes the same JWT of the same claims, whichever copy of the key it was given', async () => {
    const claims = { iat: 1_794_225_540, exp: 1_794_226_140, iss: 4711 };
    const copy = createPrivateKey(PEM).export({ type: 'pkcs8', format: 'pem' });
    const jwt = await createKeySigner(createPrivateKey(PEM))(claims);
    await expect(createKeySigner(createPrivateKey(copy))(claims)).resolves.toBe(jwt);
    expect(jwt).toMatch(/^[\w-]+\.[\w-]+\.[\w-]{342}$/);
  });

  it('keeps an issuer of digits a number, and a client id text', async () => {
    const sign = createKeySigner(createPrivateKey(PEM));
    const readClaims = async (iss: string | number): Promise<unknown> => {
      const [, payload = ''] = (await sign({ iat: 1, exp: 2, iss })).split('.');
      return JSON.parse(Buffer.from(payload, 'base64url').toString());
    };
    await expect(readClaims(4711)).resolves.toEqual({ iat: 1, exp: 2, iss: 4711 });
    await expect(readClaims('Iv23liHookmint')).resolves.toEqual({ iat: 1, exp: 2, iss: 'Iv23liHookmint' });
  });
});
