/** What a handler declares against what the calls that were found need. No I/O. */
import { judge, type Judgement } from '../../lib/permissions/judge.ts';
import { type Levels, ROUTE_NEEDS, type RouteNeed } from '../../lib/permissions/needs.ts';
import type { FoundCall } from './find-calls.ts';

export interface JudgedCalls extends Judgement {
  /** Calls of which no need can be told, with the reason. */
  readonly unknown: readonly string[];
}

type Need = { readonly alternatives: readonly Levels[] } | { readonly reason: string };

const NEEDS: ReadonlyMap<string, RouteNeed> = new Map(
  ROUTE_NEEDS.map(([route, need]) => [toRouteKey(route), need]),
);

/** @param declared `'all'`: whatever the installation granted. */
export function judgeCalls(declared: Levels | 'all', calls: readonly FoundCall[]): JudgedCalls {
  const needs = calls.map((call) => ({ call, need: findNeed(call) }));
  const unknown = needs.flatMap(({ call: { where, text }, need }) =>
    'reason' in need ? [`${where}: ${need.reason === '' ? text : `${text}: ${need.reason}`}`] : [],
  );
  const routes = needs.flatMap(({ need }) => ('alternatives' in need ? [need.alternatives] : []));
  return { ...judge(declared, routes), unknown };
}

/** The route without the names of its parameters, which Octokit spells in ways of its own. */
export function toRouteKey(route: string): string {
  return route
    .replace(/\{\?[^}]*\}$/, '')
    .replace('{base}...{head}', '{}')
    .replaceAll(/\{[^}]*\}/g, '{}');
}

function findNeed({ route }: FoundCall): Need {
  if (route === undefined) return { reason: '' };
  const need = NEEDS.get(toRouteKey(route));
  switch (need?.kind) {
    case 'permissions':
      return need;
    case 'none':
      return { alternatives: [{}] };
    case 'unpublished':
      return { reason: 'nobody published what it needs' };
    case 'user_only':
      return { reason: 'not for installation tokens' };
    case undefined:
      return { reason: 'no such route is published' };
  }
}
