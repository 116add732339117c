/**
 * Holds what GitHub was answered well against the ledger: a delivery that was taken, that a handler claims, and of which
 * no handler ever began, is missing. "Nothing is lost" is then a figure that each run writes.
 *
 * A run looks at what its scan read and what is old enough to have begun, so each delivery is looked at once or twice.
 * Where the queue is not empty, what has not begun may wait there: that is no verdict, and `hookmint account` gives one
 * later on.
 */
import type { CallTime, DeliveryLog } from '../github/delivery-log.ts';
import type { LoggedDelivery } from '../github/logged-delivery.ts';
import type { Run } from './run.ts';

/** A worker takes a message within seconds, and a lease is written before its handler starts. */
export const BEGUN_WITHIN_MS = 10 * 60_000;

/** Each costs a read for each of its handlers, and one more. With more, those that are left are looked at by the next run's overlap. */
const MAX_DELIVERIES = 5_000;

/** Each costs a call. More of them do not make the number any clearer. */
const MAX_LOOKED_AT = 20;

/** Answers after which no record of a handler need be there: it was not claimed then, or there was no ledger. */
const ENDED = ['ignored', 'handled', 'duplicate', 'skipped'];

/** @throws ServiceFault What the log and the table throw. */
export async function accountFor(run: Run): Promise<void> {
  const { accounting, tally, deliveryLog } = run;
  const settled = [...tally.settled.values()].slice(0, MAX_DELIVERIES);
  const [first] = settled;
  if (accounting === undefined || first === undefined || run.isTimeUp()) return;
  const readHookId = () => findHookId(first, deliveryLog, run.callTime());
  const unbegun = await accounting.findUnbegun(settled, readHookId, run.signal);
  if (unbegun.length === 0 || !(await accounting.isQueueEmpty(run.signal))) return;
  for (const delivery of unbegun.slice(0, MAX_LOOKED_AT)) {
    if (run.isTimeUp()) return;
    const glance = await deliveryLog.glance(delivery, run.callTime());
    // Our answer is JSON that stands as text in GitHub's JSON.
    if (glance === undefined || ENDED.some((outcome) => glance.mentions(`\\"outcome\\":\\"${outcome}\\"`)))
      continue;
    const { hookId } = glance;
    if (hookId !== undefined && (await accounting.hasBegun(delivery, hookId, run.signal))) continue;
    tally.missing += 1;
    run.log.error('delivery missing', describe(delivery));
  }
}

/** Every delivery of an App comes from its one hook; where one does not, a glance at it tells. */
async function findHookId(
  delivery: LoggedDelivery,
  deliveryLog: DeliveryLog,
  time: CallTime,
): Promise<string | null> {
  const detail = await deliveryLog.detail(delivery, time);
  return detail?.headers['x-github-hook-id'] ?? null;
}

function describe({ guid, id, event, action, statusCode, deliveredAtMs }: LoggedDelivery) {
  const deliveredAt = new Date(deliveredAtMs).toISOString();
  return { delivery: guid, logId: id, event, action, status: statusCode, deliveredAt };
}
