/** The worlds that are compared: ordinary hours, bursts, and more of everything. */
import type { Door } from './front-door.ts';
import { GITHUB_LIMITS, type GitHubLimits } from './github.ts';
import type { HandlerSettings } from './handler.ts';
import type { World } from './simulate.ts';

const MINUTE_MS = 60_000;

/** A Monday, an hour before the busiest of the day. */
const START_MS = Date.UTC(2026, 2, 2, 13);

export const DELIVERIES_PER_DAY = 90_000;
export const BURST = 10_000;

/** How much of a burst comes in its first six seconds; a tenth is evenly. */
export const BURST_SHAPES = [0.1, 1 / 3, 0.5];

/** The webhook: 25 ms for a delivery that goes to the queue, 300 ms for one whose handlers run at once. */
const toDoor = (concurrency: number, warmMs: number): Door => ({
  perSecond: 10 * concurrency,
  concurrency,
  warmMs,
  coldMs: 350,
});
export const DOORS: readonly { readonly name: string; readonly door: Door }[] = [
  { name: 'queued, `webhookConcurrency: 20`', door: toDoor(20, 25) },
  { name: 'queued, `webhookConcurrency: 50`', door: toDoor(50, 25) },
  { name: 'queued, `webhookConcurrency: 100`, the default', door: toDoor(100, 25) },
  { name: 'queued, `webhookConcurrency: 200`', door: toDoor(200, 25) },
  { name: 'inline, `webhookConcurrency: 100`', door: toDoor(100, 300) },
];

const POPULATION = {
  installations: 10_000,
  noisyShare: 0.2,
  noisyRepositories: 2_000,
  leastRepositories: 2,
  mostRepositories: 500,
};

const LAMBDA = { maximumConcurrency: 10, batchSize: 10, timeoutMs: 60_000 };

type Repositories = HandlerSettings['repositories'];

/** Before a burst the caches fill for so long; afterwards ordinary deliveries go on for as long. */
const BEFORE_MS = 20 * MINUTE_MS;

/** 10,000 deliveries in a minute, on top of the busiest hour. */
export function toBurst(repositories: Repositories, maximumConcurrency: number): World {
  const atMs = START_MS + BEFORE_MS;
  return {
    seed: 1,
    fromMs: START_MS,
    untilMs: atMs + BEFORE_MS,
    load: {
      deliveriesPerDay: DELIVERIES_PER_DAY,
      burst: { atMs, deliveries: BURST, durationMs: MINUTE_MS },
    },
    population: POPULATION,
    handler: { repositories, writes: 'labels' },
    lambda: { ...LAMBDA, maximumConcurrency },
    limits: GITHUB_LIMITS,
  };
}

/** Longer than a token lives, so that as many end as begin; the last quarter of an hour is looked at. */
const ORDINARY_MS = 75 * MINUTE_MS;
export const MEASURED_MINUTES = 15;

/** No limit on mints: how many there would be. */
const UNLIMITED: GitHubLimits = {
  ...GITHUB_LIMITS,
  pointsPerMinute: Infinity,
};

/** Ordinary hours around the busiest, with so many times the deliveries and the repositories. */
export function toOrdinary(
  repositories: Repositories,
  {
    deliveries = 1,
    perInstallation = 1,
  }: { readonly deliveries?: number; readonly perInstallation?: number },
): World {
  const { leastRepositories, mostRepositories, noisyRepositories } = POPULATION;
  return {
    seed: 1,
    fromMs: START_MS,
    untilMs: START_MS + ORDINARY_MS,
    load: { deliveriesPerDay: DELIVERIES_PER_DAY * deliveries },
    population: {
      ...POPULATION,
      leastRepositories: leastRepositories * perInstallation,
      mostRepositories: mostRepositories * perInstallation,
      noisyRepositories: noisyRepositories * perInstallation,
    },
    handler: { repositories, writes: 'nothing' },
    lambda: LAMBDA,
    limits: UNLIMITED,
  };
}

/** The same with a handler that calls GitHub, under its limits: what ordinary deliveries cost. */
export function toOrdinaryWithCalls(repositories: Repositories): World {
  return {
    ...toOrdinary(repositories, {}),
    untilMs: START_MS + ORDINARY_MS,
    handler: { repositories, writes: 'labels' },
    limits: GITHUB_LIMITS,
  };
}
