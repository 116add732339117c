/**
 * A burst at the front door: what gets in, and what GitHub is told to keep. The door counts requests, Lambda counts
 * what runs at the same time. Pure: random numbers come in.
 */

export interface Door {
  /** Requests a second, and so many at once: a function URL has ten for each unit of concurrency. */
  readonly perSecond: number;
  /** Reserved concurrency of the webhook function. */
  readonly concurrency: number;
  /** One delivery in a function that runs already. */
  readonly warmMs: number;
  /** Init of one that does not. */
  readonly coldMs: number;
}

interface Burst {
  readonly deliveries: number;
  readonly durationMs: number;
  /** How much of it comes in the first tenth of that time; 0.1 is evenly. */
  readonly early: number;
}

export interface Admitted {
  readonly refusedAtDoor: number;
  /** No function was free, and no more may run. */
  readonly throttled: number;
  readonly mostAtOnce: number;
}

/** @param random In [0, 1). */
export function admit(burst: Burst, door: Door, random: () => number): Admitted {
  const { perSecond, concurrency, warmMs, coldMs } = door;
  const counted = { refusedAtDoor: 0, throttled: 0, mostAtOnce: 0 };
  let tokens = perSecond;
  let lastMs = 0;
  /** When each function is free again. */
  const functions: number[] = [];
  for (const atMs of toArrivals(burst, random)) {
    tokens = Math.min(perSecond, tokens + ((atMs - lastMs) / 1000) * perSecond);
    lastMs = atMs;
    if (tokens < 1) {
      counted.refusedAtDoor += 1;
      continue;
    }
    tokens -= 1;
    const free = functions.findIndex((freeAtMs) => freeAtMs <= atMs);
    if (free !== -1) functions[free] = atMs + warmMs;
    else if (functions.length < concurrency) functions.push(atMs + coldMs + warmMs);
    else counted.throttled += 1;
    const atOnce = functions.filter((freeAtMs) => freeAtMs > atMs).length;
    counted.mostAtOnce = Math.max(counted.mostAtOnce, atOnce);
  }
  return counted;
}

function toArrivals({ deliveries, durationMs, early }: Burst, random: () => number): number[] {
  const tenth = durationMs / 10;
  return Array.from({ length: deliveries }, (_, index) =>
    index < deliveries * early ? random() * tenth : tenth + random() * (durationMs - tenth),
  ).toSorted((a, b) => a - b);
}
