/**
 * Which permission each route under `/repos/OWNER/NAME` asks for. No I/O.
 *
 * Source: GitHub docs, "Permissions required for GitHub Apps". Where the table is silent, reading needs `metadata`
 * and writing `administration`: too strict is found in a test, too lax only in production.
 */
import type { Permissions } from './types.ts';

export interface Need {
  /** Any one of these will do. */
  readonly anyOf: readonly string[];
  readonly level: 'read' | 'write';
}

interface Route {
  /** Matched against what follows the repository's name. */
  readonly path: RegExp;
  readonly methods?: readonly string[];
  readonly anyOf: readonly string[];
}

/** Pull requests are issues too: their labels and comments take either permission. */
const ISSUES_OR_PULLS = ['issues', 'pull_requests'];

/** First match wins. */
const ROUTES: readonly Route[] = [
  { path: /^\/issues\/\d+\/(assignees|comments|events|labels|lock|timeline)\b/, anyOf: ISSUES_OR_PULLS },
  { path: /^\/issues\/(comments|events)\/\d+$/, anyOf: ISSUES_OR_PULLS },
  { path: /^\/issues\/\d+$/, methods: ['PATCH'], anyOf: ISSUES_OR_PULLS },
  { path: /^\/(labels|milestones)\b/, anyOf: ISSUES_OR_PULLS },
  { path: /^\/issues\b/, anyOf: ['issues'] },
  { path: /^\/pulls\/\d+\/merge$/, methods: ['PUT'], anyOf: ['contents'] },
  { path: /^\/pulls\b|^\/commits\/[^/]+\/pulls$/, anyOf: ['pull_requests'] },
  { path: /^\/check-(runs|suites)\b|^\/commits\/.+\/check-(runs|suites)$/, anyOf: ['checks'] },
  { path: /^\/statuses\/|^\/commits\/.+\/status(es)?$/, anyOf: ['statuses'] },
  { path: /^\/branches\/.+\/protection\b/, anyOf: ['administration'] },
  {
    path: /^\/(branches|comments|commits|compare|contents|dispatches|git|merges|readme|releases|tarball|zipball)\b/,
    anyOf: ['contents'],
  },
  { path: /^\/actions\b/, anyOf: ['actions'] },
  { path: /^\/deployments\b/, anyOf: ['deployments'] },
  { path: /^\/hooks\b/, anyOf: ['repository_hooks'] },
];

const LEVELS = ['read', 'write', 'admin'];

/** @param path What follows `/repos/OWNER/NAME`; empty for the repository itself. */
export function neededPermission(method: string, path: string): Need {
  const level = isRead(method) ? 'read' : 'write';
  const route = ROUTES.find((candidate) => {
    return candidate.path.test(path) && (candidate.methods?.includes(method) ?? true);
  });
  return { anyOf: route?.anyOf ?? [level === 'read' ? 'metadata' : 'administration'], level };
}

export function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** `metadata: read` comes with every token, named or not. */
export function satisfies(granted: Permissions, { anyOf, level }: Need): boolean {
  return anyOf.some((name) => {
    return covers(granted[name], level) || (name === 'metadata' && level === 'read');
  });
}

/** No name and no level goes beyond what was granted; an unknown name is beyond it. */
export function isSubset(requested: Permissions, granted: Permissions): boolean {
  return Object.entries(requested).every(([name, level]) => covers(granted[name], level));
}

/** The text of `X-Accepted-GitHub-Permissions`: alternatives apart by a semicolon. */
export function toHeader({ anyOf, level }: Need): string {
  return anyOf.map((name) => `${name}=${level}`).join('; ');
}

function covers(granted: string | undefined, wanted: string): boolean {
  return LEVELS.includes(wanted) && LEVELS.indexOf(granted ?? '') >= LEVELS.indexOf(wanted);
}
