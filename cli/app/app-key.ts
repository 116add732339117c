/** One of the App's private keys as commands use it: something that signs, and the name that GitHub shows for it. */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import type { SignAppJwt } from '../../lib/github/app-jwt.ts';
import { createKeySigner } from '../../lib/github/key-signer.ts';
import { parsePrivateKeys } from '../../lib/secrets/private-key.ts';

/** It may be in a file, in a secret, or in KMS, where nobody can read it. */
export interface AppKey {
  readonly sign: SignAppJwt;
  /** As GitHub shows it beside the key: `SHA256:…`. @throws CommandError Where KMS does not tell. */
  readonly fingerprint: () => Promise<string>;
}

/** @param text A PEM, or what a secret holds. @throws ServiceFault `private_key_unusable` */
export function parseAppKeys(text: string): readonly AppKey[] {
  return parsePrivateKeys(text).map(toAppKey);
}

export function toAppKey(privateKey: KeyObject): AppKey {
  return { sign: createKeySigner(privateKey), fingerprint: async () => toFingerprint(privateKey) };
}

/** @param key Either half of it. Source: GitHub docs, "Managing private keys for GitHub Apps", Verifying private keys. */
export function toFingerprint(key: KeyObject): string {
  const publicKey = key.type === 'public' ? key : createPublicKey(key);
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return `SHA256:${createHash('sha256').update(der).digest('base64')}`;
}
