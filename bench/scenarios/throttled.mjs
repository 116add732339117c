/** Probot 14 as it is shipped spaces comments out: what the second one of a process waits. */
import { startChild } from '../child.mjs';
import { createDelivery } from '../deliveries.mjs';
import { WEBHOOK_SECRET } from '../stand-ins.mjs';
import { takeChecked } from './check.mjs';

const DELIVERIES = 3;

/**
 * @param {import('../bench.mjs').Bench} bench
 * @returns {Promise<number[]>} Milliseconds of deliveries that come one after the other.
 */
export async function measureThrottled({ contenders, standIns, folder }) {
  const contender = contenders.find(({ name }) => name === 'probot-14-throttled');
  if (contender === undefined) throw new Error('there is no throttled contender');
  const child = await startChild(contender, { folder });
  const { timesMs } = await child.invoke(createDelivery(WEBHOOK_SECRET), { count: DELIVERIES });
  await child.close();
  await takeChecked(contender, standIns, DELIVERIES);
  return timesMs;
}
