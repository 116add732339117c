/**
 * `fetch` over node:https: the part of it that Octokit and we use. Node's own takes a cold start some 40 ms
 * of a whole CPU before it sends anything, and warm twice the time of this one. An answer is read to its
 * end before it is handed on: one that is cut off is an error, never a shorter answer.
 */
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AnswerTooLarge, createAnswer, MAX_ANSWER_BYTES, type Answer } from './answer.ts';
import type { Connections } from './connections.ts';
import { createGatherer } from './gather.ts';
import { isText, toMessage, toRedirected, toTextMessage, type FetchInit, type Message } from './message.ts';

/** @throws TypeError with a `cause`, or the signal's reason, as `fetch` does. */
export type Fetch = (url: string | URL, init?: FetchInit) => Promise<Answer>;

interface Received {
  readonly incoming: IncomingMessage;
  readonly bytes: Buffer;
}

interface Limits {
  readonly signal: AbortSignal | null;
  readonly maxBytes: number;
}

/** Source: Fetch Standard, "HTTP-redirect fetch". */
const MAX_REDIRECTS = 20;

/** @param connections Told over which of them an answer came to its end, so that the next call may use it. */
export function createFetch(connections: Connections): Fetch {
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
      const url = new URL(place.href);
      const next = new URL(location, url);
      message = toRedirected(message, answer.status, next.origin === url.origin);
      place = toPlace(next);
    }
  };

  /** One request, one answer. */
  async function send(place: Place, message: Message, limits: Limits): Promise<Answer> {
    try {
      const { incoming, bytes } = await exchange(place, message, limits);
      return await createAnswer(place.href, incoming, bytes, limits.maxBytes);
    } catch (cause) {
      limits.signal?.throwIfAborted();
      throw new TypeError('fetch failed', { cause });
    }
  }

  function exchange(place: Place, { method, headers, body }: Message, { signal, maxBytes }: Limits) {
    return new Promise<Received>((resolve, reject) => {
      const { protocol, hostname, port, path } = place;
      const { request } = protocol === 'http:' ? http : https;
      const agent = connections.agentFor(place);
      const outgoing = request({ protocol, hostname, port, path, method, headers, agent }, (incoming) => {
        const { socket } = incoming; // it is let go at the end
        const gatherer = createGatherer(incoming.headers['content-length'], maxBytes);
        incoming.on('data', (chunk: Buffer) => {
          if (gatherer.length + chunk.byteLength > maxBytes) incoming.destroy(new AnswerTooLarge(maxBytes));
          else gatherer.add(chunk);
        });
        incoming.on('error', reject);
        incoming.on('end', () => {
          connections.used(socket);
          resolve({ incoming, bytes: gatherer.take() });
        });
      });
      outgoing.on('error', reject);
      const abort = (): void => void outgoing.destroy();
      signal?.addEventListener('abort', abort);
      outgoing.on('close', () => signal?.removeEventListener('abort', abort));
      if (body instanceof Readable) pipeline(body, outgoing).catch(reject);
      else outgoing.end(body);
    });
  }
}

/** Where a request goes. Node would take a URL apart by reading every part that it has: a tenth of what a request costs. */
interface Place {
  readonly href: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
  readonly path: string;
}

/** An address that a URL leaves as it is: no dots that lead to another folder, and nothing that is to be escaped. */
const NORMAL_ADDRESS = /^(https?:\/\/[\w.:-]+)(\/[\w.~/?&=,;+%-]*)$/;
const DOTS = /\/\.|%2e/i;

/** A process calls few origins. Bound: what a handler calls may be more, and is then taken apart each time. */
const origins = new Map<string, Place>();
const MAX_ORIGINS = 20;

function toPlace(input: string | URL): Place {
  if (typeof input !== 'string') return takeApart(input);
  const [, origin, path] = DOTS.test(input) ? [] : (NORMAL_ADDRESS.exec(input) ?? []);
  if (origin === undefined || path === undefined) return takeApart(new URL(input));
  let known = origins.get(origin);
  if (known === undefined) {
    const url = new URL(input);
    known = takeApart(url);
    if (url.origin !== origin || origins.size === MAX_ORIGINS) return known;
    origins.set(origin, known);
  }
  const { protocol, hostname, port } = known;
  return { href: input, protocol, hostname, port, path };
}

function takeApart({ href, protocol, hostname, port, pathname, search }: URL): Place {
  return { href, protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port, path: pathname + search };
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}
