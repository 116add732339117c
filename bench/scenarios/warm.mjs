/** Processes that have seen many deliveries, in blocks by turns: one at a time, and ten at a time. */
import { startChild } from '../child.mjs';
import { createDelivery } from '../deliveries.mjs';
import { WEBHOOK_SECRET } from '../stand-ins.mjs';
import { takeChecked } from './check.mjs';

/** Size of a body: deliveries before anything is timed. */
export const SIZES = /** @type {const} */ ({ '8 kB': 8_000, '50 kB': 50_000, '1 MB': 1_000_000 });
const FIRST_DELIVERIES = { '8 kB': 1_000, '50 kB': 100, '1 MB': 20 };

/** At the start of each block: the connection may have been closed since the last. */
const BLOCK_DELIVERIES = 5;

const RATE_DELIVERIES = 150;
const IN_FLIGHT = 10;

/** @typedef {keyof typeof SIZES} Size */

/**
 * @typedef {object} Block
 * @property {Record<Size, number[]>} timesMs
 * @property {number} perSecond
 * @property {number} cpuMs Of one of those deliveries.
 * @property {number} peakRssBytes Since the start of the process.
 */

const SIZE_NAMES = /** @type {Size[]} */ (Object.keys(SIZES));
const EVENTS = /** @type {Record<Size, string>} */ (
  Object.fromEntries(SIZE_NAMES.map((size) => [size, createDelivery(WEBHOOK_SECRET, { bytes: SIZES[size] })]))
);

/**
 * @param {import('../bench.mjs').Bench} bench
 * @param {import('../contenders.mjs').Contender} contender
 */
export async function startWarm({ standIns, folder }, contender) {
  const child = await startChild(contender, { folder });
  for (const size of SIZE_NAMES) await child.invoke(EVENTS[size], { count: FIRST_DELIVERIES[size] });
  await child.invoke(EVENTS['8 kB'], { count: RATE_DELIVERIES, inFlight: IN_FLIGHT });
  const first = SIZE_NAMES.reduce((sum, size) => sum + FIRST_DELIVERIES[size], 0);
  await takeChecked(contender, standIns, first + RATE_DELIVERIES);

  return {
    close: child.close,
    /**
     * @param {number} samples Of each size.
     * @returns {Promise<Block>}
     */
    async measure(samples) {
      /** @type {Record<Size, number[]>} */
      const timesMs = { '8 kB': [], '50 kB': [], '1 MB': [] };
      for (const size of SIZE_NAMES) {
        await child.invoke(EVENTS[size], { count: BLOCK_DELIVERIES });
        const invoked = await child.invoke(EVENTS[size], { count: samples });
        timesMs[size] = invoked.timesMs;
      }
      const { totalMs, cpuMs, peakRssBytes } = await child.invoke(EVENTS['8 kB'], {
        count: RATE_DELIVERIES,
        inFlight: IN_FLIGHT,
      });
      await takeChecked(
        contender,
        standIns,
        SIZE_NAMES.length * (BLOCK_DELIVERIES + samples) + RATE_DELIVERIES,
      );
      return {
        timesMs,
        perSecond: (RATE_DELIVERIES / totalMs) * 1000,
        cpuMs: cpuMs / RATE_DELIVERIES,
        peakRssBytes,
      };
    },
  };
}
