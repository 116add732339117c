/** KMS's stand-in, asked by the real client: how material gets into a key, and what of it is refused. */
import {
  CreateKeyCommand,
  DescribeKeyCommand,
  GetParametersForImportCommand,
  GetPublicKeyCommand,
  ImportKeyMaterialCommand,
  KMSClient,
  SignCommand,
} from '@aws-sdk/client-kms';
import {
  constants,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  verify,
} from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { padAndWrap, wrapKey } from '../../cli/key/wrap-key.ts';
import { createKms, type Kms } from '../../local/aws/kms.ts';

const DAY_MS = 24 * 60 * 60_000;
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

let kms: Kms;
let client: KMSClient;
let nowMs = Date.parse('2026-11-28T12:00:00Z');

beforeAll(async () => {
  kms = await createKms({ now: () => nowMs });
  client = new KMSClient({
    endpoint: kms.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await kms.close();
});

async function makeKey(spec: 'RSA_2048' | 'RSA_3072' = 'RSA_2048'): Promise<string> {
  const command = new CreateKeyCommand({ KeySpec: spec, KeyUsage: 'SIGN_VERIFY', Origin: 'EXTERNAL' });
  const { KeyMetadata } = await client.send(command);
  return KeyMetadata?.KeyId ?? '';
}

async function askForWrapping(KeyId: string) {
  const { ImportToken = new Uint8Array(), PublicKey = new Uint8Array() } = await client.send(
    new GetParametersForImportCommand({
      KeyId,
      WrappingAlgorithm: 'RSA_AES_KEY_WRAP_SHA_256',
      WrappingKeySpec: 'RSA_2048',
    }),
  );
  return { ImportToken, PublicKey };
}

const put = (KeyId: string, ImportToken: Uint8Array, EncryptedKeyMaterial: Uint8Array) =>
  client.send(
    new ImportKeyMaterialCommand({
      KeyId,
      ImportToken,
      EncryptedKeyMaterial,
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    }),
  );

const refusedAs = (name: string) => expect.objectContaining({ name });

/** The wrapping with one part of it done otherwise. */
function wrapOtherwise(
  wrappingKey: Uint8Array,
  {
    oaepHash = 'sha256',
    aesBytes = 32,
    format = 'pkcs8',
    key = privateKey,
  }: {
    oaepHash?: string;
    aesBytes?: number;
    format?: 'pkcs8' | 'pkcs1';
    key?: KeyObject;
  },
): Buffer {
  const aesKey = Buffer.alloc(aesBytes, 7);
  const publicWrapping = createPublicKey({ key: Buffer.from(wrappingKey), format: 'der', type: 'spki' });
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  return Buffer.concat([
    publicEncrypt({ key: publicWrapping, padding, oaepHash }, aesKey),
    padAndWrap(aesKey, key.export({ type: format, format: 'der' })),
  ]);
}

describe('what is refused at an import', () => {
  it.each([
    { what: 'OAEP with SHA-1', how: { oaepHash: 'sha1' }, as: 'InvalidCiphertextException' },
    { what: 'an AES key of 128 bits', how: { aesBytes: 16 }, as: 'InvalidCiphertextException' },
    { what: 'material in PKCS#1', how: { format: 'pkcs1' }, as: 'IncorrectKeyMaterialException' },
  ] as const)('$what', async ({ how, as }) => {
    const id = await makeKey();
    const { ImportToken, PublicKey } = await askForWrapping(id);
    await expect(put(id, ImportToken, wrapOtherwise(PublicKey, how))).rejects.toEqual(refusedAs(as));
  });

  it('one altered bit', async () => {
    const id = await makeKey();
    const { ImportToken, PublicKey } = await askForWrapping(id);
    const wrapped = wrapKey(privateKey, PublicKey);
    wrapped[wrapped.length - 1] = (wrapped.at(-1) ?? 0) ^ 1;
    await expect(put(id, ImportToken, wrapped)).rejects.toEqual(refusedAs('InvalidCiphertextException'));
  });

  it('material that was wrapped for another token', async () => {
    const id = await makeKey();
    const [first, second] = [await askForWrapping(id), await askForWrapping(id)];
    await expect(put(id, first.ImportToken, wrapKey(privateKey, second.PublicKey))).rejects.toEqual(
      refusedAs('InvalidCiphertextException'),
    );
  });

  it('the token of another key', async () => {
    const [one, other] = [await makeKey(), await makeKey()];
    const { ImportToken, PublicKey } = await askForWrapping(other);
    await expect(put(one, ImportToken, wrapKey(privateKey, PublicKey))).rejects.toEqual(
      refusedAs('InvalidImportTokenException'),
    );
  });

  it('a token that is a day old, to the second', async () => {
    const id = await makeKey();
    const { ImportToken, PublicKey } = await askForWrapping(id);
    nowMs += DAY_MS + 1_000;
    await expect(put(id, ImportToken, wrapKey(privateKey, PublicKey))).rejects.toEqual(
      refusedAs('ExpiredImportTokenException'),
    );
  });

  it('a key of another length than the KMS key', async () => {
    const id = await makeKey('RSA_3072');
    const { ImportToken, PublicKey } = await askForWrapping(id);
    await expect(put(id, ImportToken, wrapKey(privateKey, PublicKey))).rejects.toEqual(
      refusedAs('IncorrectKeyMaterialException'),
    );
  });

  it('other material than the key had', async () => {
    const id = await makeKey();
    const { ImportToken, PublicKey } = await askForWrapping(id);
    await put(id, ImportToken, wrapKey(privateKey, PublicKey));
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    await expect(put(id, ImportToken, wrapKey(other, PublicKey))).rejects.toEqual(
      refusedAs('IncorrectKeyMaterialException'),
    );
  });

  it('a wrapping that no RSA key fits into, and a key that makes its own material', async () => {
    const id = await makeKey();
    await expect(
      client.send(
        new GetParametersForImportCommand({
          KeyId: id,
          WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
          WrappingKeySpec: 'RSA_2048',
        }),
      ),
    ).rejects.toEqual(refusedAs('ValidationException'));
    const { KeyMetadata } = await client.send(
      new CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }),
    );
    await expect(askForWrapping(KeyMetadata?.KeyId ?? '')).rejects.toEqual(
      refusedAs('UnsupportedOperationException'),
    );
  });
});

it('a key signs only once its material is there, with the key that was in the file', async () => {
  const id = await makeKey();
  const challenge = {
    KeyId: id,
    Message: Buffer.from('challenge'),
    SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
  } as const;
  await expect(client.send(new SignCommand(challenge))).rejects.toEqual(
    refusedAs('KMSInvalidStateException'),
  );
  const { ImportToken, PublicKey } = await askForWrapping(id);
  await put(id, ImportToken, wrapKey(privateKey, PublicKey));
  const { Signature = new Uint8Array() } = await client.send(new SignCommand(challenge));
  expect(verify('sha256', challenge.Message, publicKey, Signature)).toBe(true);
  const { PublicKey: told } = await client.send(new GetPublicKeyCommand({ KeyId: id }));
  expect(Buffer.from(told ?? []).equals(publicKey.export({ type: 'spki', format: 'der' }))).toBe(true);
  const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: id }));
  expect(KeyMetadata).toMatchObject({ KeyState: 'Enabled', Origin: 'EXTERNAL', KeySpec: 'RSA_2048' });
});
