/** When deliveries come: a daily wave, and bursts on top of it. Pure. */
import type { Random } from '../../local/random.ts';

export interface Load {
  /** On a weekday, bursts left out. */
  readonly deliveriesPerDay: number;
  readonly burst?: Burst;
}

interface Burst {
  readonly atMs: number;
  readonly deliveries: number;
  readonly durationMs: number;
}

export interface Arrival {
  readonly atMs: number;
  readonly isBurst: boolean;
}

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

/** Busiest at 14:00, with 1.8 times the mean; quietest at 02:00, with a fifth of it. */
const PEAK_HOUR = 14;
const SWING = 0.8;

/** Deliveries of an hour, where the wave stands at `atMs`. */
function toHourlyRate(deliveriesPerDay: number, atMs: number): number {
  const hour = (atMs % DAY_MS) / HOUR_MS;
  return (deliveriesPerDay / 24) * (1 + SWING * Math.cos(((hour - PEAK_HOUR) / 24) * 2 * Math.PI));
}

/** All of a window, in order. */
export function* arrive(load: Load, fromMs: number, untilMs: number, random: Random): Generator<Arrival> {
  const { burst } = load;
  const times = burst === undefined ? [] : spread(burst, random);
  let sent = 0;
  for (let atMs = fromMs; ;) {
    atMs += (-Math.log(1 - random.next()) / toHourlyRate(load.deliveriesPerDay, atMs)) * HOUR_MS;
    for (let next = times[sent]; next !== undefined && next <= atMs; next = times[sent]) {
      sent += 1;
      yield { atMs: next, isBurst: true };
    }
    if (atMs >= untilMs) return;
    yield { atMs, isBurst: false };
  }
}

function spread({ atMs, deliveries, durationMs }: Burst, random: Random): number[] {
  const times = Array.from({ length: deliveries }, () => atMs + random.next() * durationMs);
  return times.toSorted((a, b) => a - b);
}
