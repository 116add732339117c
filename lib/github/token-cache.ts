/** Tokens that are kept until they are about to expire, for all who ask for the same. */
import type { MintedToken } from './installation-token.ts';

/** Tokens by the caller's key. Holds them in memory alone. */
export interface TokenCache {
  /** The token of this key, where there is one that will live for some minutes more. */
  take(key: string): MintedToken | undefined;
  keep(key: string, installationId: number, token: MintedToken): void;
  /** Forgets a token that GitHub no longer takes. */
  drop(token: string): void;
  /** Forgets the tokens of an installation that were minted before an instant, in milliseconds since the epoch. */
  dropOlder(installationId: number, beforeMs: number): void;
  /** Every token, for a log that must show none of them. */
  held(): Iterable<string>;
}

interface TokenCacheDeps {
  /** Milliseconds since the epoch, by our own clock: `mintedAtMs` is. */
  readonly now: () => number;
  /** The same by GitHub's: `expiresAt` is. */
  readonly githubNow: () => number;
}

interface Entry {
  readonly installationId: number;
  readonly token: MintedToken;
  /** Grows with every use of any token. */
  lastUse: number;
}

/** A token this close to its end is not handed out: its handler may work for minutes. */
const EXPIRY_MARGIN_MS = 5 * 60_000;

/** A token that is said to live longer is not believed. Source: GitHub docs, "Generating an installation access token". */
const LIFETIME_MS = 60 * 60_000;

/** Some 6 MB at 520 characters a token; the least recently used goes first. */
const MAX_CACHED_TOKENS = 5_000;

/** Key: the caller's. Lifetime: until `expiresAt` less a margin, an hour at most. Bound: 5,000 tokens. */
export function createTokenCache({ now, githubNow }: TokenCacheDeps): TokenCache {
  const entries = new Map<string, Entry>();
  let uses = 0;

  const isFresh = ({ expiresAt, mintedAtMs }: MintedToken): boolean =>
    expiresAt.getTime() - EXPIRY_MARGIN_MS > githubNow() &&
    now() - mintedAtMs < LIFETIME_MS - EXPIRY_MARGIN_MS;

  const dropWhere = (isToGo: (entry: Entry) => boolean): void => {
    for (const [key, entry] of entries) if (isToGo(entry)) entries.delete(key);
  };

  /** Looks at all of them, which takes less than the mint before it; to keep them in order, every delivery would pay. */
  const dropLeastUsed = (): void => {
    let [least] = entries;
    for (const entry of entries)
      if (least === undefined || entry[1].lastUse < least[1].lastUse) least = entry;
    if (least !== undefined) entries.delete(least[0]);
  };

  return {
    take(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (isFresh(entry.token)) {
        entry.lastUse = uses += 1;
        return entry.token;
      }
      entries.delete(key);
      return undefined;
    },
    keep(key, installationId, token) {
      entries.set(key, { installationId, token, lastUse: (uses += 1) });
      if (entries.size > MAX_CACHED_TOKENS) dropLeastUsed();
    },
    drop: (text) => dropWhere(({ token }) => token.token === text),
    dropOlder: (id, beforeMs) =>
      dropWhere(({ installationId, token }) => installationId === id && token.mintedAtMs < beforeMs),
    *held() {
      for (const { token } of entries.values()) yield token.token;
    },
  };
}
