/** Secrets of the App, read from afar and kept for some minutes. What they mean is their readers' business. */
import { ServiceFault } from '../faults.ts';
import type { Log } from '../log/log.ts';
import { followFor } from '../async/abort.ts';
import type { Clock } from '../async/clock.ts';
import { createSingleFlight } from '../async/single-flight.ts';

/** One value that a secret has, or had. */
export interface SecretVersion {
  readonly text: string;
  readonly createdAt: Date;
}

/** `current`: the one that counts. `previous`: the one that it replaced. `pending`: the one that is to replace it. */
export type VersionName = 'current' | 'previous' | 'pending';

/** Reads one version of a secret; undefined where there is none. Throws when the store fails. */
export type ReadSecret = (
  id: string,
  version: VersionName,
  signal: AbortSignal,
) => Promise<SecretVersion | undefined>;

/** A secret as far as its versions have been read. */
export interface StoredSecret {
  readonly current: SecretVersion | undefined;
  /** Only of a secret that rotates, and only once somebody asked for it with `refresh`. */
  readonly previous: SecretVersion | undefined;
  /** The same. */
  readonly pending: SecretVersion | undefined;
}

/** Secrets by id, kept for five minutes. Where the store fails, what was read last goes on. */
export interface SecretCache {
  /** @throws ServiceFault `secrets_unavailable` where the store fails and nothing was read before. */
  read(id: string, signal: AbortSignal): Promise<StoredSecret>;
  /**
   * Reads anew because what is cached proved wrong, or may have; otherwise as `read`. Of a secret that rotates, all
   * versions are read: most deliveries are signed with the current one, and wait for no other.
   *
   * @param atMostEveryMs Since the last one of this secret. Default: 30 s.
   */
  refresh(id: string, signal: AbortSignal, atMostEveryMs?: number): Promise<StoredSecret>;
}

interface SecretCacheDeps {
  readonly readSecret: ReadSecret;
  /** Ids of the secrets whose other versions mean something. Default: none. */
  readonly rotating?: ReadonlySet<string>;
  readonly clock: Clock;
  readonly log: Log;
}

const NO_OTHERS = { previous: undefined, pending: undefined };

interface Entry {
  readonly secret: StoredSecret;
  readonly freshUntilMs: number;
  /** Which reading it came from, counted from the first. */
  readonly reading: number;
}

const LIFETIME_MS = 5 * 60_000;

/** Forged deliveries must not run up a bill at Secrets Manager. */
export const REFRESH_INTERVAL_MS = 30_000;

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
export function createSecretCache({
  readSecret,
  rotating = new Set(),
  clock,
  log,
}: SecretCacheDeps): SecretCache {
  const now = (): number => clock.now();
  const entries = new Map<string, Entry>();
  const refreshedAtMs = new Map<string, number>();
  let readings = 0;
  const flights = createSingleFlight<StoredSecret>(() => unavailable());

  const load = async (id: string, whole: boolean, signal: AbortSignal): Promise<StoredSecret> => {
    const old = entries.get(id)?.secret;
    const reading = (readings += 1);
    const limit = followFor(clock, old === undefined ? READ_TIMEOUT_MS : REREAD_TIMEOUT_MS, signal);
    try {
      const secret = await readVersions(id, old, whole, limit.signal);
      // One that began later knows better, and perhaps of more versions.
      const latest = entries.get(id);
      if (latest !== undefined && latest.reading > reading) return latest.secret;
      entries.set(id, { secret, freshUntilMs: now() + LIFETIME_MS, reading });
      return secret;
    } catch (error) {
      if (old === undefined) throw unavailable(error);
      log.warn('secret not refreshed, the cached value goes on', { error });
      const kept = entries.get(id) ?? { secret: old, reading };
      entries.set(id, { ...kept, freshUntilMs: now() + RETRY_INTERVAL_MS });
      return kept.secret;
    } finally {
      limit.end();
    }
  };

  const readVersions = async (
    id: string,
    old: StoredSecret | undefined,
    whole: boolean,
    signal: AbortSignal,
  ): Promise<StoredSecret> => {
    const rotates = rotating.has(id);
    const asked = rotates && whole ? readOther(id, 'pending', old, signal) : undefined;
    const current = await readSecret(id, 'current', signal);
    // What was seen to rotate is followed until it has come to its end.
    if (!rotates || !(whole || (old !== undefined && isRotating(old, current))))
      return { current, ...NO_OTHERS };
    const [pending, previous] = await Promise.all([
      asked ?? readOther(id, 'pending', old, signal),
      isRecent(current, now()) ? readOther(id, 'previous', old, signal) : undefined,
    ]);
    return { current, previous, pending };
  };

  /** Never fails: without it, most deliveries are taken all the same. */
  const readOther = async (
    id: string,
    version: 'previous' | 'pending',
    old: StoredSecret | undefined,
    signal: AbortSignal,
  ): Promise<SecretVersion | undefined> => {
    try {
      return await readSecret(id, version, signal);
    } catch (error) {
      log.warn('previous version of a secret not read', { error });
      return old?.[version];
    }
  };

  /** Whether other versions of it may be of use: one was, or the current one is another than before. */
  const isRotating = (old: StoredSecret, current: SecretVersion | undefined): boolean =>
    current?.text !== old.current?.text ||
    (old.pending !== undefined && old.pending.text !== current?.text) ||
    (old.previous !== undefined && isRecent(current, now()));

  const read = (id: string, signal: AbortSignal): Promise<StoredSecret> => {
    const entry = entries.get(id);
    if (entry !== undefined && now() < entry.freshUntilMs) return Promise.resolve(entry.secret);
    return flights.join(id, signal, (shared) => load(id, false, shared));
  };

  return {
    read,
    refresh(id, signal, atMostEveryMs = REFRESH_INTERVAL_MS) {
      const last = refreshedAtMs.get(id);
      const recent = last !== undefined && now() - last < atMostEveryMs;
      if (recent && !flights.isUnderWay(key(id))) return read(id, signal);
      if (!recent) refreshedAtMs.set(id, now());
      return flights.join(key(id), signal, (shared) => load(id, true, shared));
    },
  };
}

/** Whether the version before it may still have signed what is under way. */
export function isRecent(current: SecretVersion | undefined, nowMs: number): boolean {
  return current !== undefined && nowMs < current.createdAt.getTime() + PREVIOUS_LIFETIME_MS;
}

/** A reading of all versions is not shared with one of the current alone. */
function key(id: string): string {
  return `whole ${id}`;
}

function unavailable(cause?: unknown): ServiceFault {
  return new ServiceFault(
    'secrets_unavailable',
    'A secret could not be read and nothing is cached. Check the secret id, the role of the function and the network.',
    { cause },
  );
}
