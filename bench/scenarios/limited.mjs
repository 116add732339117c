/** INIT with all there is, as Lambda lends it, and the first delivery with the CPU of a memory size. */
import { startChild } from '../child.mjs';
import { ONE_CORE_MB } from '../cpu-limit.mjs';
import { createDelivery } from '../deliveries.mjs';
import { WEBHOOK_SECRET } from '../stand-ins.mjs';
import { takeChecked } from './check.mjs';

/**
 * @typedef {object} Limited
 * @property {number} loadMs
 * @property {number} firstMs
 * @property {number} cpuMs Of the first delivery, all threads.
 */

const EVENT = createDelivery(WEBHOOK_SECRET, { bytes: 8_000 });

/**
 * @param {import('../bench.mjs').Bench} bench
 * @param {import('../contenders.mjs').Contender} contender
 * @param {number} memoryMb
 * @returns {Promise<Limited>}
 */
export async function measureLimited({ standIns, folder, limiter }, contender, memoryMb) {
  const child = await startChild(contender, { folder });
  limiter.start(child.pid, memoryMb / ONE_CORE_MB);
  try {
    const { timesMs, cpuMs } = await child.invoke(EVENT);
    await takeChecked(contender, standIns, 1);
    return { loadMs: child.loadMs, firstMs: timesMs[0] ?? 0, cpuMs };
  } finally {
    limiter.stop();
    await child.close();
  }
}
