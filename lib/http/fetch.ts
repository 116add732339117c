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
import { toMessage, toRedirected, type FetchInit, type Message } from './message.ts';

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
    let url = typeof input === 'string' ? new URL(input) : input;
    let message = await toMessage(init);
    for (let hop = 0; ; hop += 1) {
      const answer = await send(url, message, { signal, maxBytes });
      const location = isRedirect(answer.status) ? answer.headers.get('location') : null;
      if (location === null || redirect === 'manual') return answer;
      if (redirect === 'error' || hop === MAX_REDIRECTS || message.body instanceof Readable)
        throw new TypeError('fetch failed', { cause: new Error('a redirect that is not to be followed') });
      const next = new URL(location, url);
      message = toRedirected(message, answer.status, next.origin === url.origin);
      url = next;
    }
  };

  /** One request, one answer. */
  async function send(url: URL, message: Message, limits: Limits): Promise<Answer> {
    try {
      const { incoming, bytes } = await exchange(url, message, limits);
      return await createAnswer(url, incoming, bytes, limits.maxBytes);
    } catch (cause) {
      limits.signal?.throwIfAborted();
      throw new TypeError('fetch failed', { cause });
    }
  }

  function exchange(url: URL, { method, headers, body }: Message, { signal, maxBytes }: Limits) {
    return new Promise<Received>((resolve, reject) => {
      const { request } = url.protocol === 'http:' ? http : https;
      const agent = connections.agentFor(url);
      const outgoing = request({ ...toPlace(url), method, headers, agent }, (incoming) => {
        const { socket } = incoming; // it is let go at the end
        const chunks: Buffer[] = [];
        let length = 0;
        incoming.on('data', (chunk: Buffer) => {
          length += chunk.byteLength;
          if (length > maxBytes) incoming.destroy(new AnswerTooLarge(maxBytes));
          else chunks.push(chunk);
        });
        incoming.on('error', reject);
        incoming.on('end', () => {
          connections.used(socket);
          resolve({ incoming, bytes: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks) });
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

/** Node takes a URL apart by reading every part that it has: a tenth of what a request costs. */
function toPlace({ protocol, hostname, port, pathname, search }: URL) {
  return { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port, path: pathname + search };
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}
