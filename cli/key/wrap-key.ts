/** Wraps a private key for KMS, so that only KMS reads it: `RSA_AES_KEY_WRAP_SHA_256`. */
import {
  constants,
  createCipheriv,
  createPublicKey,
  type KeyObject,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';

const AES_KEY_BYTES = 32;

/** The initial value of AES key wrap with padding. Source: RFC 5649, section 3. */
const ALTERNATIVE_IV = Buffer.from('a65959a6', 'hex');

/**
 * A fresh AES key in RSA-OAEP with SHA-256, followed by the key as PKCS#8 in AES key wrap with padding.
 * Source: AWS KMS developer guide, "Encrypting key material".
 *
 * @param wrappingKey The public key that KMS gave with the import token: DER, SPKI.
 */
export function wrapKey(privateKey: KeyObject, wrappingKey: Uint8Array): Buffer {
  const aesKey = randomBytes(AES_KEY_BYTES);
  const material = privateKey.export({ type: 'pkcs8', format: 'der' });
  try {
    const key = createPublicKey({ key: Buffer.from(wrappingKey), format: 'der', type: 'spki' });
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    return Buffer.concat([
      publicEncrypt({ key, padding, oaepHash: 'sha256' }, aesKey),
      padAndWrap(aesKey, material),
    ]);
  } finally {
    aesKey.fill(0);
    material.fill(0);
  }
}

/** AES key wrap with padding (RFC 5649), with a key of 16, 24 or 32 bytes. */
export function padAndWrap(aesKey: Buffer, material: Buffer): Buffer {
  const cipher = createCipheriv(`id-aes${aesKey.byteLength * 8}-wrap-pad`, aesKey, ALTERNATIVE_IV);
  return Buffer.concat([cipher.update(material), cipher.final()]);
}
