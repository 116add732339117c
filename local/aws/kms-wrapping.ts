/** How key material comes into KMS: wrapped with a key that KMS made for it, so that nobody reads it on the way. */
import {
  constants,
  createDecipheriv,
  generateKeyPairSync,
  privateDecrypt,
  type KeyObject,
} from 'node:crypto';

export interface KmsWrapping {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly algorithm: string;
  readonly validUntil: Date;
}

/** A token of import is good for 24 hours. Source: AWS KMS API reference, `GetParametersForImport`. */
const VALID_MS = 24 * 60 * 60_000;

/** The initial value of AES key wrap with padding. Source: RFC 5649, section 3. */
const ALTERNATIVE_IV = Buffer.from('a65959a6', 'hex');

/** KMS makes a pair for each token, and has the hardware for it. Here two take turns: enough to tell one token from the next. */
const pairs = new Map<number, KeyPair[]>();
const PAIRS = 2;

type KeyPair = Pick<KmsWrapping, 'publicKey' | 'privateKey'>;

/** @param bits 2048, 3072 or 4096. */
export function createWrapping(bits: number, algorithm: string, nowMs: number): KmsWrapping {
  const made = pairs.get(bits) ?? [];
  const next = made.length === PAIRS ? made.shift() : undefined;
  const pair = next ?? generateKeyPairSync('rsa', { modulusLength: bits });
  pairs.set(bits, [...made, pair]);
  return { ...pair, algorithm, validUntil: new Date(nowMs + VALID_MS) };
}

/**
 * Unwraps `RSA_AES_KEY_WRAP_SHA_256`: first an AES key of 256 bits in RSA-OAEP with SHA-256, as long as the RSA key;
 * then the material in AES key wrap with padding (RFC 5649). Source: AWS KMS developer guide, "Encrypting key material".
 *
 * @returns The material, as it was before it was wrapped.
 * @throws Error Where it was wrapped otherwise, or for another key.
 */
export function unwrapKey(wrapped: Buffer, { privateKey }: KmsWrapping): Buffer {
  const length = (privateKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const padding = { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const aesKey = privateDecrypt(padding, wrapped.subarray(0, length));
  const decipher = createDecipheriv('id-aes256-wrap-pad', aesKey, ALTERNATIVE_IV);
  return Buffer.concat([decipher.update(wrapped.subarray(length)), decipher.final()]);
}
