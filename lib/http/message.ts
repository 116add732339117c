/** A request as it is sent: with its body as bytes or a stream, and headers that say where it ends. */
import { Readable } from 'node:stream';
import type { Signal } from '../async/abort.ts';
import { isObject } from '../json/json.ts';

type Body = NonNullable<RequestInit['body']>;

/** As `fetch` takes it; headers as a plain object. */
export interface FetchInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body | null | undefined;
  readonly redirect?: 'follow' | 'manual' | 'error';
  readonly signal?: Signal | null;
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

/** Methods that mean their body: where there is none, they say so. */
const NEVER_WITHOUT_BODY = /^(?:POST|PUT|PATCH)$/;

/** Whether its body is a text, or there is none: what nearly every call has, and nothing is to be waited for. */
export function isText<T extends FetchInit>(init: T): init is T & { readonly body?: string | null } {
  const { body } = init;
  return typeof body === 'string' || body === undefined || body === null;
}

/** The same as `toMessage`, at once. */
export function toTextMessage(init: FetchInit & { readonly body?: string | null }): Message {
  refuseBody(init);
  return assemble(init, init.body ?? undefined, typeof init.body === 'string' ? TEXT : null);
}

/** @throws TypeError for a GET or HEAD with a body, as `fetch` does. */
export async function toMessage(init: FetchInit): Promise<Message> {
  refuseBody(init);
  const { bytes, type } = await toBody(init.body);
  return assemble(init, bytes, type);
}

/** @param type Of the body, where its sender does not say another. */
function assemble(
  { method = 'GET', headers = {} }: FetchInit,
  body: Message['body'],
  type: string | null,
): Message {
  const all: Record<string, string> = { 'accept-encoding': 'gzip' };
  if (type !== null) all['content-type'] = type;
  let length: string | undefined;
  for (const name in headers) {
    const lower = name.toLowerCase();
    if (lower === 'content-length') length = headers[name];
    else if (lower !== 'transfer-encoding') all[lower] = headers[name] ?? '';
  }
  const upper = method.toUpperCase();
  if (body === undefined && NEVER_WITHOUT_BODY.test(upper)) all['content-length'] = '0';
  return { method: upper, headers: all, body: frame(all, body, length) };
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
 * Says in the headers where the body ends. Node does so by itself for some methods only: the body of a DELETE would be
 * taken for the beginning of the next request on the connection (nodejs/node#27880).
 *
 * @param length What the caller says: it counts only for how long a stream is, and a stream is held to it.
 * @returns The body as it is sent.
 */
function frame(
  headers: Record<string, string>,
  body: Message['body'],
  length: string | undefined,
): Message['body'] {
  if (body === undefined) return undefined;
  if (!(body instanceof Readable)) {
    headers['content-length'] = String(Buffer.byteLength(body));
    return body;
  }
  if (length === undefined || !/^\d+$/.test(length)) {
    headers['transfer-encoding'] = 'chunked';
    return body;
  }
  headers['content-length'] = length;
  return Readable.from(ofLength(body, Number(length)));
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

function refuseBody({ method = 'GET', body }: FetchInit): void {
  if (/^(?:GET|HEAD)$/i.test(method) && body !== undefined && body !== null)
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
