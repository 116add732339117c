/** An HTTP answer that is there to its end, in the shape of a `Response`. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { readField } from '../json/json.ts';
import { LARGE_BYTES } from './gather.ts';

/** What of a `Response` is asked for. */
export interface Answer {
  readonly status: number;
  readonly statusText: string;
  /** Where it came from, after redirects. */
  readonly url: string;
  readonly headers: AnswerHeaders;
  /** A stream of the bytes; null where there are none. */
  readonly body: unknown;
  /** Of megabytes, like the body, once for each answer: they are let go when they have been read. */
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Names are lower case, as they are listed. */
export interface AnswerHeaders extends Iterable<[string, string]> {
  get(name: string): string | null;
}

/**
 * Most bytes of an answer, as they came and unpacked: a function has 512 MB, and a few kilobytes can unpack to
 * a gigabyte. The largest that GitHub has for us is a logged delivery, whose payload may take 25 MB.
 */
export const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** What came is longer than anything that was asked for. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';

  constructor(maxBytes = MAX_ANSWER_BYTES) {
    super(`an answer of more than ${(maxBytes / 1024 / 1024).toFixed(0)} MiB`);
  }
}

/**
 * @param maxBytes The most that it may take, unpacked.
 * @throws AnswerTooLarge; and what zlib throws where the bytes are not packed as they say.
 */
export async function createAnswer(
  url: string,
  incoming: IncomingMessage,
  received: Buffer,
  maxBytes: number,
): Promise<Answer> {
  const encoding = incoming.headers['content-encoding'];
  const packed = encoding !== undefined && received.byteLength > 0;
  return new WholeAnswer(url, incoming, packed ? await unpack(received, encoding, maxBytes) : received);
}

class WholeAnswer implements Answer {
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: AnswerHeaders;
  /** Undefined once they have been read, where they are many. */
  #bytes: Buffer | undefined;

  constructor(url: string, { statusCode = 0, statusMessage = '', headers }: IncomingMessage, bytes: Buffer) {
    this.status = statusCode;
    this.statusText = statusMessage;
    this.url = url;
    this.headers = new ReceivedHeaders(headers);
    this.#bytes = bytes;
  }

  get body(): unknown {
    return this.#bytes?.byteLength === 0 ? null : new Blob([Uint8Array.from(this.#take())]).stream();
  }

  async text(): Promise<string> {
    const bytes = this.#take();
    const text = decoder.decode(bytes);
    letGo(bytes);
    return text;
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return Uint8Array.from(this.#take()).buffer;
  }

  /** A refusal is read several times, to see what it is. @throws TypeError For megabytes the second time, as a `Response` does. */
  #take(): Buffer {
    const bytes = this.#bytes;
    if (bytes === undefined) throw new TypeError('Body is unusable: Body has already been read');
    if (bytes.byteLength >= LARGE_BYTES) this.#bytes = undefined;
    return bytes;
  }
}

const decoder = new TextDecoder();

class ReceivedHeaders implements AnswerHeaders {
  readonly #headers: IncomingHttpHeaders;

  constructor(headers: IncomingHttpHeaders) {
    this.#headers = headers;
  }

  get(name: string): string | null {
    const value = this.#headers[name.toLowerCase()];
    return value === undefined ? null : toText(value);
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    const entries: [string, string][] = [];
    for (const name in this.#headers) entries.push([name, toText(this.#headers[name] ?? '')]);
    return entries.values();
  }
}

function toText(value: string | string[]): string {
  return typeof value === 'string' ? value : value.join(', ');
}

/** Only gzip is asked for; a caller may have asked for others. What nobody here knows is left as it is. */
async function unpack(bytes: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
  const limit = { maxOutputLength: maxBytes };
  try {
    switch (encoding.toLowerCase()) {
      case 'gzip':
      case 'x-gzip':
        return await promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip)(bytes, {
          ...limit,
          ...toChunkSize(bytes, maxBytes),
        });
      case 'deflate':
        return await promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflate)(bytes, limit);
      case 'br':
        return await promisify<Buffer, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress)(bytes, limit);
      default:
        return bytes;
    }
  } catch (error) {
    throw readField(error, 'code') === 'ERR_BUFFER_TOO_LARGE' ? new AnswerTooLarge(maxBytes) : error;
  }
}

/**
 * Megabytes are unpacked in one piece, of the size that stands at their end: zlib's many pieces take as much again when
 * they are put together. Where that is a lie there are several pieces after all.
 *
 * @see RFC 1952, section 2.3.1, ISIZE
 */
function toChunkSize(packed: Buffer, maxBytes: number): { readonly chunkSize?: number } {
  const size = packed.byteLength < 4 ? 0 : packed.readUInt32LE(packed.byteLength - 4);
  return size >= LARGE_BYTES && size <= maxBytes ? { chunkSize: size } : {};
}

/** Megabytes that wait for the collector while their text is parsed would take as much again. Node 20 lets them wait. */
function letGo({ buffer, byteLength }: Buffer): void {
  // Only what is nobody else's: a small Buffer shares its memory with others.
  if (byteLength < LARGE_BYTES || buffer.byteLength !== byteLength) return;
  if (buffer instanceof ArrayBuffer && 'transfer' in buffer) buffer.transfer(0);
}
