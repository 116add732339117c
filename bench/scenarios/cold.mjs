/** A new process each time: from its start to the first answer, as the caller sees it, on all cores. */
import { startChild } from '../child.mjs';
import { createDelivery } from '../deliveries.mjs';
import { WEBHOOK_SECRET } from '../stand-ins.mjs';
import { takeChecked } from './check.mjs';

/**
 * @typedef {object} Cold
 * @property {number} totalMs
 * @property {number} loadMs
 * @property {number} firstMs
 * @property {number} cpuMs Of all threads, since the start.
 * @property {number} peakRssBytes
 * @property {number} connections To GitHub.
 */

const EVENT = createDelivery(WEBHOOK_SECRET, { bytes: 8_000 });

/**
 * @param {import('../bench.mjs').Bench} bench
 * @param {import('../contenders.mjs').Contender} contender
 * @returns {Promise<Cold>}
 */
export async function measureCold({ standIns, folder }, contender) {
  const startedMs = performance.now();
  const child = await startChild(contender, { folder });
  const { timesMs, cpuSinceSpawnMs: cpuMs, peakRssBytes } = await child.invoke(EVENT);
  const totalMs = performance.now() - startedMs;
  await child.close();
  const { connections } = await takeChecked(contender, standIns, 1);
  return { totalMs, loadMs: child.loadMs, firstMs: timesMs[0] ?? 0, cpuMs, peakRssBytes, connections };
}
