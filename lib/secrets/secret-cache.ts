/** Secrets of the App, read from afar and kept for some minutes. What they mean is their readers' business. */
import { ServiceFault } from '../faults.ts';
import type { Log } from '../log/log.ts';
import { followFor } from '../async/abort.ts';
import type { Clock } from '../async/clock.ts';
import { createSingleFlight } from '../async/single-flight.ts';

export interface SecretVersion {
  readonly text: string;
  readonly createdAt: Date;
}

/** `current`: the one that counts. `previous`: the one that it replaced. */
type VersionName = 'current' | 'previous';

/** Reads one version of a secret; undefined where there is none. Throws when the store fails. */
export type ReadSecret = (
  id: string,
  version: VersionName,
  signal: AbortSignal,
) => Promise<SecretVersion | undefined>;

export interface StoredSecret {
  readonly current: SecretVersion | undefined;
  /** Only while it may still matter: within 24 hours of `current`'s creation. */
  readonly previous: SecretVersion | undefined;
}

export interface SecretCache {
  /** @throws ServiceFault `secrets_unavailable` where the store fails and nothing was read before. */
  read(id: string, signal: AbortSignal): Promise<StoredSecret>;
  /** Reads anew because what is cached proved wrong; at most once per 30 s and secret, otherwise as `read`. */
  refresh(id: string, signal: AbortSignal): Promise<StoredSecret>;
}

interface SecretCacheDeps {
  readonly readSecret: ReadSecret;
  readonly clock: Clock;
  readonly log: Log;
}

interface Entry {
  readonly secret: StoredSecret;
  readonly freshUntilMs: number;
}

const LIFETIME_MS = 5 * 60_000;

/** Forged deliveries must not run up a bill at Secrets Manager. */
const REFRESH_INTERVAL_MS = 30_000;

/** While the store fails, the old value is served and the store is left alone for so long. */
const RETRY_INTERVAL_MS = 10_000;

/** How long one reading may take; shorter when there is an old value to go on with. */
const READ_TIMEOUT_MS = 4_000;
const REREAD_TIMEOUT_MS = 1_500;

/** How long the previous version is of use after the current one was made: a rotation loses no delivery under way. */
export const PREVIOUS_LIFETIME_MS = 24 * 60 * 60_000;

/**
 * Key: the secret's id. Lifetime: 5 minutes. Bound: the ids of the configuration: two, and one for each secret among the settings. On
 * failure: the old value goes on being served; without one the failure is thrown and nothing is kept.
 */
export function createSecretCache({ readSecret, clock, log }: SecretCacheDeps): SecretCache {
  const now = (): number => clock.now();
  const entries = new Map<string, Entry>();
  const refreshedAtMs = new Map<string, number>();
  const flights = createSingleFlight<StoredSecret>(() => unavailable());

  const load = async (id: string, signal: AbortSignal): Promise<StoredSecret> => {
    const old = entries.get(id)?.secret;
    const limit = followFor(clock, old === undefined ? READ_TIMEOUT_MS : REREAD_TIMEOUT_MS, signal);
    try {
      const secret = await readVersions(id, old, limit.signal);
      entries.set(id, { secret, freshUntilMs: now() + LIFETIME_MS });
      return secret;
    } catch (error) {
      if (old === undefined) throw unavailable(error);
      log.warn('secret not refreshed, the cached value goes on', { error });
      entries.set(id, { secret: old, freshUntilMs: now() + RETRY_INTERVAL_MS });
      return old;
    } finally {
      limit.end();
    }
  };

  const readVersions = async (id: string, old: StoredSecret | undefined, signal: AbortSignal) => {
    const current = await readSecret(id, 'current', signal);
    if (current === undefined || current.createdAt.getTime() + PREVIOUS_LIFETIME_MS <= now()) {
      return { current, previous: undefined };
    }
    try {
      return { current, previous: await readSecret(id, 'previous', signal) };
    } catch (error) {
      log.warn('previous version of a secret not read', { error });
      return { current, previous: old?.previous };
    }
  };

  const read = (id: string, signal: AbortSignal): Promise<StoredSecret> => {
    const entry = entries.get(id);
    if (entry !== undefined && now() < entry.freshUntilMs) return Promise.resolve(entry.secret);
    return flights.join(id, signal, (shared) => load(id, shared));
  };

  return {
    read,
    refresh(id, signal) {
      const last = refreshedAtMs.get(id);
      const recent = last !== undefined && now() - last < REFRESH_INTERVAL_MS;
      if (recent && !flights.isUnderWay(id)) return read(id, signal);
      if (!recent) refreshedAtMs.set(id, now());
      return flights.join(id, signal, (shared) => load(id, shared));
    },
  };
}

function unavailable(cause?: unknown): ServiceFault {
  return new ServiceFault(
    'secrets_unavailable',
    'A secret could not be read and nothing is cached. Check the secret id, the role of the function and the network.',
    { cause },
  );
}
