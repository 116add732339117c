/** The App's private keys in a secret, as signers. */
import { ServiceFault } from '../faults.ts';
import type { Log } from '../log/log.ts';
import { parsePrivateKeys } from '../secrets/private-key.ts';
import type { SecretCache } from '../secrets/secret-cache.ts';
import type { AppSigners, SignAppJwt } from './app-jwt.ts';
import { createKeySigner } from './key-signer.ts';

/** One signer for each key in a secret. What was pasted wrong does not take the place of keys that work: those go on until it is mended. */
export function createKeyRing(cache: SecretCache, secretId: string, log: Log): AppSigners {
  let parsed: { readonly text: string; readonly signers: readonly SignAppJwt[] } | undefined;

  const parse = (text: string | undefined): readonly SignAppJwt[] => {
    if (text === undefined) {
      throw new ServiceFault(
        'private_key_unusable',
        "The secret that PRIVATE_KEY_SECRET_ID names is missing or has no value: put the App's private key into it.",
      );
    }
    if (parsed?.text !== text) parsed = { text, signers: parsePrivateKeys(text).map(createKeySigner) };
    return parsed.signers;
  };

  const refreshed = async (signal: AbortSignal): Promise<readonly SignAppJwt[]> => {
    const { current } = await cache.refresh(secretId, signal);
    try {
      return parse(current?.text);
    } catch (error) {
      if (parsed === undefined) throw error;
      log.error('private key unusable, the one before goes on', { error });
      return parsed.signers;
    }
  };

  return {
    async signers(signal) {
      const { current } = await cache.read(secretId, signal);
      try {
        return parse(current?.text);
      } catch {
        return refreshed(signal); // it may have been mended since it was read
      }
    },
    refreshed,
  };
}
