/** An HTTP answer that is there to its end, in the shape of a `Response`. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

/** What of a `Response` is asked for. */
export interface Answer {
  readonly status: number;
  readonly statusText: string;
  /** Where it came from, after redirects. */
  readonly url: string;
  readonly headers: AnswerHeaders;
  /** A stream of the bytes; null where there are none. */
  readonly body: unknown;
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Names are lower case, as they are listed. */
export interface AnswerHeaders extends Iterable<[string, string]> {
  get(name: string): string | null;
}

export async function createAnswer(url: URL, incoming: IncomingMessage, received: Buffer): Promise<Answer> {
  const { statusCode = 0, statusMessage = '', headers } = incoming;
  const bytes = await decode(received, headers['content-encoding']);
  return {
    status: statusCode,
    statusText: statusMessage,
    url: url.href,
    headers: toAnswerHeaders(headers),
    get body() {
      return bytes.byteLength === 0 ? null : new Blob([Uint8Array.from(bytes)]).stream();
    },
    text: () => Promise.resolve(new TextDecoder().decode(bytes)),
    arrayBuffer: () => Promise.resolve(Uint8Array.from(bytes).buffer),
  };
}

function toAnswerHeaders(headers: IncomingHttpHeaders): AnswerHeaders {
  const toText = (value: string | string[]): string => (typeof value === 'string' ? value : value.join(', '));
  return {
    get(name) {
      const value = headers[name.toLowerCase()];
      return value === undefined ? null : toText(value);
    },
    *[Symbol.iterator]() {
      for (const [name, value] of Object.entries(headers))
        if (value !== undefined) yield [name, toText(value)];
    },
  };
}

/** Only gzip is asked for; a caller may have asked for others. What nobody here knows is left as it is. */
async function decode(bytes: Buffer, encoding: string | undefined): Promise<Buffer> {
  if (encoding === undefined || bytes.byteLength === 0) return bytes;
  switch (encoding.toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return promisify(zlib.gunzip)(bytes);
    case 'deflate':
      return promisify(zlib.inflate)(bytes);
    case 'br':
      return promisify(zlib.brotliDecompress)(bytes);
    default:
      return bytes;
  }
}
