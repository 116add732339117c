/** The webhook secrets that are live now, from what the secret store holds. */
import { ServiceFault } from '../faults.ts';
import type { Log } from '../log/log.ts';
import {
  isRecent,
  type SecretCache,
  type SecretVersion,
  type StoredSecret,
  type VersionName,
} from './secret-cache.ts';
import { readSecretField } from './secret-value.ts';

/** What deliveries may be signed with. */
export interface WebhookSecrets {
  /**
   * Every secret that a delivery may be signed with, the current ones first.
   *
   * @throws ServiceFault `secrets_unavailable`, or `webhook_secret_unusable` where there is none.
   */
  live(signal: AbortSignal): Promise<readonly string[]>;
  /**
   * The same, after the store was asked anew because none of the known ones made a signature, or because the one that did
   * may have been ended.
   *
   * @param atMostEveryMs How often the store is asked. Default: as `SecretCache` has it.
   */
  refreshed(signal: AbortSignal, atMostEveryMs?: number): Promise<readonly string[]>;
  /** Which version a secret was that either of them gave out last. */
  versionOf(secret: string): VersionName;
}

interface WebhookSecretsDeps {
  readonly cache: SecretCache;
  readonly secretId: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
}

/** What one version of the secret holds, and why nothing of it can be used where that is so. */
interface Reading {
  readonly secrets: readonly string[];
  readonly problem?: string;
}

/** @param secretId Its value is the secret itself, or JSON with `webhookSecret`: a string or a list. */
export function createWebhookSecrets({ cache, secretId, now, log }: WebhookSecretsDeps): WebhookSecrets {
  /** Every delivery asks; what was read stays the same for minutes. */
  const readings = new WeakMap<SecretVersion, Reading>();
  const readingOf = (version: SecretVersion | undefined): Reading => {
    if (version === undefined) return { secrets: [], problem: 'there is no value' };
    const reading = readings.get(version) ?? read(version.text);
    readings.set(version, reading);
    return reading;
  };

  /** By secret. */
  let versions: ReadonlyMap<string, VersionName> = new Map();

  const toSecrets = (version: VersionName, held: SecretVersion | undefined) =>
    held === undefined ? [] : readingOf(held).secrets.map((text) => [text, version] as const);

  /** What every delivery is told, for as long as the store's answer stays what it is. */
  let last:
    | { readonly stored: StoredSecret; readonly isRecent: boolean; readonly live: readonly string[] }
    | undefined;

  const toLive = (stored: StoredSecret): readonly string[] => {
    const recent = isRecent(stored.current, now());
    if (last?.stored === stored && last.isRecent === recent) return last.live;
    const live = findLive(stored, recent);
    // What is wrong with it is told with every delivery.
    if (readingOf(stored.current).problem === undefined) last = { stored, isRecent: recent, live };
    return live;
  };

  const findLive = ({ current, previous, pending }: StoredSecret, recent: boolean): readonly string[] => {
    const { problem } = readingOf(current);
    if (problem !== undefined) log.error('no usable webhook secret', { reason: problem });
    const found = [
      ...toSecrets('current', current),
      // GitHub may sign with it any moment, and until then it is nobody's.
      ...toSecrets('pending', pending),
      // Whoever rotates has 24 hours of deliveries under way signed with the old secret.
      ...(recent ? toSecrets('previous', previous) : []),
    ];
    versions = new Map(found.toReversed()); // one that is in two versions counts as the first
    const live = [...new Set(found.map(([text]) => text))];
    if (live.length > 0) return live;
    throw new ServiceFault(
      'webhook_secret_unusable',
      `There is no usable webhook secret, so no delivery can be verified: ${problem}. Put the secret of the App settings into what WEBHOOK_SECRET_ID names.`,
    );
  };

  return {
    async live(signal) {
      const stored = await cache.read(secretId, signal);
      // What was unusable a moment ago may have been mended since.
      const usable = readingOf(stored.current).problem === undefined;
      return toLive(usable ? stored : await cache.refresh(secretId, signal));
    },
    refreshed: async (signal, atMostEveryMs) => toLive(await cache.refresh(secretId, signal, atMostEveryMs)),
    versionOf: (secret) => versions.get(secret) ?? 'current',
  };
}

/**
 * The value is the secret itself, or a JSON object whose `webhookSecret` is a secret or a list of
 * them. Blank ones are dropped: anyone can sign with an empty HMAC key. Line breaks at the end and a
 * byte order mark, left by `echo` and editors, are not part of a secret.
 */
function read(text: string): Reading {
  const values = readSecretField(text, 'webhookSecret');
  if (values === undefined) return { secrets: [], problem: 'it is JSON without `webhookSecret`' };
  const texts = values.filter((value) => typeof value === 'string');
  if (texts.length === 0) return { secrets: [], problem: '`webhookSecret` in its JSON holds no text' };
  const secrets = texts
    .map((value) => value.replace(/^\uFEFF/, '').replace(/[\r\n]+$/, ''))
    .filter((value) => value.trim() !== '');
  return secrets.length > 0 ? { secrets } : { secrets, problem: 'it is blank' };
}
