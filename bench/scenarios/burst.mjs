/** One hundred deliveries at once for a new process, all of one installation. */
import { startChild } from '../child.mjs';
import { createDelivery } from '../deliveries.mjs';
import { WEBHOOK_SECRET } from '../stand-ins.mjs';
import { takeChecked } from './check.mjs';

const DELIVERIES = 100;
const EVENT = createDelivery(WEBHOOK_SECRET, { bytes: 8_000 });

/** @typedef {{ totalMs: number, mints: number }} Burst */

/**
 * @param {import('../bench.mjs').Bench} bench
 * @param {import('../contenders.mjs').Contender} contender
 * @returns {Promise<Burst>}
 */
export async function measureBurst({ standIns, folder }, contender) {
  const child = await startChild(contender, { folder });
  const { totalMs } = await child.invoke(EVENT, { count: DELIVERIES, inFlight: DELIVERIES });
  await child.close();
  const { mints } = await takeChecked(contender, standIns, DELIVERIES);
  return { totalMs, mints };
}
