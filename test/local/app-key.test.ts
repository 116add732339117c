import { createPublicKey } from 'node:crypto';
import { expect, it } from 'vitest';
import { createAppKey } from '../../local/github/app-key.ts';

it('gives a key as GitHub lets one download it: PKCS#1, RSA, 2048 bits', () => {
  const { privateKeyPem, publicKey } = createAppKey();
  expect(privateKeyPem).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
  expect(publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
  expect(createPublicKey(privateKeyPem).equals(publicKey)).toBe(true);
});
