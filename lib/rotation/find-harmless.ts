/** Finds a delivery that GitHub may send again for a look at its signature, without any work being done twice. */
import type { CallTime, DeliveryLog } from '../github/delivery-log.ts';
import type { LoggedDelivery } from '../github/logged-delivery.ts';
import { parseJson, readField, readText } from '../json/json.ts';

/** The ledger lets nobody repeat what is done, and nobody claimed what was ignored. */
const HARMLESS: ReadonlySet<string | undefined> = new Set(['handled', 'ignored', 'duplicate']);

/** How many answers are read. */
const MAX_READ = 8;

/** What is longer is not read for its answer: most deliveries have some kilobytes. */
const MAX_BYTES = 1_000_000;

/**
 * What we answered tells. A delivery that was `queued` may have failed since, and a handler that skipped or gave up runs
 * anew for a redelivery that the sweep did not ask for: it counts as a person's. What stays: a handler that came with a
 * later release runs for a delivery that nobody claimed before.
 *
 * @param entries Of the log, the newest first.
 * @param time    Asked before each call.
 * @returns Rather a ping than anything else; undefined where no answer that was read says that nothing would run.
 */
export async function findHarmless(
  entries: readonly LoggedDelivery[],
  log: Pick<DeliveryLog, 'small'>,
  time: () => CallTime,
): Promise<LoggedDelivery | undefined> {
  const well = entries.filter(({ statusCode }) => statusCode >= 200 && statusCode < 300);
  const pingsFirst = well.toSorted((a, b) => Number(b.event === 'ping') - Number(a.event === 'ping'));
  for (const entry of pingsFirst.slice(0, MAX_READ)) {
    const detail = await log.small(entry, MAX_BYTES, time());
    if (detail !== undefined && detail !== 'larger' && saysHarmless(detail.answer)) return entry;
  }
  return undefined;
}

/** The worst outcome stands above and may hide another: every handler's counts. */
function saysHarmless(answer: string | undefined): boolean {
  const parsed = answer === undefined ? undefined : parseJson(answer);
  const handlers = readField(parsed, 'handlers');
  return (
    HARMLESS.has(readText(parsed, 'outcome')) &&
    Array.isArray(handlers) &&
    handlers.every((handler) => HARMLESS.has(readText(handler, 'outcome')))
  );
}
