/** The delivery that a handler works on, as far as its token depends on it. */
import type { Deadline } from '../async/deadline.ts';
import { readField, type JsonObject } from '../json/json.ts';
import type { BoundLog } from '../log/log.ts';

/** What the token of a handler may hang on: whether GitHub could not know yet what it is asked for. */
export interface Occasion {
  readonly delivery: {
    readonly event: string;
    readonly action: string | null;
    readonly installationId: number | null;
    readonly receivedAt: Date;
  };
  readonly payload: JsonObject;
  /** Unsigned: the App that the delivery says it is for. */
  readonly targetAppId: string | null;
  readonly deadline: Deadline;
  readonly log: BoundLog;
}

/** Deliveries that tell of something new, which other parts of GitHub may hear of only later; and where the payload says when that was. */
const NEWS: ReadonlyMap<string, readonly [of: string, time: string]> = new Map([
  ['installation.created', ['installation', 'created_at']],
  ['installation.new_permissions_accepted', ['installation', 'updated_at']],
  ['installation.unsuspend', ['installation', 'updated_at']],
  ['installation_repositories.added', ['installation', 'updated_at']],
  ['repository.created', ['repository', 'created_at']],
  ['repository.transferred', ['repository', 'updated_at']],
]);

/** So long GitHub may contradict its own news before it is believed. */
const NEWS_MS = 5 * 60_000;

/**
 * Whether something is so new that GitHub may not know it everywhere.
 *
 * @param time As GitHub writes it: ISO 8601, or seconds since the epoch. What is no time is not new.
 * @param githubNowMs Milliseconds since the epoch, by GitHub's clock.
 */
export function isNew(time: unknown, githubNowMs: number): boolean {
  const at = new Date(typeof time === 'number' ? time * 1000 : typeof time === 'string' ? time : Number.NaN);
  return githubNowMs - at.getTime() < NEWS_MS;
}

/** Whether the delivery itself tells that what GitHub denies was made, or changed, a moment ago. */
export function tellsNews({ delivery: { event, action }, payload }: Occasion, githubNowMs: number): boolean {
  const [of, time] = NEWS.get(`${event}.${action}`) ?? [];
  return of !== undefined && time !== undefined && isNew(readField(payload[of], time), githubNowMs);
}

/** Whether the delivery came so short a time ago that GitHub may yet contradict itself. */
export function isRecent({ delivery: { receivedAt } }: Occasion, nowMs: number): boolean {
  return nowMs - receivedAt.getTime() < NEWS_MS;
}

/** Whether the delivery changes what the tokens of its installation may do. */
export function changesGrants({ event }: Pick<Occasion['delivery'], 'event'>): boolean {
  return event === 'installation' || event === 'installation_repositories';
}
