/**
 * `fetch` over node:https: the part of it that Octokit and we use. Node's own takes a cold start some 40 ms
 * of a whole CPU before it sends anything, and warm twice the time of this one. An answer is read to its
 * end before it is handed on: one that is cut off is an error, never a shorter answer.
 */
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isObject } from '../json/json.ts';
import { createAnswer, type Answer } from './answer.ts';
import type { Connections } from './connections.ts';

type Body = NonNullable<RequestInit['body']>;

/** As `fetch` takes it; headers as a plain object. */
export interface FetchInit {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Body | null;
  readonly redirect?: 'follow' | 'manual' | 'error';
  readonly signal?: AbortSignal | null;
}

/** @throws TypeError with a `cause`, or the signal's reason, as `fetch` does. */
export type Fetch = (url: string | URL, init?: FetchInit) => Promise<Answer>;

interface Received {
  readonly incoming: IncomingMessage;
  readonly bytes: Buffer;
}

interface Message {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | Readable | undefined;
}

/** Source: Fetch Standard, "HTTP-redirect fetch". */
const MAX_REDIRECTS = 20;

/** What says who asks, and what the body was. */
const CREDENTIALS = ['authorization', 'cookie', 'proxy-authorization'];
const BODY_HEADERS = ['content-encoding', 'content-language', 'content-location', 'content-type'];

export function createFetch(connections: Connections): Fetch {
  return async (input, { redirect = 'follow', signal = null, ...init } = {}) => {
    signal?.throwIfAborted();
    let url = new URL(input);
    let message = await toMessage(init);
    for (let hop = 0; ; hop += 1) {
      const answer = await send(url, message, signal);
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
  async function send(url: URL, message: Message, signal: AbortSignal | null): Promise<Answer> {
    try {
      const { incoming, bytes } = await exchange(url, message, signal);
      return await createAnswer(url, incoming, bytes);
    } catch (cause) {
      signal?.throwIfAborted();
      throw new TypeError('fetch failed', { cause });
    }
  }

  function exchange(url: URL, { method, headers, body }: Message, signal: AbortSignal | null) {
    return new Promise<Received>((resolve, reject) => {
      const { request } = url.protocol === 'http:' ? http : https;
      const agent = connections.agentFor(url);
      const outgoing = request(url, { method, headers, agent }, (incoming) => {
        const { socket } = incoming; // it is let go at the end
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
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

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

/** What goes to where a redirect points: to another origin, nothing that says who asks. */
function toRedirected({ method, headers, body }: Message, status: number, sameOrigin: boolean): Message {
  const becomesGet =
    (status === 303 && method !== 'GET' && method !== 'HEAD') || (status < 303 && method === 'POST');
  const dropped = [...(sameOrigin ? [] : CREDENTIALS), ...(becomesGet ? BODY_HEADERS : [])];
  const kept = Object.entries(headers).filter(([name]) => !dropped.includes(name));
  return {
    method: becomesGet ? 'GET' : method,
    headers: Object.fromEntries(kept),
    body: becomesGet ? undefined : body,
  };
}

async function toMessage({ method = 'GET', headers = {}, body }: FetchInit): Promise<Message> {
  const { bytes, type } = typeof body === 'string' ? toText(body) : await toBody(body);
  const all: Record<string, string> = { 'accept-encoding': 'gzip' };
  if (type !== null) all['content-type'] = type;
  for (const name in headers) all[name.toLowerCase()] = headers[name] ?? '';
  return { method: method.toUpperCase(), headers: all, body: bytes };
}

/** What Octokit sends. */
function toText(bytes: string) {
  return { bytes, type: 'text/plain;charset=UTF-8' };
}

/** Whatever else `fetch` takes, a `Response` knows how to read. */
async function toBody(body: Body | null | undefined): Promise<{
  readonly bytes: Message['body'];
  readonly type: string | null;
}> {
  if (body === undefined || body === null) return { bytes: undefined, type: null };
  if (body instanceof Uint8Array) return { bytes: body, type: null };
  if (isAsyncIterable(body)) return { bytes: Readable.from(body), type: null };
  const extracted = new Response(body);
  const type = extracted.headers.get('content-type');
  return { bytes: new Uint8Array(await extracted.arrayBuffer()), type };
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return isObject(value) && Symbol.asyncIterator in value;
}
