/** An HTTP answer that is there to its end, in the shape of a `Response`. */
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { readField } from '../json/json.ts';
import { LARGE_BYTES, LARGE_ROOM_BYTES } from './gather.ts';
import { AnswerTooLarge, type Received } from './received.ts';

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
  forEach(tell: (value: string, name: string) => void): void;
}

/**
 * @param maxBytes The most that it may take, unpacked.
 * @throws AnswerTooLarge; and what zlib throws where the bytes are not packed as they say.
 */
export function createAnswer(url: string, received: Received, maxBytes: number): Answer | Promise<Answer> {
  const { headers, bytes } = received;
  const encoding = headers.get('content-encoding');
  const create = (unpacked: Buffer): Answer => new WholeAnswer(url, received, unpacked);
  const packed = encoding !== undefined && bytes.byteLength > 0;
  return packed ? unpack(bytes, encoding, maxBytes).then(create) : create(bytes);
}

class WholeAnswer implements Answer {
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: AnswerHeaders;
  /** Undefined once they have been read, where they are many. */
  #bytes: Buffer | undefined;

  constructor(url: string, { status, statusText, headers }: Received, bytes: Buffer) {
    this.status = status;
    this.statusText = statusText;
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
  readonly #headers: Received['headers'];

  constructor(headers: Received['headers']) {
    this.#headers = headers;
  }

  get(name: string): string | null {
    return this.#headers.get(name.toLowerCase()) ?? null;
  }

  forEach(tell: (value: string, name: string) => void): void {
    this.#headers.forEach((value, name) => tell(value, name));
  }

  [Symbol.iterator](): Iterator<[string, string]> {
    return this.#headers.entries();
  }
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
 * Megabytes, as the size at their end says, are unpacked into one piece: zlib's many pieces take as much again when they
 * are put together. Where that is a lie there may be several pieces after all.
 *
 * @see RFC 1952, section 2.3.1, ISIZE
 */
function toChunkSize(packed: Buffer, maxBytes: number): { readonly chunkSize?: number } {
  const size = packed.byteLength < 4 ? 0 : packed.readUInt32LE(packed.byteLength - 4);
  return size >= LARGE_BYTES && size <= maxBytes ? { chunkSize: Math.max(size, LARGE_ROOM_BYTES) } : {};
}

/** Megabytes that wait for the collector while their text is parsed would take as much again. Node 20 lets them wait. */
function letGo({ buffer, byteLength }: Buffer): void {
  // Only what is nobody else's: a small Buffer shares its memory with others.
  if (byteLength < LARGE_BYTES) return;
  if (buffer instanceof ArrayBuffer && 'transfer' in buffer) buffer.transfer(0);
}
