/**
 * Which permission each route asks of an installation token. No I/O.
 *
 * Source: lib/permissions/endpoints.json, which says where it is from.
 */
import { ROUTE_NEEDS, type RouteNeed } from '../../lib/permissions/needs.ts';
import { createRouteTable } from './routes.ts';
import type { Permissions } from './types.ts';

/** What GitHub's documentation says of a route for an installation token. */
export type Need = RouteNeed & { readonly route: string };

const LEVELS = ['read', 'write', 'admin'];

const ROUTES = createRouteTable<Need>(ROUTE_NEEDS.map(([route, need]) => [route, { ...need, route }]));

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
    case 'unpublished':
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

function covers(granted: string | undefined, wanted: string): boolean {
  return LEVELS.includes(wanted) && LEVELS.indexOf(granted ?? '') >= LEVELS.indexOf(wanted);
}
