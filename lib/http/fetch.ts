/**
 * `fetch` over connections of our own: the part of it that Octokit and we use. Node's own takes a cold start some 40 ms
 * of a whole CPU before it sends anything, and warm twice the time of this one. An answer is read to its
 * end before it is handed on: one that is cut off is an error, never a shorter answer.
 */
import { Readable } from 'node:stream';
import { createAnswer, type Answer } from './answer.ts';
import type { Limits } from './connection.ts';
import type { Connections } from './connections.ts';
import { isText, toMessage, toRedirected, toTextMessage, type FetchInit, type Message } from './message.ts';
import { toPlace, type Place } from './place.ts';
import { MAX_ANSWER_BYTES } from './received.ts';

/** @throws TypeError with a `cause`, or the signal's reason, as `fetch` does. */
export type Fetch = (url: string | URL, init?: FetchInit) => Promise<Answer>;

/** Source: Fetch Standard, "HTTP-redirect fetch". */
const MAX_REDIRECTS = 20;

export function createFetch(connections: Pick<Connections, 'ask'>): Fetch {
  return async (input, { redirect = 'follow', signal = null, maxBytes = MAX_ANSWER_BYTES, ...init } = {}) => {
    signal?.throwIfAborted();
    let place = toPlace(input);
    let message = isText(init) ? toTextMessage(init) : await toMessage(init);
    for (let hop = 0; ; hop += 1) {
      const answer = await send(place, message, { signal, maxBytes });
      const location = isRedirect(answer.status) ? answer.headers.get('location') : null;
      if (location === null || redirect === 'manual') return answer;
      if (redirect === 'error' || hop === MAX_REDIRECTS || message.body instanceof Readable)
        throw new TypeError('fetch failed', { cause: new Error('a redirect that is not to be followed') });
      const next = toPlace(new URL(location, place.href));
      message = toRedirected(message, answer.status, next.origin.key === place.origin.key);
      place = next;
    }
  };

  /** One request, one answer. */
  async function send(place: Place, message: Message, limits: Limits): Promise<Answer> {
    limits.signal?.throwIfAborted();
    try {
      return await createAnswer(place.href, await connections.ask(place, message, limits), limits.maxBytes);
    } catch (cause) {
      limits.signal?.throwIfAborted();
      throw new TypeError('fetch failed', { cause });
    }
  }
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}
