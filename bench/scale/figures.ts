/** From what was measured to the figures of the page. Pure. */
import { total, toCost } from './cost.ts';
import { MEASURED_MINUTES } from './scenarios.ts';
import type { Measured, Wait } from './simulate.ts';

/** Of waits, in seconds. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

function toSpread(waits: readonly Wait[]): Spread {
  const sorted = waits.map(({ seconds }) => seconds).toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

export interface BurstFigures {
  readonly quiet: Spread;
  readonly noisy: Spread;
  /** Deliveries that have nothing to do with the burst, from its beginning until the last of it is done. */
  readonly bystanders: Spread;
  /** From the burst's beginning until its last delivery was done. */
  readonly drainedMinutes: number;
  readonly mints: number;
  readonly mostMints: number;
  readonly refusedMints: number;
  readonly mostRefusedMints: number;
  readonly hitRate: number;
  readonly environments: number;
  readonly mostReceives: number;
  readonly receivesPerDelivery: number;
  readonly deadLetters: number;
  readonly usd: number;
}

export function toBurstFigures(measured: Measured): BurstFigures {
  const { world, waits, sqs, lambda, github, log } = measured;
  const atMs = world.load.burst?.atMs ?? world.fromMs;
  const burst = waits.filter(({ isBurst }) => isBurst);
  const endsMs = burst.map(({ sentMs, seconds }) => sentMs + seconds * 1000);
  const endMs = endsMs.reduce((latest, ms) => Math.max(latest, ms), atMs);
  const isMeanwhile = ({ sentMs }: Wait): boolean => sentMs >= atMs && sentMs < endMs;
  return {
    quiet: toSpread(burst.filter(({ isNoisy }) => !isNoisy)),
    noisy: toSpread(burst.filter(({ isNoisy }) => isNoisy)),
    bystanders: toSpread(waits.filter((wait) => !wait.isBurst && isMeanwhile(wait))),
    drainedMinutes: (endMs - atMs) / 60_000,
    mints: sum(github.mints),
    mostMints: most(github.mints),
    refusedMints: sum(github.refusedMints),
    mostRefusedMints: most(github.refusedMints),
    hitRate: toHitRate(log),
    environments: lambda.mostEnvironments,
    mostReceives: sqs.mostReceives,
    receivesPerDelivery: (sqs.sends + sqs.postpones) / sqs.sends,
    deadLetters: sqs.dead + sqs.buried,
    usd: total(toCost(measured)),
  };
}

export interface OrdinaryFigures {
  readonly deliveriesPerMinute: number;
  readonly environments: number;
  readonly activeRepositories: number;
  readonly activeInstallations: number;
  readonly mintsPerMinute: number;
  readonly mostMints: number;
  readonly hitRate: number;
  readonly waits: Spread;
}

/** Of the last quarter of an hour. */
export function toOrdinaryFigures({ world, waits, github, lambda, active }: Measured): OrdinaryFigures {
  const sinceMs = world.untilMs - MEASURED_MINUTES * 60_000;
  const late = waits.filter(({ sentMs }) => sentMs >= sinceMs);
  const sinceMinute = (sinceMs - world.fromMs) / 60_000;
  const mints = github.mints.slice(sinceMinute, sinceMinute + MEASURED_MINUTES);
  return {
    deliveriesPerMinute: late.length / MEASURED_MINUTES,
    environments: lambda.mostEnvironments,
    activeRepositories: active.repositories,
    activeInstallations: active.installations,
    mintsPerMinute: sum(mints) / MEASURED_MINUTES,
    mostMints: most(mints),
    hitRate: 1 - sum(mints) / late.length,
    waits: toSpread(late),
  };
}

function toHitRate({ cached, minted }: { readonly cached: number; readonly minted: number }): number {
  return cached / (cached + minted);
}

/** Minutes in which nothing happened are holes. */
function sum(minutes: readonly number[]): number {
  return minutes.reduce((all, each) => all + each, 0);
}

function most(minutes: readonly number[]): number {
  return minutes.reduce((highest, each) => Math.max(highest, each), 0);
}
