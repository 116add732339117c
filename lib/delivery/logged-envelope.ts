/** The envelope of a delivery that comes out of GitHub's log. Pure. */
import { toEnvelope, type Envelope } from './delivery.ts';

/**
 * @param entry   What the log says of the delivery itself: that it always has.
 * @param headers Of the request, lower case: the log may lack any of them.
 * @returns undefined where the event's name or the GUID is malformed.
 */
export function toLoggedEnvelope(
  { guid, event }: { readonly guid: string; readonly event: string },
  headers: Readonly<Record<string, string>>,
  receivedAt: Date,
): Envelope | undefined {
  const logged = new Map(Object.entries({ ...headers, 'x-github-event': event, 'x-github-delivery': guid }));
  return toEnvelope({ header: (name) => logged.get(name) }, receivedAt);
}
