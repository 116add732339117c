/** Faults on order: which request meets which. Real GitHub has them without being asked. */
import type { Fault, FaultMatcher, Faults } from './types.ts';

export interface FaultQueue extends Faults {
  /** The first fault ordered for such a request, if any; it then has one time less to go. */
  take(method: string, path: string): Fault | undefined;
}

export function createFaults(): FaultQueue {
  const orders: { readonly matcher: FaultMatcher; readonly fault: Fault; left: number }[] = [];
  return {
    next: (matcher, fault, times = 1) => void orders.push({ matcher, fault, left: times }),
    take(method, path) {
      const order = orders.find(({ matcher, left }) => left > 0 && matches(matcher, method, path));
      if (order) order.left -= 1;
      return order?.fault;
    },
  };
}

function matches(matcher: FaultMatcher, method: string, path: string): boolean {
  return (
    (matcher.method ?? method) === method && (matcher.path === undefined || path.search(matcher.path) >= 0)
  );
}
