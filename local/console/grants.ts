/** What each handler declares, held against what its calls so far needed. Pure. */
import { findNeed, isSubset } from '../github/permissions.ts';
import type { Permissions } from '../github/types.ts';
import type { GrantView } from './messages.ts';

export interface DeclaredGrant {
  readonly name: string;
  readonly events: readonly string[];
  readonly permissions: Permissions | 'all';
}

export interface MadeCall {
  readonly method: string;
  /** With or without its query string. */
  readonly path: string;
  readonly status: number;
}

const LEVELS = ['read', 'write', 'admin'];

export function judgeGrant(
  { name, events, permissions }: DeclaredGrant,
  calls: readonly MadeCall[],
): GrantView {
  const used: Record<string, string> = {};
  const unknown = new Set<string>();
  for (const { method, path } of calls) {
    const need = findNeed(method, path.split('?', 1)[0] ?? '');
    if (need === undefined || need.kind === 'user_only') unknown.add(`${method} ${path.split('?', 1)[0]}`);
    else if (need.kind === 'permissions') addNeed(used, choose(need.alternatives, permissions));
  }
  const declared = permissions === 'all' ? {} : permissions;
  return {
    handler: name,
    events,
    declared: permissions,
    used,
    surplus: Object.fromEntries(
      Object.entries(declared).filter(([permission, level]) => isSurplus(level, used[permission])),
    ),
    unknown: [...unknown],
    calls: calls.length,
  };
}

/** Of several alternatives, the one that the handler holds. */
function choose(alternatives: readonly Permissions[], held: Permissions | 'all'): Permissions {
  const own =
    held === 'all' ? undefined : alternatives.find((each) => isSubset(each, { metadata: 'read', ...held }));
  return own ?? alternatives[0] ?? {};
}

function addNeed(used: Record<string, string>, need: Permissions): void {
  for (const [permission, level] of Object.entries(need)) {
    if (LEVELS.indexOf(level) > LEVELS.indexOf(used[permission] ?? '')) used[permission] = level;
  }
}

function isSurplus(declared: string, used: string | undefined): boolean {
  return LEVELS.indexOf(declared) > LEVELS.indexOf(used ?? '');
}
