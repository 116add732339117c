import { KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { createPrivateKey } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClientOptions } from '../../lib/aws/client-options.ts';
import { createKmsSigners } from '../../lib/aws/kms-signers.ts';
import { createAppJwtSource, type AppSigners } from '../../lib/github/app-jwt.ts';
import { createKeySigner } from '../../lib/github/key-signer.ts';
import { createKms, type Kms } from '../../local/aws/kms.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import { RFC_7515_KEY, RFC_7515_PAYLOAD, RFC_7515_SIGNATURE } from '../github/rfc-7515.ts';
import { AS_CLIENT, AS_NUMBER } from '../github/known-jwts.ts';
import { patience, PEM } from '../github/scene.ts';
import { toCallDeps } from '../harness/aws-calls.ts';

const ALIAS = 'alias/hookmint-test';
const CLAIMS = { iat: 1_794_225_540, exp: 1_794_226_140, iss: 'Iv23liHookmint' };

let kms: Kms;
let client: KMSClient;
let nowMs = 0;

beforeEach(async () => {
  kms = await createKms();
  client = new KMSClient(createClientOptions('kms', toCallDeps(kms.url)));
});
afterEach(async () => {
  client.destroy();
  await kms.close();
});

function signersOf(keyId = ALIAS): AppSigners {
  return createKmsSigners({ keyId, now: () => nowMs, client });
}

async function signWith(keyId?: string): Promise<string | undefined> {
  const [sign] = await signersOf(keyId).signers(patience());
  return sign?.(CLAIMS);
}

describe('a JWT that KMS signs', () => {
  it.each([
    { appId: 'Iv23liHookmint', jwt: AS_CLIENT },
    { appId: '4711', jwt: AS_NUMBER },
  ])('is the one that openssl signs, for $appId', async ({ appId, jwt }) => {
    kms.put(ALIAS, PEM);
    const [sign] = await signersOf().signers(patience());
    const source = createAppJwtSource(appId, () => 1_794_225_600_000);
    await expect(sign && source.issue(sign)).resolves.toBe(jwt);
  });

  it('is the one that jose makes of the same key', async () => {
    const { privateKeyPem } = createAppKey();
    kms.put(ALIAS, privateKeyPem);
    await expect(signWith()).resolves.toBe(await createKeySigner(createPrivateKey(privateKeyPem))(CLAIMS));
  });

  it('has a signature as RFC 7515, appendix A.2, has it', async () => {
    const key = createPrivateKey({ key: RFC_7515_KEY, format: 'jwk' });
    kms.put(ALIAS, key.export({ type: 'pkcs1', format: 'pem' }).toString());
    const payload = Buffer.from(RFC_7515_PAYLOAD).toString('base64url');
    const { Signature } = await client.send(
      new SignCommand({
        KeyId: ALIAS,
        Message: Buffer.from(`eyJhbGciOiJSUzI1NiJ9.${payload}`),
        SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
      }),
    );
    expect(Buffer.from(Signature ?? []).toString('base64url')).toBe(RFC_7515_SIGNATURE);
  });

  it('is asked for as the role allows: the whole message, with one algorithm', async () => {
    kms.put(ALIAS, PEM);
    await signWith();
    expect(kms.calls).toMatchObject([
      {
        operation: 'Sign',
        input: { KeyId: ALIAS, MessageType: 'RAW', SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' },
      },
    ]);
  });

  it('is signed once while it lives, however often it is asked for', async () => {
    kms.put(ALIAS, PEM);
    let atMs = 0;
    const source = createAppJwtSource('4711', () => atMs);
    const signers = signersOf();
    for (; atMs < 3_600_000; atMs += 10_000) {
      const [sign] = await signers.signers(patience());
      if (sign !== undefined) await source.issue(sign);
    }
    expect(kms.calls).toHaveLength(8); // every eight minutes
  });
});

describe('a key that is moved', () => {
  it('signs at the next refusal, where the id is an alias', async () => {
    const [first, second] = [createAppKey(), createAppKey()];
    kms.put(ALIAS, first.privateKeyPem);
    const signers = signersOf();
    const source = createAppJwtSource('4711', () => 1_794_225_600_000);
    const [before] = await signers.signers(patience());
    const old = before && (await source.issue(before));
    kms.keys.moveAlias(ALIAS, kms.put('alias/next', second.privateKeyPem));
    expect(before && (await source.issue(before))).toBe(old);
    const [after] = await signers.refreshed(patience());
    const moved = after && (await source.issue(after));
    const expected = createKeySigner(createPrivateKey(second.privateKeyPem));
    expect(moved).toBe(await expected({ iat: 1_794_225_540, exp: 1_794_226_140, iss: 4711 }));
  });

  it('is not looked for more than every 30 s', async () => {
    const signers = signersOf();
    const first = await signers.refreshed(patience());
    nowMs += 29_999;
    expect(await signers.refreshed(patience())).toBe(first);
    expect(await signers.signers(patience())).toBe(first);
    nowMs += 1;
    expect(await signers.refreshed(patience())).not.toBe(first);
  });
});

describe('what KMS refuses', () => {
  it.each([
    { fault: 'throttling', code: 'kms_throttled', disposition: 503, retryAfterSeconds: 5 },
    { fault: 'internal', code: 'kms_unavailable', disposition: 502 },
    { fault: 'key-unavailable', code: 'kms_unavailable', disposition: 502 },
    { fault: 'reset', code: 'kms_unavailable', disposition: 502 },
    { fault: 'access-denied', code: 'kms_denied', disposition: 500 },
  ] as const)('$fault is $code', async ({ fault, ...expected }) => {
    kms.put(ALIAS, PEM);
    kms.faults.next(fault, 3);
    await expect(signWith()).rejects.toMatchObject(expected);
  });

  it.each([
    { state: 'Disabled', code: 'kms_key_disabled' },
    { state: 'PendingDeletion', code: 'kms_key_pending_deletion' },
  ] as const)('a key that is $state is $code', async ({ state, code }) => {
    kms.keys.find(kms.put(ALIAS, PEM)).state = state;
    await expect(signWith()).rejects.toMatchObject({ code, disposition: 500 });
  });

  it('a key without its material is kms_key_pending_import', async () => {
    const spec = { spec: 'RSA_2048', usage: 'SIGN_VERIFY', origin: 'EXTERNAL', description: '' };
    await expect(signWith(kms.keys.create(spec).arn)).rejects.toMatchObject({
      code: 'kms_key_pending_import',
    });
  });

  it.each([
    { name: 'a key for encryption', spec: 'RSA_2048', usage: 'ENCRYPT_DECRYPT' },
    { name: 'a key of another kind', spec: 'ECC_NIST_P256', usage: 'SIGN_VERIFY' },
  ])('$name is kms_key_unsuitable', async ({ spec, usage }) => {
    const key = kms.keys.create({ spec, usage, origin: 'AWS_KMS', description: '' });
    key.material = createPrivateKey(PEM);
    await expect(signWith(key.id)).rejects.toMatchObject({ code: 'kms_key_unsuitable', disposition: 500 });
  });

  it.each(['alias/nobody', '1234abcd-12ab-34cd-56ef-1234567890ab'])(
    'the unknown key %s is kms_key_not_found',
    async (keyId) => {
      await expect(signWith(keyId)).rejects.toMatchObject({ code: 'kms_key_not_found', disposition: 500 });
    },
  );
});
