/** What a refused call needs, where GitHub itself and its documentation say different things. Pure. */
import { toAlternatives } from '../../lib/github/refusal.ts';
import { findNeed, toHeader } from '../github/permissions.ts';
import type { ShownCall } from './attribute-calls.ts';

/** With what GitHub's header says. */
const REASON = /^permission_missing: (.+)$/;

/**
 * @param reason Of the handler, which names what GitHub would have accepted.
 * @returns Both; undefined where they agree, or one of them is silent.
 */
export function aboutRefusal(reason: string | undefined, calls: readonly ShownCall[]): string | undefined {
  const accepted = REASON.exec(reason ?? '')?.[1];
  const refused = calls.findLast(({ status }) => status === 403);
  const need = refused && findNeed(refused.method, refused.path.split('?', 1)[0] ?? '');
  const header = need && toHeader(need);
  const documented = header && toAlternatives(header);
  if (accepted === undefined || need === undefined || documented === undefined) return undefined;
  if (toKey(accepted) === toKey(documented)) return undefined;
  return `For ${need.route} GitHub asks for ${accepted}, and its documentation says ${documented}.`;
}

/** The same for the same alternatives, in whatever order. */
function toKey(accepted: string): string {
  const alternatives = accepted.split(' or ').map((each) => each.split(' and ').toSorted().join());
  return alternatives.toSorted().join(';');
}
