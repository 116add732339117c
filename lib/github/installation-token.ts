/** An installation token, read from GitHub's answer to a mint and held against what was asked. Pure. */
import { ServiceFault } from '../faults.ts';
import { isId, isObject, readField, readText } from '../json/json.ts';
import { covers, type Grant } from './grant.ts';

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
  /** Milliseconds since the epoch, by our own clock. */
  readonly mintedAtMs: number;
  /** GitHub has taken it for some call: whatever it refuses from then on, it is no replication lag. */
  worked: boolean;
  /** It was minted because another one met a 404, and met one as well: what it does not find is not there. */
  missed: boolean;
}

/** When a token was minted, by both clocks; in milliseconds since the epoch. */
interface Instant {
  readonly nowMs: number;
  /** `expires_at` is by GitHub's. */
  readonly githubNowMs: number;
}

/**
 * @param body GitHub's answer, status 201: that alone is not yet a token.
 * @throws ServiceFault `token_unusable`; `token_too_wide` for one that may do more than was asked.
 */
export function readToken(body: unknown, grant: Grant, { nowMs, githubNowMs }: Instant): MintedToken {
  const token = readText(body, 'token');
  const expiresAt = new Date(readText(body, 'expires_at') ?? Number.NaN);
  // Visible ASCII only: the token goes into a header.
  if (token === undefined || !/^[\x21-\x7e]+$/.test(token) || !(expiresAt.getTime() > githubNowMs)) {
    throw new ServiceFault(
      'token_unusable',
      'GitHub answered 201 to a mint, but without a token that can be used.',
    );
  }
  const surplus = findSurplus(body, grant);
  if (surplus !== undefined) {
    const message = 'GitHub made a token that may do more than was asked. It was not handed on.';
    throw new ServiceFault('token_too_wide', message, { detail: surplus });
  }
  const repositoryIds = readRepositoryIds(body, grant);
  const permissions = readPermissions(body) ?? (grant.permissions === 'all' ? {} : { ...grant.permissions });
  return {
    token,
    expiresAt,
    permissions,
    ...(repositoryIds !== undefined && { repositoryIds }),
    mintedAtMs: nowMs,
    worked: false,
    missed: false,
  };
}

/** A copy: what a handler does to its token must not reach the next handler's. */
export function toShownToken({
  token,
  expiresAt,
  permissions,
  repositoryIds,
}: InstallationToken): InstallationToken {
  return {
    token,
    expiresAt: new Date(expiresAt),
    permissions: { ...permissions },
    ...(repositoryIds !== undefined && { repositoryIds: [...repositoryIds] }),
  };
}

/** The permissions of a token or an installation; undefined where GitHub does not tell them. */
export function readPermissions(body: unknown): Record<string, string> | undefined {
  const permissions = readField(body, 'permissions');
  if (!isObject(permissions)) return undefined;
  return Object.fromEntries(Object.entries(permissions).map(([name, level]) => [name, String(level)]));
}

/** What the token may do beyond the grant, for people; undefined where there is no such thing. */
function findSurplus(body: unknown, { permissions, repositories }: Grant): string | undefined {
  if (permissions !== 'all') {
    const asked: Readonly<Record<string, string | undefined>> = permissions;
    const more = Object.entries(readPermissions(body) ?? {}).find(
      ([name, level]) => !isImplied(name, level) && !covers(asked[name], level),
    );
    if (more !== undefined) return more.join('=');
  }
  if (repositories === 'installation') return undefined;
  if (readField(body, 'repository_selection') === 'all') return 'all repositories';
  const asked: ReadonlySet<unknown> = new Set(
    repositories.map((one) => (typeof one === 'string' ? one.toLowerCase() : one)),
  );
  const more = listRepositories(body).find((repository) => {
    const name = readText(repository, 'name')?.toLowerCase();
    return !asked.has(readField(repository, 'id')) && !asked.has(name);
  });
  return more === undefined ? undefined : `repository ${String(readField(more, 'id'))}`;
}

/** Every App may read metadata, and GitHub adds that without being asked. */
function isImplied(name: string, level: string): boolean {
  return name === 'metadata' && level === 'read';
}

function listRepositories(body: unknown): readonly unknown[] {
  const listed = readField(body, 'repositories');
  return Array.isArray(listed) ? listed : [];
}

/** As GitHub lists them; where it does not, as they were asked for. */
function readRepositoryIds(body: unknown, { repositories }: Grant): readonly number[] | undefined {
  if (repositories === 'installation') return undefined;
  const ids = listRepositories(body)
    .map((repository) => readField(repository, 'id'))
    .filter(isId);
  return ids.length > 0 ? ids : repositories.filter((one) => typeof one === 'number');
}
