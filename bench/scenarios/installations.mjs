/** hookmint with 1,000 installations and three handlers of their own grants, in the memory of 128 MB. Twice over. */
import { startChild } from '../child.mjs';
import { createDelivery } from '../deliveries.mjs';
import { toNodeFlags } from '../lambda-memory.mjs';
import { WEBHOOK_SECRET } from '../stand-ins.mjs';
import { takeChecked } from './check.mjs';

export const MEMORY_MB = 128;
export const INSTALLATIONS = 1_000;
export const HANDLERS = 3;
export const NODE_FLAGS = toNodeFlags(MEMORY_MB);

/**
 * @typedef {object} Installations
 * @property {number} mints When every installation was new.
 * @property {number} mintsAgain When all of them came once more: tokens that were no longer held.
 * @property {number} peakRssBytes
 * @property {number} peakHeapBytes
 * @property {number[]} timesMs Of the deliveries that came once more.
 */

/**
 * @param {import('../bench.mjs').Bench} bench
 * @returns {Promise<Installations>}
 */
export async function measureInstallations({ contenders, bundles, standIns, folder }) {
  const inline = contenders.find(({ name }) => name === 'hookmint');
  if (inline === undefined) throw new Error('hookmint is not among the contenders');
  const contender = { ...inline, bundle: bundles.files['hookmint-three'] ?? '', comments: HANDLERS };
  const child = await startChild(contender, { folder, nodeFlags: NODE_FLAGS });
  let peakRssBytes = 0;
  let peakHeapBytes = 0;
  /** @type {number[]} */
  const timesMs = [];
  const { mints } = await deliverToAll();
  timesMs.length = 0;
  const { mints: mintsAgain } = await deliverToAll();
  await child.close();
  return { mints, mintsAgain, peakRssBytes, peakHeapBytes, timesMs };

  async function deliverToAll() {
    for (let installationId = 1; installationId <= INSTALLATIONS; installationId += 1) {
      const event = createDelivery(WEBHOOK_SECRET, {
        bytes: 8_000,
        installationId,
        id: `to-${installationId}`,
      });
      const invoked = await child.invoke(event);
      peakRssBytes = Math.max(peakRssBytes, invoked.peakRssBytes);
      peakHeapBytes = Math.max(peakHeapBytes, invoked.heapBytes);
      timesMs.push(...invoked.timesMs);
    }
    return takeChecked(contender, standIns, INSTALLATIONS);
  }
}
