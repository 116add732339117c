/** What each handler declares, held against what its calls so far needed. Pure. */
import { judge } from '../../lib/permissions/judge.ts';
import { findNeed } from '../github/permissions.ts';
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

export function judgeGrant(
  { name, events, permissions }: DeclaredGrant,
  calls: readonly MadeCall[],
): GrantView {
  const routes: (readonly Permissions[])[] = [];
  const unknown = new Set<string>();
  for (const { method, path } of calls) {
    const [whole = ''] = path.split('?', 1);
    const need = findNeed(method, whole);
    if (need?.kind === 'permissions') routes.push(need.alternatives);
    else if (need?.kind === 'none') routes.push([{}]);
    else unknown.add(`${method} ${whole}`);
  }
  const { needed, surplus } = judge(permissions, routes);
  return {
    handler: name,
    events,
    declared: permissions,
    used: needed,
    surplus,
    unknown: [...unknown],
    calls: calls.length,
  };
}
