/** Events that GitHub has and the list in `names.ts` lacks. */
import type { EventName } from './payloads.ts';

const names = new Set<string>();

/**
 * Lets an event through that is newer than this package: `defineHandler(unlisted('issues.brand_new'), …)`, and
 * `[unlisted('issues.brand_new')]: () => import(…)` in the table. Its payload may be any event's. The build warns of
 * it, so that the word goes when a later package knows the event.
 */
export function unlisted(event: string): EventName {
  names.add(event);
  // Nothing is known of it but that somebody says so.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return event as EventName;
}

/** Whether `unlisted` let it through. */
export function isUnlisted(event: string): boolean {
  return names.has(event);
}
