/** The operations of KMS that hookmint or its tests call: wire shapes in, wire shapes out. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';
import { readField, readText, type JsonObject } from '../../lib/json/json.ts';
import { KmsError, refuseUnfit, type KmsKey, type KmsKeys } from './kms-keys.ts';
import { createWrapping, type KmsWrapping, unwrapKey } from './kms-wrapping.ts';

type Operation = (input: JsonObject, keys: KmsKeys, now: Date) => JsonObject;

/** The longest message that is signed as it is. Source: AWS KMS API reference, `Sign`. */
const MAX_RAW_BYTES = 4096;

const WRAPPING_BITS: Readonly<Record<string, number>> = { RSA_2048: 2048, RSA_3072: 3072, RSA_4096: 4096 };

const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateKey: createKey,
  DescribeKey: (input, keys) => ({ KeyMetadata: describe(find(input, keys)) }),
  GetPublicKey: getPublicKey,
  GetParametersForImport: getParametersForImport,
  ImportKeyMaterial: importKeyMaterial,
  Sign: signMessage,
  CreateAlias(input, keys) {
    keys.createAlias(readText(input, 'AliasName') ?? '', readText(input, 'TargetKeyId') ?? '');
    return {};
  },
  UpdateAlias(input, keys) {
    keys.moveAlias(readText(input, 'AliasName') ?? '', readText(input, 'TargetKeyId') ?? '');
    return {};
  },
  ListAliases: (input, keys) => ({
    Aliases: keys
      .aliases()
      .filter(
        ({ keyId }) => keyId === (readText(input, 'KeyId') === undefined ? keyId : find(input, keys).id),
      )
      .map(({ alias, arn, keyId }) => ({ AliasName: alias, AliasArn: arn, TargetKeyId: keyId })),
    Truncated: false,
  }),
  DisableKey: (input, keys) => changeState(find(input, keys), 'Disabled'),
  EnableKey: (input, keys) => changeState(find(input, keys), 'Enabled'),
  ScheduleKeyDeletion: scheduleDeletion,
};

/** @throws KmsError for everything that the service refuses. */
export function perform(keys: KmsKeys, target: string, input: JsonObject, now: Date): JsonObject {
  const operation = OPERATIONS[target.replace(/^TrentService\./, '')];
  if (operation === undefined)
    throw new KmsError('UnknownOperationException', `No such operation here: ${target}`);
  return operation(input, keys, now);
}

function find(input: JsonObject, keys: KmsKeys): KmsKey {
  return keys.find(readText(input, 'KeyId') ?? '');
}

function createKey(input: JsonObject, keys: KmsKeys): JsonObject {
  const key = keys.create({
    spec: readText(input, 'KeySpec') ?? 'SYMMETRIC_DEFAULT',
    usage: readText(input, 'KeyUsage') ?? 'ENCRYPT_DECRYPT',
    origin: readText(input, 'Origin') ?? 'AWS_KMS',
    description: readText(input, 'Description') ?? '',
  });
  if (key.origin === 'AWS_KMS') key.material = generate(key.spec);
  return { KeyMetadata: describe(key) };
}

function generate(spec: string): KeyObject | undefined {
  const bits = WRAPPING_BITS[spec];
  if (bits !== undefined) return generateKeyPairSync('rsa', { modulusLength: bits }).privateKey;
  return spec === 'ECC_NIST_P256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey : undefined;
}

function describe(key: KmsKey): JsonObject {
  return {
    AWSAccountId: '123456789012',
    KeyId: key.id,
    Arn: key.arn,
    CreationDate: key.createdAt.getTime() / 1000,
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: key.state,
    Origin: key.origin,
    KeyManager: 'CUSTOMER',
    KeySpec: key.spec,
    ...(key.deletionAt && { DeletionDate: key.deletionAt.getTime() / 1000 }),
  };
}

function getPublicKey(input: JsonObject, keys: KmsKeys): JsonObject {
  const key = find(input, keys);
  const der = createPublicKey(refuseUnfit(key, key.usage)).export({ type: 'spki', format: 'der' });
  return {
    KeyId: key.arn,
    PublicKey: der.toString('base64'),
    KeySpec: key.spec,
    KeyUsage: key.usage,
    SigningAlgorithms: ['RSASSA_PKCS1_V1_5_SHA_256'],
  };
}

function getParametersForImport(input: JsonObject, keys: KmsKeys, now: Date): JsonObject {
  const key = find(input, keys);
  if (key.origin !== 'EXTERNAL')
    throw new KmsError(
      'UnsupportedOperationException',
      `${key.arn} origin is ${key.origin} which is not valid for this operation.`,
    );
  const algorithm = readText(input, 'WrappingAlgorithm') ?? '';
  const bits = WRAPPING_BITS[readText(input, 'WrappingKeySpec') ?? ''];
  // An RSA key is longer than what RSA alone can wrap.
  if (algorithm !== 'RSA_AES_KEY_WRAP_SHA_256' || bits === undefined)
    throw new KmsError(
      'ValidationException',
      `${algorithm} cannot wrap the material of a key of ${key.spec}`,
    );
  const wrapping = createWrapping(bits, algorithm, now.getTime());
  const token = randomBytes(64).toString('base64');
  key.wrappings.set(token, wrapping);
  return {
    KeyId: key.arn,
    ImportToken: token,
    PublicKey: wrapping.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    ParametersValidTo: wrapping.validUntil.getTime() / 1000,
  };
}

function importKeyMaterial(input: JsonObject, keys: KmsKeys, now: Date): JsonObject {
  const key = find(input, keys);
  const wrapping = key.wrappings.get(readText(input, 'ImportToken') ?? '');
  if (wrapping === undefined)
    throw new KmsError('InvalidImportTokenException', 'The import token is not associated with this key.');
  if (now > wrapping.validUntil)
    throw new KmsError('ExpiredImportTokenException', 'The import token has expired.');
  if (key.state === 'PendingDeletion')
    throw new KmsError('KMSInvalidStateException', `${key.arn} is pending deletion.`);
  if (readText(input, 'ExpirationModel') !== 'KEY_MATERIAL_DOES_NOT_EXPIRE')
    throw new KmsError(
      'ValidationException',
      'Here material never expires: say KEY_MATERIAL_DOES_NOT_EXPIRE.',
    );
  const material = unwrap(
    Buffer.from(readText(input, 'EncryptedKeyMaterial') ?? '', 'base64'),
    key,
    wrapping,
  );
  if (key.material !== undefined && !key.material.equals(material))
    throw new KmsError(
      'IncorrectKeyMaterialException',
      'The key had other material before: that cannot be replaced.',
    );
  key.material = material;
  key.state = 'Enabled';
  return { KeyId: key.arn };
}

function unwrap(wrapped: Buffer, key: KmsKey, wrapping: KmsWrapping): KeyObject {
  const material = toPrivateKey(decrypt(wrapped, wrapping));
  if (key.spec !== `RSA_${material.asymmetricKeyDetails?.modulusLength}`)
    throw new KmsError('IncorrectKeyMaterialException', `The material is none of a key of ${key.spec}.`);
  return material;
}

function decrypt(wrapped: Buffer, wrapping: KmsWrapping): Buffer {
  try {
    return unwrapKey(wrapped, wrapping);
  } catch {
    throw new KmsError(
      'InvalidCiphertextException',
      'The material was not wrapped with the key that goes with the token.',
    );
  }
}

function toPrivateKey(material: Buffer): KeyObject {
  try {
    return createPrivateKey({ key: material, format: 'der', type: 'pkcs8' });
  } catch {
    throw new KmsError('IncorrectKeyMaterialException', 'The material is no private key in PKCS#8.');
  }
}

function signMessage(input: JsonObject, keys: KmsKeys): JsonObject {
  const key = find(input, keys);
  const material = refuseUnfit(key, 'SIGN_VERIFY');
  const algorithm = readText(input, 'SigningAlgorithm') ?? '';
  if (!key.spec.startsWith('RSA_') || algorithm !== 'RSASSA_PKCS1_V1_5_SHA_256')
    throw new KmsError(
      'InvalidKeyUsageException',
      `Algorithm ${algorithm} and key spec ${key.spec} are incompatible.`,
    );
  const message = Buffer.from(readText(input, 'Message') ?? '', 'base64');
  if ((readField(input, 'MessageType') ?? 'RAW') !== 'RAW')
    throw new KmsError('ValidationException', 'Here only whole messages are signed: MessageType RAW.');
  if (message.byteLength < 1 || message.byteLength > MAX_RAW_BYTES) {
    throw new KmsError(
      'ValidationException',
      `1 validation error detected: Value at 'message' failed to satisfy constraint: Member must have length less than or equal to ${MAX_RAW_BYTES}`,
    );
  }
  return {
    KeyId: key.arn,
    Signature: sign('sha256', message, material).toString('base64'),
    SigningAlgorithm: algorithm,
  };
}

function changeState(key: KmsKey, state: 'Enabled' | 'Disabled'): JsonObject {
  if (key.state === 'PendingDeletion' || key.state === 'PendingImport') {
    const is = key.state === 'PendingDeletion' ? 'pending deletion' : 'pending import';
    throw new KmsError('KMSInvalidStateException', `${key.arn} is ${is}.`);
  }
  key.state = state;
  return {};
}

function scheduleDeletion(input: JsonObject, keys: KmsKeys, now: Date): JsonObject {
  const key = find(input, keys);
  if (key.state === 'PendingDeletion')
    throw new KmsError('KMSInvalidStateException', `${key.arn} is pending deletion.`);
  const given = readField(input, 'PendingWindowInDays');
  const days = typeof given === 'number' ? given : 30;
  if (days < 7 || days > 30)
    throw new KmsError('ValidationException', 'PendingWindowInDays must be from 7 to 30.');
  key.state = 'PendingDeletion';
  key.deletionAt = new Date(now.getTime() + days * 24 * 60 * 60_000);
  return {
    KeyId: key.arn,
    KeyState: key.state,
    DeletionDate: key.deletionAt.getTime() / 1000,
    PendingWindowInDays: days,
  };
}
