/** Which failures are asked for first. Pure. */
import type { Failure } from './store.ts';

/**
 * First asks before others: a delivery that was never asked for again has the best hope. Among each, every
 * installation in turn, its own oldest first: one that fails a thousand times an hour, or is made to, takes the
 * next one's turn no more than one that fails once.
 */
export function toFairOrder(failures: readonly Failure[]): readonly Failure[] {
  const first = failures.filter(({ attempts }) => attempts === 0);
  const others = failures.filter(({ attempts }) => attempts > 0);
  return [...takeTurns(first), ...takeTurns(others)];
}

function takeTurns(failures: readonly Failure[]): readonly Failure[] {
  const queues = new Map<string, Failure[]>();
  for (const failure of failures.toSorted((a, b) => a.deliveredAtMs - b.deliveredAtMs)) {
    const queue = queues.get(toTenant(failure));
    if (queue === undefined) queues.set(toTenant(failure), [failure]);
    else queue.push(failure);
  }
  const inTurn: Failure[] = [];
  const longest = Math.max(0, ...[...queues.values()].map(({ length }) => length));
  for (let turn = 0; turn < longest; turn += 1) {
    for (const queue of queues.values()) inTurn.push(...queue.slice(turn, turn + 1));
  }
  return inTurn;
}

/** GitHub leaves the installation out of some entries, and then the repository tells. */
function toTenant({ installationId, repositoryId }: Failure): string {
  return installationId ?? `repository ${repositoryId ?? 'unknown'}`;
}
