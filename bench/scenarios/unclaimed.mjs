/** Deliveries of an event that no handler claims, for a new process. */
import { startChild } from '../child.mjs';
import { createDelivery } from '../deliveries.mjs';
import { WEBHOOK_SECRET } from '../stand-ins.mjs';
import { takeChecked } from './check.mjs';

const DELIVERIES = 100;
const EVENT = createDelivery(WEBHOOK_SECRET, { event: 'star', action: 'created', bytes: 50_000 });

/**
 * @typedef {object} Unclaimed
 * @property {number[]} timesMs Of warm ones.
 * @property {number} mints
 * @property {number} handlerLoads Counted for hookmint, whose handlers are modules of their own.
 */

/**
 * @param {import('../bench.mjs').Bench} bench
 * @param {import('../contenders.mjs').Contender} contender
 * @returns {Promise<Unclaimed>}
 */
export async function measureUnclaimed({ standIns, folder }, contender) {
  const child = await startChild(contender, { folder });
  await child.invoke(EVENT, { count: DELIVERIES });
  const { timesMs, handlerLoads } = await child.invoke(EVENT, { count: DELIVERIES });
  await child.close();
  const { mints } = await takeChecked(contender, standIns, 0);
  return { timesMs, mints, handlerLoads };
}
