/** Installation tokens: minted narrow, shared by those who ask for the same, kept until they are about to expire. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceFault } from '../faults.ts';
import { isObject, readField } from '../json/json.ts';
import { createSingleFlight } from '../async/single-flight.ts';
import type { ApiResponse, SendToGitHub } from './api.ts';
import type { Permissions } from '../permissions/names.ts';
import type { CallAsApp } from './app-calls.ts';
import { appRateLimited } from './rate-limit.ts';
import { isRepositoryRefusal, isSuspension, readMessage } from './refusal.ts';
import { covers, describePermissions, type Grant, toGrantKey, toLevels } from './grant.ts';

/** What a handler gets. The token is opaque: of any length, with dots, dashes and underscores. */
export interface InstallationToken {
  readonly token: string;
  readonly expiresAt: Date;
  /** As GitHub granted them. */
  readonly permissions: Readonly<Record<string, string>>;
  /** Absent where the token reaches every repository of the installation. */
  readonly repositoryIds?: readonly number[];
}

/** A token with what is known of it by now. Shared by all who use the token. */
export interface MintedToken extends InstallationToken {
  readonly mintedAtMs: number;
  /** GitHub has taken it for some call: whatever it refuses from then on, it is no replication lag. */
  worked: boolean;
}

export interface Mint {
  /**
   * A token of exactly this grant, from the cache or new.
   *
   * @throws ServiceFault Any code of `CallAsApp`, `installation_suspended`, `installation_not_found`,
   *         `permission_not_granted`, `repository_not_accessible`, `token_unusable`, `github_unexpected`
   */
  get(
    installationId: number,
    grant: Grant,
    signal: AbortSignal,
  ): Promise<{ readonly token: MintedToken; readonly cached: boolean }>;
  /**
   * Asks before work is begun that will need a token; nothing is sent.
   *
   * @throws ServiceFault `app_rate_limited` while minting is paused and no token of the grant is there.
   */
  check(installationId: number, grant: Grant): void;
  /** Every token in the cache, for a log that must show none of them. */
  held(): Iterable<string>;
  /** Forgets a token that GitHub no longer takes. */
  drop(token: InstallationToken): void;
  /** Ends a token at GitHub before its time: `DELETE /installation/token`. One that is dead already is fine. */
  revoke(token: InstallationToken, signal: AbortSignal): Promise<void>;
}

interface MintDeps {
  readonly call: CallAsApp;
  readonly send: SendToGitHub;
  readonly apiUrl: string;
  readonly appId: string;
  /** Milliseconds since the epoch, by GitHub's clock: `expires_at` is. */
  readonly githubNow: () => number;
}

/** A token this close to its end is not handed out: its handler may work for minutes. */
const EXPIRY_MARGIN_MS = 5 * 60_000;

/** Some 6 MB at 520 characters a token; the least recently used goes first. */
const MAX_CACHED_TOKENS = 5_000;

/** A 404 may be an installation made a moment ago; it is believed when it comes again. */
const NOT_FOUND_PAUSE_MS = 500;

/**
 * Cache key: host, App, installation, permissions level by level, repositories. Lifetime: until
 * `expires_at` less a margin. Bound: 5,000 tokens. On failure: nothing is kept, everybody who waited
 * hears of it. A rate limit stops all minting in this process until it has passed.
 */
export function createMint({ call, send, apiUrl, appId, githubNow }: MintDeps): Mint {
  const tokens = new Map<string, MintedToken>();
  const flights = createSingleFlight<MintedToken>(
    () => new ServiceFault('github_unavailable', 'GitHub stayed silent while a token was minted.'),
  );
  let pausedUntilMs = 0;

  const take = (key: string): MintedToken | undefined => {
    const token = tokens.get(key);
    if (token === undefined) return undefined;
    tokens.delete(key);
    if (token.expiresAt.getTime() - EXPIRY_MARGIN_MS <= githubNow()) return undefined;
    tokens.set(key, token);
    return token;
  };

  const keep = (key: string, token: MintedToken): void => {
    tokens.set(key, token);
    const [oldest] = tokens.keys();
    if (tokens.size > MAX_CACHED_TOKENS && oldest !== undefined) tokens.delete(oldest);
  };

  const drop = ({ token }: InstallationToken): void => {
    for (const [key, held] of tokens) if (held.token === token) tokens.delete(key);
  };

  const toKey = (installationId: number, grant: Grant): string =>
    JSON.stringify([apiUrl, appId, installationId, toGrantKey(grant)]);

  /** 0 where minting goes on. */
  const toPauseSeconds = (): number => Math.ceil(Math.max(0, pausedUntilMs - githubNow()) / 1000);

  const mint = async (installationId: number, grant: Grant, signal: AbortSignal): Promise<MintedToken> => {
    const pauseSeconds = toPauseSeconds();
    if (pauseSeconds > 0) throw appRateLimited(pauseSeconds);
    const path = `/app/installations/${installationId}/access_tokens`;
    const request = { method: 'POST', path, body: toRequestBody(grant) } as const;
    try {
      let response = await call(request, signal);
      if (response.status === 404) {
        await sleep(NOT_FOUND_PAUSE_MS, undefined, { signal });
        response = await call(request, signal);
      }
      if (response.status !== 201) throw await explain(response, installationId, grant, signal);
      return toToken(response.body, grant, githubNow());
    } catch (error) {
      if (error instanceof ServiceFault && error.retryAfterSeconds !== undefined) {
        pausedUntilMs = Math.max(pausedUntilMs, githubNow() + error.retryAfterSeconds * 1000);
      }
      throw error;
    }
  };

  const explain = async (
    response: ApiResponse,
    installationId: number,
    grant: Grant,
    signal: AbortSignal,
  ) => {
    const message = readMessage(response.body);
    if (isSuspension(response.status, message)) {
      return new ServiceFault('installation_suspended', `Installation ${installationId} is suspended.`);
    }
    if (response.status === 404) {
      return new ServiceFault(
        'installation_not_found',
        `Installation ${installationId} does not exist (any more).`,
      );
    }
    if (response.status === 422 && isRepositoryRefusal(message)) {
      return new ServiceFault(
        'repository_not_accessible',
        `A repository of the delivery is outside installation ${installationId}.`,
      );
    }
    if (response.status === 422) {
      return new ServiceFault(
        'permission_not_granted',
        `Installation ${installationId} has not granted what the handler asks for: its owner must accept the App's new permissions.`,
        { detail: await findMissing(installationId, grant.permissions, signal) },
      );
    }
    return new ServiceFault('github_unexpected', 'GitHub refused to mint a token.', {
      detail: `mint: ${response.status}`,
    });
  };

  /** GitHub does not say which permission it was: what was asked for, less what the installation has. */
  const findMissing = async (
    installationId: number,
    asked: Permissions,
    signal: AbortSignal,
  ): Promise<string> => {
    const all = describePermissions(asked);
    if (asked === 'all') return all;
    try {
      const { body } = await call({ method: 'GET', path: `/app/installations/${installationId}` }, signal);
      const granted = readPermissions(body) ?? {};
      const missing = toLevels(asked).filter(([name, level]) => !covers(granted[name], level));
      return missing.length === 0 ? all : describePermissions(Object.fromEntries(missing));
    } catch {
      return all;
    }
  };

  return {
    async get(installationId, grant, signal) {
      const key = toKey(installationId, grant);
      const cached = take(key);
      if (cached !== undefined) return { token: cached, cached: true };
      const token = await flights.join(key, signal, async (shared) => {
        const minted = await mint(installationId, grant, shared);
        keep(key, minted);
        return minted;
      });
      return { token, cached: false };
    },
    check(installationId, grant) {
      const pauseSeconds = toPauseSeconds();
      if (pauseSeconds === 0) return;
      const key = toKey(installationId, grant);
      // A mint that is under way was sent before the pause, and may succeed.
      if (take(key) === undefined && !flights.isUnderWay(key)) throw appRateLimited(pauseSeconds);
    },
    *held() {
      for (const { token } of tokens.values()) yield token;
    },
    drop,
    async revoke(token, signal) {
      drop(token);
      const request = { method: 'DELETE', path: '/installation/token', credential: token.token } as const;
      const { status } = await send(request, signal);
      if (status === 204 || status === 401) return;
      throw new ServiceFault(
        status >= 500 ? 'github_unavailable' : 'github_unexpected',
        'GitHub did not revoke a token: it lives on until it expires.',
        { detail: `revoke: ${status}` },
      );
    },
  };
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

/** @throws ServiceFault `token_unusable`: a 201 is not yet a token. */
function toToken(body: unknown, grant: Grant, nowMs: number): MintedToken {
  const token = readField(body, 'token');
  const expiry = readField(body, 'expires_at');
  const expiresAt = new Date(typeof expiry === 'string' ? expiry : Number.NaN);
  // Visible ASCII only: the token goes into a header.
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token) || Number.isNaN(expiresAt.getTime())) {
    throw new ServiceFault(
      'token_unusable',
      'GitHub answered 201 to a mint, but without a token that can be used.',
    );
  }
  const repositoryIds =
    grant.repositories === 'installation' ? undefined : readIds(readField(body, 'repositories'), grant);
  const permissions = readPermissions(body) ?? (grant.permissions === 'all' ? {} : { ...grant.permissions });
  return {
    token,
    expiresAt,
    permissions,
    ...(repositoryIds !== undefined && { repositoryIds }),
    mintedAtMs: nowMs,
    worked: false,
  };
}

function readIds(repositories: unknown, grant: Grant): readonly number[] {
  const listed: readonly unknown[] = Array.isArray(repositories) ? repositories : [];
  const ids = listed.map((repository) => readField(repository, 'id')).filter((id) => typeof id === 'number');
  if (ids.length > 0) return ids;
  return grant.repositories === 'installation'
    ? []
    : grant.repositories.filter((id) => typeof id === 'number');
}

function readPermissions(body: unknown): Record<string, string> | undefined {
  const permissions = readField(body, 'permissions');
  if (!isObject(permissions)) return undefined;
  return Object.fromEntries(Object.entries(permissions).map(([name, level]) => [name, String(level)]));
}
