/** All attempts at one delivery, as far as one page of the log shows them. Pure. */
import type { LoggedDelivery } from '../github/logged-delivery.ts';
import { isGoodAnswer, TOO_LARGE_FOR_THE_DOOR } from './good-answer.ts';
import type { NewFailure } from './store.ts';

/** The attempts of one GUID, from one page of the log. */
export interface Group {
  readonly guid: string;
  /** Whether any attempt was answered well: a later failure does not undo it. */
  readonly good: boolean;
  /** Whether any attempt was asked for, so that an older page may hold one that failed. */
  readonly redelivered: boolean;
  readonly newest: LoggedDelivery;
  readonly oldest: LoggedDelivery;
  /** The answer that decides what to do: the newest, unless any said that the delivery is too large. */
  readonly statusCode: number;
}

/** In the order in which the page first shows each GUID. */
export function groupByGuid(deliveries: readonly LoggedDelivery[]): readonly Group[] {
  const attemptsOf = new Map<string, LoggedDelivery[]>();
  for (const delivery of deliveries) {
    const attempts = attemptsOf.get(delivery.guid);
    if (attempts === undefined) attemptsOf.set(delivery.guid, [delivery]);
    else attempts.push(delivery);
  }
  return [...attemptsOf.values()].flatMap(toGroup);
}

function toGroup(attempts: readonly LoggedDelivery[]): readonly Group[] {
  const inOrder = attempts.toSorted((a, b) => a.deliveredAtMs - b.deliveredAtMs || compareIds(a.id, b.id));
  const [oldest] = inOrder;
  const newest = inOrder.at(-1);
  if (oldest === undefined || newest === undefined) return [];
  const tooLarge = attempts.some(({ statusCode }) => statusCode === TOO_LARGE_FOR_THE_DOOR);
  return [
    {
      guid: newest.guid,
      good: attempts.some(isGoodAnswer),
      redelivered: attempts.some(({ redelivery }) => redelivery),
      newest,
      oldest,
      statusCode: tooLarge ? TOO_LARGE_FOR_THE_DOOR : newest.statusCode,
    },
  ];
}

/** Ids grow; as text, the longer one is the greater. */
function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : Number(a > b));
}

/** What is kept of a group that failed. The newest attempt stays longest in the log. */
export function toNewFailure({ guid, newest, oldest, statusCode }: Group, nextAtMs: number): NewFailure {
  const { id: logId, event, action, deliveredAtMs: latestAtMs, installationId, repositoryId } = newest;
  return {
    guid,
    logId,
    event,
    action,
    statusCode,
    deliveredAtMs: oldest.deliveredAtMs,
    latestAtMs,
    nextAtMs,
    installationId,
    repositoryId,
  };
}
