/** Reads one answer from the pieces in which it comes. */
import { findBodyEnd, parseAnswerHead, toKeepMs, type AnswerHead, type BodyEnd } from './answer-head.ts';
import { createGatherer, type Gatherer } from './gather.ts';
import { AnswerTooLarge, MalformedAnswer, type Received } from './received.ts';

/** Bytes of all lines before a body, or after it. Node's own limit. */
const MAX_HEAD_BYTES = 16 * 1024;

/** Bytes of a line that a chunk begins with. What stands there beside its length is for nobody here. */
const MAX_CHUNK_LINE_BYTES = 1024;

const LINE_END = '\r\n';
const HEAD_END = '\r\n\r\n';
const NOTHING = Buffer.alloc(0);

const CHUNK_LINE = /^([0-9a-f]{1,8})[\t ]*(?:;[\t\u0020-\u007e\u0080-\u00ff]*)?$/i;

/** What comes next. */
type State = 'head' | 'body' | 'chunk-line' | 'chunk' | 'chunk-end' | 'trailers' | 'until-close' | 'done';

/** @see RFC 9112, sections 6 and 7 */
export class AnswerReader {
  readonly #method: string;
  readonly #maxBytes: number;
  #state: State = 'head';
  /** What cannot be understood without what follows. */
  #rest: Buffer = NOTHING;
  #head: AnswerHead | undefined;
  /** So far, of lines that are limited together. */
  #lineBytes = 0;
  /** Bytes of the body, or of a chunk, that are still to come. */
  #missing = 0;
  #gatherer: Gatherer | undefined;
  #isLast = false;

  /** @param maxBytes Of the body, as it comes. */
  constructor(method: string, maxBytes: number) {
    this.#method = method;
    this.#maxBytes = maxBytes;
  }

  /**
   * @param piece Its memory may be used again afterwards.
   * @returns Whether the answer is there to its end.
   * @throws MalformedAnswer; AnswerTooLarge.
   */
  read(piece: Buffer): boolean {
    const input = this.#rest.byteLength === 0 ? piece : Buffer.concat([this.#rest, piece]);
    let at = 0;
    while (at < input.byteLength && this.#state !== 'done') {
      const next = this.#step(input, at);
      if (next === undefined) break;
      at = next;
    }
    const isDone = this.#state === 'done';
    // Bytes that nobody has asked for: the next request would take them for its answer.
    if (isDone && at < input.byteLength) this.#isLast = true;
    this.#rest = isDone || at === input.byteLength ? NOTHING : Buffer.from(input.subarray(at));
    return isDone;
  }

  /** Nothing more comes. @returns Whether the answer is there to its end. */
  end(): boolean {
    if (this.#state === 'until-close') this.#state = 'done';
    return this.#state === 'done';
  }

  /** The answer. @throws MalformedAnswer where it has not come to its end. */
  take(): Received {
    if (this.#head === undefined || this.#state !== 'done')
      throw new MalformedAnswer('an answer without its end');
    const { status, statusText, headers } = this.#head;
    return { status, statusText, headers, bytes: this.#gatherer?.take() ?? NOTHING };
  }

  /** For how long the connection may wait for the next request, in milliseconds; 0 where it is to be closed. */
  get keepMs(): number {
    return this.#head === undefined || this.#isLast ? 0 : toKeepMs(this.#head);
  }

  /** @returns Where to go on; undefined where more must come first. */
  #step(input: Buffer, at: number): number | undefined {
    switch (this.#state) {
      case 'head':
        return this.#readHead(input, at);
      case 'body':
      case 'chunk':
        return this.#readBytes(input, at);
      case 'chunk-line':
        return this.#readChunkLine(input, at);
      case 'chunk-end':
        return this.#readChunkEnd(input, at);
      case 'trailers':
        return this.#readTrailer(input, at);
      case 'until-close':
        this.#gather(input.subarray(at));
        return input.byteLength;
      case 'done':
        return undefined;
    }
  }

  #readHead(input: Buffer, at: number): number | undefined {
    const end = input.indexOf(HEAD_END, at, 'latin1');
    this.#limitLines((end === -1 ? input.byteLength : end) - at);
    if (end === -1) return undefined;
    const next = end + HEAD_END.length;
    this.#lineBytes += next - at;
    const head = parseAnswerHead(input.toString('latin1', at, end + LINE_END.length));
    if (head.status === 101) throw new MalformedAnswer('a change to another protocol');
    if (head.status < 200) return next; // an early word, such as 103: the answer follows
    this.#head = head;
    this.#begin(findBodyEnd(head, this.#method));
    return next;
  }

  #begin(end: BodyEnd): void {
    this.#lineBytes = 0;
    if (end === 0) {
      this.#state = 'done';
      return;
    }
    this.#gatherer = createGatherer(end, this.#maxBytes);
    if (end === 'chunked') {
      this.#state = 'chunk-line';
    } else if (end === 'close') {
      this.#state = 'until-close';
      this.#isLast = true;
    } else {
      if (end > this.#maxBytes) throw new AnswerTooLarge(this.#maxBytes);
      this.#missing = end;
      this.#state = 'body';
    }
  }

  #readBytes(input: Buffer, at: number): number {
    const next = Math.min(at + this.#missing, input.byteLength);
    this.#gather(input.subarray(at, next));
    this.#missing -= next - at;
    if (this.#missing === 0) this.#state = this.#state === 'chunk' ? 'chunk-end' : 'done';
    return next;
  }

  #gather(piece: Buffer): void {
    const gatherer = this.#gatherer;
    if (gatherer === undefined) return;
    if (gatherer.length + piece.byteLength > this.#maxBytes) throw new AnswerTooLarge(this.#maxBytes);
    gatherer.add(piece);
  }

  #readChunkLine(input: Buffer, at: number): number | undefined {
    const line = readLine(input, at);
    if ((line?.length ?? input.byteLength - at) > MAX_CHUNK_LINE_BYTES) throw toTooLong();
    if (line === undefined) return undefined;
    const size = CHUNK_LINE.exec(line)?.[1];
    if (size === undefined) throw new MalformedAnswer('a chunk that does not say how long it is');
    this.#missing = Number.parseInt(size, 16);
    this.#state = this.#missing === 0 ? 'trailers' : 'chunk';
    return at + line.length + LINE_END.length;
  }

  #readChunkEnd(input: Buffer, at: number): number | undefined {
    const end = at + LINE_END.length;
    if (end > input.byteLength) return undefined;
    if (input.toString('latin1', at, end) !== LINE_END)
      throw new MalformedAnswer('a chunk that is longer than it says');
    this.#state = 'chunk-line';
    return end;
  }

  /** Headers after the body, which nobody here looks at. */
  #readTrailer(input: Buffer, at: number): number | undefined {
    const line = readLine(input, at);
    this.#limitLines(line?.length ?? input.byteLength - at);
    if (line === undefined) return undefined;
    if (line === '') this.#state = 'done';
    const next = at + line.length + LINE_END.length;
    this.#lineBytes += next - at;
    return next;
  }

  #limitLines(more: number): void {
    if (this.#lineBytes + more > MAX_HEAD_BYTES) throw toTooLong();
  }
}

/** Without its end; undefined where that has not come. */
function readLine(input: Buffer, at: number): string | undefined {
  const end = input.indexOf(LINE_END, at, 'latin1');
  return end === -1 ? undefined : input.toString('latin1', at, end);
}

function toTooLong(): MalformedAnswer {
  return new MalformedAnswer('lines that are longer than those of any answer');
}
