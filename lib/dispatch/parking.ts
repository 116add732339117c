/** Installations that GitHub's rate limit has stopped: their deliveries wait before they spend a call. */
import type { ServiceFault } from '../faults.ts';
import { rateLimited } from '../github/errors.ts';

export interface Parking {
  /** @throws ServiceFault `rate_limited` while the installation is parked. */
  check(installationId: number | null): void;
  /** Parks the installation where the fault is a rate limit of its own, and not one that `check` threw. */
  note(installationId: number | null, fault: ServiceFault): void;
}

/** Most installations remembered. The one parked first is forgotten first: its next delivery costs a call that is refused. */
const MAX_PARKED = 10_000;

/** @param now Milliseconds since the epoch. */
export function createParking(now: () => number): Parking {
  const untilMs = new Map<number, number>();
  /** Faults that `check` threw. Their seconds are rounded up, so noting them would postpone the end with every check. */
  const thrown = new WeakSet<ServiceFault>();
  return {
    check(installationId) {
      const until = installationId === null ? undefined : untilMs.get(installationId);
      if (installationId === null || until === undefined) return;
      const waitMs = until - now();
      if (waitMs > 0) {
        const fault = rateLimited(Math.ceil(waitMs / 1000));
        thrown.add(fault);
        throw fault;
      }
      untilMs.delete(installationId);
    },
    note(installationId, fault) {
      const { code, retryAfterSeconds } = fault;
      if (thrown.has(fault)) return;
      if (installationId === null || code !== 'rate_limited' || retryAfterSeconds === undefined) return;
      untilMs.set(
        installationId,
        Math.max(untilMs.get(installationId) ?? 0, now() + retryAfterSeconds * 1000),
      );
      const [oldest] = untilMs.keys();
      if (untilMs.size > MAX_PARKED && oldest !== undefined) untilMs.delete(oldest);
    },
  };
}
