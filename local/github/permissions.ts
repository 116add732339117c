/**
 * Which permission each route asks of an installation token. No I/O.
 *
 * Source: lib/permissions/endpoints.json, which says where it is from.
 */
import table from '../../lib/permissions/endpoints.json' with { type: 'json' };
import { createRouteTable } from './routes.ts';
import type { Permissions } from './types.ts';

/** What GitHub's documentation says of a route for an installation token. */
export type Need =
  /** One whole alternative must be held. */
  | { readonly kind: 'permissions'; readonly route: string; readonly alternatives: readonly Permissions[] }
  /** Any token may: there is no permission for it, or none that was published. */
  | { readonly kind: 'none'; readonly route: string }
  /** No installation token may. */
  | { readonly kind: 'user_only'; readonly route: string };

const LEVELS = ['read', 'write', 'admin'];

const ROUTES = createRouteTable<Need>([
  ...Object.entries(table.needs).flatMap(([accepted, routes]) => {
    const alternatives = parseAccepted(accepted);
    return routes.map((route) => [route, { kind: 'permissions', route, alternatives }] as const);
  }),
  ...[...table.none, ...table.unpublished].map((route) => [route, { kind: 'none', route }] as const),
  ...table.userOnly.map((route) => [route, { kind: 'user_only', route }] as const),
]);

/**
 * @param path Whole, percent-encoded, without the query string.
 * @returns undefined where GitHub's documentation has no such route.
 */
export function findNeed(method: string, path: string): Need | undefined {
  const asked = method === 'HEAD' ? 'GET' : method;
  // The root of a repository's contents is a path, too: an empty one.
  const whole = /^\/repos\/[^/]+\/[^/]+\/contents\/?$/.test(path) ? `${path.replace(/\/$/, '')}/-` : path;
  return ROUTES.find(asked, whole)?.value;
}

export function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Whether a token with these permissions may call the route. `metadata: read` comes with every token, named or not. */
export function satisfies(granted: Permissions, need: Need): boolean {
  switch (need.kind) {
    case 'permissions':
      return need.alternatives.some((alternative) => isSubset(alternative, { metadata: 'read', ...granted }));
    case 'none':
      return true;
    case 'user_only':
      return false;
  }
}

/** No name and no level goes beyond what was granted; an unknown name is beyond it. */
export function isSubset(requested: Permissions, granted: Permissions): boolean {
  return Object.entries(requested).every(([name, level]) => covers(granted[name], level));
}

/**
 * The text of `X-Accepted-GitHub-Permissions`: alternatives apart by a semicolon, what is needed together by a comma;
 * undefined for a route without one.
 */
export function toHeader(need: Need): string | undefined {
  if (need.kind !== 'permissions') return undefined;
  return need.alternatives.map((alternative) => toText(alternative)).join('; ');
}

function toText(alternative: Permissions): string {
  return Object.entries(alternative)
    .map(([name, level]) => `${name}=${level}`)
    .join(',');
}

function parseAccepted(accepted: string): readonly Permissions[] {
  return accepted
    .split('; ')
    .map((alternative) => Object.fromEntries(alternative.split(',').map((each) => each.split('='))));
}

function covers(granted: string | undefined, wanted: string): boolean {
  return LEVELS.includes(wanted) && LEVELS.indexOf(granted ?? '') >= LEVELS.indexOf(wanted);
}
