/** The webhook secrets that are live now, from what Secrets Manager holds. */
import { ServiceFault } from '../faults.ts';
import type { Log } from '../log/log.ts';
import {
  PREVIOUS_LIFETIME_MS,
  type SecretCache,
  type SecretVersion,
  type StoredSecret,
} from '../secrets/secret-cache.ts';
import { readSecretField } from '../secrets/secret-value.ts';

export interface WebhookSecrets {
  /**
   * Every secret that a delivery may be signed with, the current ones first.
   *
   * @throws ServiceFault `secrets_unavailable`, or `webhook_secret_unusable` where there is none.
   */
  live(signal: AbortSignal): Promise<readonly string[]>;
  /** The same, after Secrets Manager was asked anew because none of the known ones made a signature. */
  refreshed(signal: AbortSignal): Promise<readonly string[]>;
}

interface WebhookSecretsDeps {
  readonly cache: SecretCache;
  readonly secretId: string;
  readonly now: () => number;
  readonly log: Log;
}

export function createWebhookSecrets({ cache, secretId, now, log }: WebhookSecretsDeps): WebhookSecrets {
  /** Every delivery asks; what was read stays the same for minutes. */
  const parsed = new WeakMap<SecretVersion, readonly string[]>();
  const valuesOf = (version: SecretVersion): readonly string[] => {
    const values = parsed.get(version) ?? parse(version.text);
    parsed.set(version, values);
    return values;
  };
  const isUsable = ({ current }: StoredSecret): boolean =>
    current !== undefined && valuesOf(current).length > 0;

  const toLive = ({ current, previous }: StoredSecret): readonly string[] => {
    const live = current === undefined ? [] : [...valuesOf(current)];
    if (live.length === 0) log.error('AWSCURRENT holds no usable webhook secret: put one that is not blank');
    // Whoever rotates has 24 hours of deliveries under way signed with the old secret.
    if (current !== undefined && previous !== undefined) {
      if (now() < current.createdAt.getTime() + PREVIOUS_LIFETIME_MS) live.push(...valuesOf(previous));
    }
    if (live.length > 0) return live;
    throw new ServiceFault(
      'webhook_secret_unusable',
      'There is no usable webhook secret, so no delivery can be verified. Put the secret of the App settings into what WEBHOOK_SECRET_ID names.',
    );
  };

  return {
    async live(signal) {
      const stored = await cache.read(secretId, signal);
      // What was unusable a moment ago may have been mended since.
      return toLive(isUsable(stored) ? stored : await cache.refresh(secretId, signal));
    },
    refreshed: async (signal) => toLive(await cache.refresh(secretId, signal)),
  };
}

/**
 * The value is the secret itself, or a JSON object whose `webhookSecret` is a secret or a list of
 * them. Blank ones are dropped: anyone can sign with an empty HMAC key. Line breaks at the end and a
 * byte order mark, left by `echo` and editors, are not part of a secret.
 */
function parse(text: string): readonly string[] {
  return readSecretField(text, 'webhookSecret')
    .filter((value) => typeof value === 'string')
    .map((value) => value.replace(/^\uFEFF/, '').replace(/[\r\n]+$/, ''))
    .filter((value) => value.trim() !== '');
}
