/** Installation tokens: minted narrow, shared by those who ask for the same, kept until they are about to expire. */
import { sleep, type Clock } from '../async/clock.ts';
import { createSingleFlight } from '../async/single-flight.ts';
import { ServiceFault } from '../faults.ts';
import { SECOND_TRY_AFTER_MS, type ApiResponse } from './api.ts';
import type { CallAsApp } from './app-calls.ts';
import { type Grant, toGrantKey, toLevels } from './grant.ts';
import { readToken, type MintedToken } from './installation-token.ts';
import { explainMintRefusal } from './mint-refusal.ts';
import { appRateLimited, createPause } from './rate-limit.ts';
import { createTokenCache, type TokenCache } from './token-cache.ts';

/** The time that a mint has. */
export interface MintTime {
  readonly signal: AbortSignal;
  /** Until it aborts, in milliseconds. */
  readonly leftMs: number;
}

/** A token, and whether it was minted for this call or kept from an earlier one. */
export interface Obtained {
  readonly token: MintedToken;
  readonly cached: boolean;
}

export interface Mint extends Pick<TokenCache, 'held' | 'drop' | 'dropOlder'> {
  /** A token of exactly this grant that is there already. */
  find(installationId: number, grant: Grant): MintedToken | undefined;
  /**
   * The same, or a new one.
   *
   * @throws ServiceFault Any code of `CallAsApp`, `explainMintRefusal` and `readToken`.
   */
  get(installationId: number, grant: Grant, time: MintTime): Promise<Obtained>;
  /**
   * Asks before work is begun that will need a token; nothing is sent.
   *
   * @throws ServiceFault `app_rate_limited` while minting is paused and no token of the grant is there.
   */
  check(installationId: number, grant: Grant): void;
}

interface MintDeps {
  readonly call: CallAsApp;
  readonly apiUrl: string;
  readonly appId: string;
  readonly clock: Clock;
  /** Milliseconds since the epoch, by GitHub's clock: `expires_at` is. */
  readonly githubNow: () => number;
}

/** A 404 may be an installation made a moment ago: it is asked about once more. */
const NOT_FOUND_PAUSE_MS = 500;

/**
 * Cache key: host, App, installation, permissions level by level, repositories. On failure: nothing is kept,
 * everybody who waited hears of it. A rate limit stops all minting in this process until it has passed.
 */
export function createMint({ call, apiUrl, appId, clock, githubNow }: MintDeps): Mint {
  const now = (): number => clock.now();
  const cache = createTokenCache({ now, githubNow });
  const pause = createPause(now);
  const flights = createSingleFlight<MintedToken>(
    () => new ServiceFault('github_unavailable', 'GitHub stayed silent while a token was minted.'),
  );

  const place = JSON.stringify([apiUrl, appId]);

  /** Each delivery asks twice: whether its token is there, and then for it. */
  let last: { readonly installationId: number; readonly grant: Grant; readonly key: string } | undefined;

  const toKey = (installationId: number, grant: Grant): string => {
    if (last?.grant !== grant || last.installationId !== installationId) {
      const key = `${place} ${installationId} ${toGrantKey(grant)}`;
      last = { installationId, grant, key };
    }
    return last.key;
  };

  const refuseWhilePaused = (): void => {
    const seconds = pause.seconds();
    if (seconds > 0) throw appRateLimited(seconds);
  };

  const mint = async (installationId: number, grant: Grant, { signal, leftMs }: MintTime) => {
    const request = {
      method: 'POST',
      path: `/app/installations/${installationId}/access_tokens`,
      body: toRequestBody(grant),
      // A second mint leaves a second token behind: not before half of the time is gone.
      secondTryAfterMs: Math.max(SECOND_TRY_AFTER_MS, leftMs / 2),
    } as const;
    const response = await callTwice(() => call(request, signal), clock, signal);
    if (response.status === 201)
      return readToken(response.body, grant, { nowMs: now(), githubNowMs: githubNow() });
    throw await explainMintRefusal(response, { installationId, grant, call, githubNow, signal });
  };

  return {
    held: () => cache.held(),
    drop: (token) => cache.drop(token),
    dropOlder: (installationId, beforeMs) => cache.dropOlder(installationId, beforeMs),
    find: (installationId, grant) => cache.take(toKey(installationId, grant)),
    async get(installationId, grant, { signal, leftMs }) {
      const key = toKey(installationId, grant);
      const cached = cache.take(key);
      if (cached !== undefined) return { token: cached, cached: true };
      const token = await flights.join(key, signal, async (shared) => {
        refuseWhilePaused();
        const minted = await mint(installationId, grant, { signal: shared, leftMs }).catch(pause.note);
        cache.keep(key, installationId, minted);
        return minted;
      });
      return { token, cached: false };
    },
    check(installationId, grant) {
      const key = toKey(installationId, grant);
      // A mint that is under way was sent before the pause, and may succeed.
      if (cache.take(key) === undefined && !flights.isUnderWay(key)) refuseWhilePaused();
    },
  };
}

/** Asks once more about what was not found. */
async function callTwice(
  send: () => Promise<ApiResponse>,
  clock: Clock,
  signal: AbortSignal,
): Promise<ApiResponse> {
  const response = await send();
  if (response.status !== 404) return response;
  await sleep(clock, NOT_FOUND_PAUSE_MS, signal);
  return send();
}

/** Only `'all'` leaves the permissions out, only `'installation'` the repositories: absent means everything. */
function toRequestBody({ permissions, repositories }: Grant) {
  const levels = permissions === 'all' ? [] : toLevels(permissions);
  if ((permissions !== 'all' && levels.length === 0) || repositories.length === 0) {
    throw new ServiceFault(
      'internal_error',
      'A mint without a permission or a repository could be taken for all.',
    );
  }
  return {
    ...(permissions !== 'all' && { permissions: Object.fromEntries(levels) }),
    ...(repositories !== 'installation' &&
      (typeof repositories[0] === 'number' ? { repository_ids: repositories } : { repositories })),
  };
}
