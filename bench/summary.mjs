/** From what was measured in every round to one figure each. Pure. */
import { SIZES } from './scenarios/warm.mjs';
import { median, percentile } from './statistics.mjs';

/**
 * Undefined where a contender did not take part.
 *
 * @typedef {object} Summary
 * @property {string} name
 * @property {string} title
 * @property {{ totalMs: number, loadMs: number, firstMs: number, cpuMs: number, peakRssBytes: number, connections: number } | undefined} cold
 * @property {LimitedSummary | undefined} limited512
 * @property {LimitedSummary | undefined} limited128
 * @property {{ p50Ms: Record<string, number>, p99Ms: Record<string, number>, perSecond: number, cpuMs: number, peakRssBytes: number } | undefined} warm
 * @property {{ totalMs: number, mints: number } | undefined} burst
 * @property {{ p50Ms: number, mints: number, handlerLoads: number } | undefined} unclaimed
 * @property {{ total: number, atInit: number, byFirstDelivery: number }} bytes
 */

/** @typedef {{ loadMs: number, firstMs: number, cpuMs: number }} LimitedSummary */

/**
 * @param {import('./contenders.mjs').Contender} contender
 * @param {import('./bench.mjs').Measured} measured
 * @param {import('./scenarios/proof.mjs').LoadedBytes} loaded
 * @returns {Summary}
 */
export function summarize({ name, title, bytes }, measured, loaded) {
  return {
    name,
    title,
    cold: eachMedian(measured.cold),
    limited512: eachMedian(measured.limited512),
    limited128: eachMedian(measured.limited128),
    warm: summarizeWarm(measured.warm),
    burst: eachMedian(measured.burst),
    unclaimed: summarizeUnclaimed(measured.unclaimed),
    bytes: { total: bytes, ...loaded },
  };
}

/**
 * @template {Record<string, number>} T
 * @param {readonly T[]} rounds
 * @returns {T | undefined}
 */
function eachMedian(rounds) {
  const [first] = rounds;
  if (first === undefined) return undefined;
  const medians = Object.keys(first).map((key) => [
    key,
    median(rounds.map((round) => round[key] ?? Number.NaN)),
  ]);
  return Object.fromEntries(medians);
}

/** @param {import('./bench.mjs').Measured['warm']} blocks */
function summarizeWarm(blocks) {
  if (blocks.length === 0) return undefined;
  /** @param {number} percent */
  const bySize = (percent) =>
    Object.fromEntries(
      /** @type {(keyof typeof SIZES)[]} */ (Object.keys(SIZES)).map((size) => [
        size,
        percentile(
          blocks.flatMap(({ timesMs }) => timesMs[size]),
          percent,
        ),
      ]),
    );
  return {
    p50Ms: bySize(50),
    p99Ms: bySize(99),
    perSecond: median(blocks.map(({ perSecond }) => perSecond)),
    cpuMs: median(blocks.map(({ cpuMs }) => cpuMs)),
    peakRssBytes: Math.max(...blocks.map(({ peakRssBytes }) => peakRssBytes)),
  };
}

/** @param {import('./bench.mjs').Measured['unclaimed']} rounds */
function summarizeUnclaimed(rounds) {
  if (rounds.length === 0) return undefined;
  return {
    p50Ms: median(rounds.flatMap(({ timesMs }) => timesMs)),
    mints: Math.max(...rounds.map(({ mints }) => mints)),
    handlerLoads: Math.max(...rounds.map(({ handlerLoads }) => handlerLoads)),
  };
}
