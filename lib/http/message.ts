/** A request as it is sent: with its body as bytes or a stream, and headers that say where it ends. */
import { Readable } from 'node:stream';
import { isObject } from '../json/json.ts';

type Body = NonNullable<RequestInit['body']>;

/** As `fetch` takes it; headers as a plain object. */
export interface FetchInit {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Body | null;
  readonly redirect?: 'follow' | 'manual' | 'error';
  readonly signal?: AbortSignal | null;
  /** Of the answer, as it comes and unpacked; default and most: what `answer.ts` says. */
  readonly maxBytes?: number | undefined;
}

/** A request whose headers, in lower case, tell where its body ends: by its length, or in chunks. */
export interface Message {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | Readable | undefined;
}

/** What says who asks, and what the body was. */
const CREDENTIALS = ['authorization', 'cookie', 'proxy-authorization'];
const BODY_HEADERS = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-type',
  'transfer-encoding',
];

/** Whether its body is a text, or there is none: what nearly every call has, and nothing is to be waited for. */
export function isText<T extends FetchInit>(init: T): init is T & { readonly body?: string | null } {
  const { body } = init;
  return typeof body === 'string' || body === undefined || body === null;
}

/** The same as `toMessage`, at once. */
export function toTextMessage(init: FetchInit & { readonly body?: string | null }): Message {
  const { method: named = 'GET', headers = {}, body } = init;
  const method = named.toUpperCase();
  refuseBody(method, body);
  const all: Record<string, string> = { 'accept-encoding': 'gzip' };
  if (typeof body === 'string') all['content-type'] = TEXT;
  for (const name in headers) {
    const lower = name.toLowerCase();
    if (lower !== 'content-length' && lower !== 'transfer-encoding') all[lower] = headers[name] ?? '';
  }
  if (typeof body === 'string') all['content-length'] = String(Buffer.byteLength(body));
  return { method, headers: all, body: body ?? undefined };
}

/** @throws TypeError for a GET or HEAD with a body, as `fetch` does. */
export async function toMessage({ method: named = 'GET', headers = {}, body }: FetchInit): Promise<Message> {
  const method = named.toUpperCase();
  refuseBody(method, body);
  const { bytes, type } = await toBody(body);
  const all: Record<string, string> = { 'accept-encoding': 'gzip' };
  if (type !== null) all['content-type'] = type;
  for (const name in headers) all[name.toLowerCase()] = headers[name] ?? '';
  const framed = withFraming(all, bytes);
  const length = framed['content-length'];
  const isHeldToIt = bytes instanceof Readable && length !== undefined;
  return {
    method,
    headers: framed,
    body: isHeldToIt ? Readable.from(ofLength(bytes, Number(length))) : bytes,
  };
}

/** What goes to where a redirect points: to another origin, nothing that says who asks. */
export function toRedirected(
  { method, headers, body }: Message,
  status: number,
  sameOrigin: boolean,
): Message {
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

/**
 * Says where the body ends. Node does so by itself for some methods only: the body of a DELETE would be taken for
 * the beginning of the next request on the connection (nodejs/node#27880). A caller's word counts only for how long
 * a stream is, and is held to it.
 */
function withFraming(headers: Record<string, string>, body: Message['body']): Record<string, string> {
  const { 'content-length': length, 'transfer-encoding': _, ...others } = headers;
  if (body === undefined) return others;
  if (body instanceof Readable) {
    return length === undefined || !/^\d+$/.test(length)
      ? { ...others, 'transfer-encoding': 'chunked' }
      : { ...others, 'content-length': length };
  }
  return { ...others, 'content-length': String(Buffer.byteLength(body)) };
}

/** @throws Error where the stream is longer or shorter: the connection would be out of step. */
async function* ofLength(stream: Readable, length: number): AsyncGenerator<Uint8Array> {
  const mismatch = new Error(`a stream that is not ${length} bytes long, as its content-length says`);
  let sent = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (!(bytes instanceof Uint8Array)) throw new TypeError('a stream of something else than bytes');
    sent += bytes.byteLength;
    if (sent > length) throw mismatch;
    yield bytes;
  }
  if (sent < length) throw mismatch;
}

function refuseBody(method: string, body: FetchInit['body']): void {
  if ((method === 'GET' || method === 'HEAD') && body !== undefined && body !== null)
    throw new TypeError('Request with GET/HEAD method cannot have body.');
}

/** Of a text that is not said to be of another type. */
const TEXT = 'text/plain;charset=UTF-8';

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
