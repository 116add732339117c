/** A limit of GitHub's: so much in so long a time, counted from the first call after the last window. */

export interface Budget {
  /** undefined where there was enough; otherwise the milliseconds until the window ends, and nothing is taken. */
  take(cost: number): number | undefined;
}

export function createBudget(limit: number, windowMs: number, now: () => number): Budget {
  let startMs = -Infinity;
  let used = 0;
  return {
    take(cost) {
      if (now() >= startMs + windowMs) {
        startMs = now();
        used = 0;
      }
      if (used + cost > limit) return startMs + windowMs - now();
      used += cost;
      return undefined;
    },
  };
}
