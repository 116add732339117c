import { generateKeyPairSync, type KeyObject } from 'node:crypto';

/**
 * A throw-away App key, made as GitHub makes one: RSA, 2048 bits. Takes some 50–200 ms.
 *
 * @returns `privateKeyPem` in PKCS#1 (`BEGIN RSA PRIVATE KEY`), the format GitHub lets one download, and the
 *   public half, which is all that GitHub keeps.
 */
export function createAppKey(): { readonly privateKeyPem: string; readonly publicKey: KeyObject } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { privateKeyPem: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(), publicKey };
}
