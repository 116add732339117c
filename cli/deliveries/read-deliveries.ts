/** Reads GitHub's log of deliveries: what fits, and what belongs to one delivery. */
import type { LoggedDelivery } from '../../lib/github/logged-delivery.ts';
import { putInOrder } from '../../lib/sweep/dates.ts';
import { isGoodAnswer } from '../../lib/sweep/good-answer.ts';
import type { LogReader } from '../app/delivery-log.ts';

export interface Filter {
  /** Only what GitHub was not answered well. */
  readonly failed: boolean;
  /** `issues` or `issues.opened`; undefined: all of them. */
  readonly event: string | undefined;
  /** What is older ends the reading; undefined: GitHub's log ends it. */
  readonly since: Date | undefined;
}

interface ReadDeps {
  readonly reader: LogReader;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told after each page how many entries were read so far. */
  readonly onPage: (entries: number) => void;
}

/**
 * The log from its newest entry on.
 *
 * @throws ServiceFault What `DeliveryLog.pages` throws.
 */
async function* readLog({ reader, now, onPage }: ReadDeps): AsyncGenerator<LoggedDelivery> {
  let entries = 0;
  for await (const page of reader.log.pages(undefined, reader.time)) {
    entries += page.deliveries.length;
    onPage(entries);
    yield* putInOrder(page.deliveries, now());
  }
}

/** @throws ServiceFault What `DeliveryLog.pages` throws. */
export async function listDeliveries(filter: Filter, deps: ReadDeps): Promise<readonly LoggedDelivery[]> {
  const { since } = filter;
  const found: LoggedDelivery[] = [];
  for await (const delivery of readLog(deps)) {
    if (since !== undefined && delivery.deliveredAtMs < since.getTime()) break;
    if (fits(delivery, filter)) found.push(delivery);
  }
  return found;
}

/**
 * All attempts at one delivery, the newest first. GitHub's log has no search: it is read down to the first attempt,
 * which is none of the redeliveries.
 *
 * @throws ServiceFault What `DeliveryLog.pages` throws.
 */
export async function findAttempts(guid: string, deps: ReadDeps): Promise<readonly LoggedDelivery[]> {
  const found: LoggedDelivery[] = [];
  for await (const delivery of readLog(deps)) {
    if (delivery.guid !== guid) continue;
    found.push(delivery);
    if (!delivery.redelivery) break;
  }
  return found;
}

function fits(delivery: LoggedDelivery, { failed, event: wanted }: Filter): boolean {
  if (failed && isGoodAnswer(delivery)) return false;
  return wanted === undefined || wanted === delivery.event || wanted === toEventName(delivery);
}

/** `issues.opened`, or the event alone. */
export function toEventName({ event, action }: Pick<LoggedDelivery, 'event' | 'action'>): string {
  return action === null ? event : `${event}.${action}`;
}
