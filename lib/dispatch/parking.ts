/** What GitHub's rate limits have stopped: those deliveries wait before they spend a call. */
import type { ServiceFault } from '../faults.ts';
import { rateLimited } from '../github/rate-limit.ts';

/** Who would make the calls. */
interface Caller {
  readonly installationId: number | null;
  /** The handler's name. */
  readonly handler: string;
}

/**
 * The limit of an installation stops all its deliveries. One that GitHub counts apart, as it does searches and
 * GraphQL, stops only the handler that met it: no other is known to make such calls.
 */
export interface Parking {
  /** @throws ServiceFault `rate_limited` while the caller is parked. */
  check(caller: Caller): void;
  /** Parks the caller, or its whole installation, where the fault is such a limit, and not one that `check` threw. */
  note(caller: Caller, fault: ServiceFault): void;
}

/** Most entries remembered. The one parked first is forgotten first: its next delivery costs a call that is refused. */
const MAX_PARKED = 10_000;

/** @param now Milliseconds since the epoch. */
export function createParking(now: () => number): Parking {
  const untilMs = new Map<string, number>();
  /** Faults that `check` threw. Their seconds are rounded up, so noting them would postpone the end with every check. */
  const thrown = new WeakSet<ServiceFault>();

  const checkKey = (key: string): void => {
    const until = untilMs.get(key);
    if (until === undefined) return;
    const waitMs = until - now();
    if (waitMs > 0) {
      const fault = rateLimited(Math.ceil(waitMs / 1000));
      thrown.add(fault);
      throw fault;
    }
    untilMs.delete(key);
  };

  return {
    check({ installationId, handler }) {
      if (installationId === null || untilMs.size === 0) return;
      checkKey(`${installationId}`);
      checkKey(`${installationId} ${handler}`);
    },
    note({ installationId, handler }, fault) {
      const { code, retryAfterSeconds, resource = 'core' } = fault;
      if (thrown.has(fault)) return;
      if (installationId === null || code !== 'rate_limited' || retryAfterSeconds === undefined) return;
      const key = resource === 'core' ? `${installationId}` : `${installationId} ${handler}`;
      untilMs.set(key, Math.max(untilMs.get(key) ?? 0, now() + retryAfterSeconds * 1000));
      const [oldest] = untilMs.keys();
      if (untilMs.size > MAX_PARKED && oldest !== undefined) untilMs.delete(oldest);
    },
  };
}
