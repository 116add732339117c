/** The private keys that the App may sign with: which one signs, and what to do when GitHub knows it no more. */
import type { KeyObject } from 'node:crypto';
import { ServiceFault } from '../faults.ts';
import type { Log } from '../log.ts';
import type { SecretCache } from '../secret-cache.ts';
import { parsePrivateKeys } from './private-key.ts';

export interface KeyRing {
  /** The keys, the one that signs first. Same array, same keys: a JWT can be kept beside it. */
  keys(signal: AbortSignal): Promise<readonly KeyObject[]>;
  /** The keys after the secret was read anew, since GitHub refused one of them. */
  refreshed(signal: AbortSignal): Promise<readonly KeyObject[]>;
}

/** What was pasted wrong does not take the place of keys that work: those go on until it is mended. */
export function createKeyRing(cache: SecretCache, secretId: string, log: Log): KeyRing {
  let parsed: { readonly text: string; readonly keys: readonly KeyObject[] } | undefined;

  const parse = (text: string | undefined): readonly KeyObject[] => {
    if (text === undefined) {
      throw new ServiceFault(
        'private_key_unusable',
        "The secret that PRIVATE_KEY_SECRET_ID names is missing or has no value: put the App's private key into it.",
      );
    }
    if (parsed?.text !== text) parsed = { text, keys: parsePrivateKeys(text) };
    return parsed.keys;
  };

  const refreshed = async (signal: AbortSignal): Promise<readonly KeyObject[]> => {
    const { current } = await cache.refresh(secretId, signal);
    try {
      return parse(current?.text);
    } catch (error) {
      if (parsed === undefined) throw error;
      log.error('private key unusable, the one before goes on', { error });
      return parsed.keys;
    }
  };

  return {
    async keys(signal) {
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
