/** The lines that an answer begins with: what it is, and where its body ends. Pure. */
import { MalformedAnswer } from './received.ts';

export interface AnswerHead {
  readonly status: number;
  readonly statusText: string;
  /** Names in lower case; values of one name joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** Whether the sender speaks HTTP/1.1, and not 1.0. */
  readonly current: boolean;
}

/** Where a body ends: after so many bytes, after the last chunk, or with the connection. */
export type BodyEnd = number | 'chunked' | 'close';

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t\u0020-\u007e\u0080-\u00ff]*))?\r\n/;
const HEADER_LINE = /([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\u0020-\u007e\u0080-\u00ff]*)\r\n/y;

/**
 * Stricter than Node: a header that goes on in a second line is refused, as is a line that ends without its carriage
 * return.
 *
 * @param text In latin1, each line with its end; without the empty one.
 * @throws MalformedAnswer
 * @see RFC 9112, sections 4 and 5
 */
export function parseAnswerHead(text: string): AnswerHead {
  const [line, minor, status, statusText = ''] = STATUS_LINE.exec(text) ?? [];
  if (line === undefined) throw new MalformedAnswer('an answer that does not begin as one of HTTP/1.1 does');
  const headers = new Map<string, string>();
  HEADER_LINE.lastIndex = line.length;
  while (HEADER_LINE.lastIndex < text.length) {
    const [, name, padded] = HEADER_LINE.exec(text) ?? [];
    if (name === undefined || padded === undefined) throw new MalformedAnswer('a line that is no header');
    add(headers, name.toLowerCase(), trimBlanks(padded));
  }
  return { status: Number(status), statusText, headers, current: minor === '1' };
}

/**
 * An answer that says it twice, or in a way that nobody here asked for, is refused: whoever reads it the other way would
 * take a part of it for the next answer.
 *
 * @param method Of the request.
 * @throws MalformedAnswer
 * @see RFC 9112, section 6.3
 */
export function findBodyEnd({ status, headers }: AnswerHead, method: string): BodyEnd {
  const coding = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  if (coding !== undefined && (length !== undefined || coding.toLowerCase() !== 'chunked'))
    throw new MalformedAnswer('an answer that says in two ways, or in none, where its body ends');
  if (length !== undefined && !/^\d{1,15}$/.test(length))
    throw new MalformedAnswer('a content-length that is not one number');
  if (method === 'HEAD' || status === 204 || status === 304) return 0;
  if (coding !== undefined) return 'chunked';
  return length === undefined ? 'close' : Number(length);
}

/**
 * For how long the connection may wait for the next request, in milliseconds: `Infinity` where the other end says nothing
 * of it, 0 where it is to be closed.
 *
 * @see RFC 9112, sections 9.3 and 9.6; `Keep-Alive` is RFC 2068, section 19.7.1
 */
export function toKeepMs({ headers, current }: AnswerHead): number {
  if (!current || /(?:^|[\s,])close(?:$|[\s,])/i.test(headers.get('connection') ?? '')) return 0;
  const seconds = /(?:^|[\s,])timeout=(\d{1,6})(?:$|[\s,])/i.exec(headers.get('keep-alive') ?? '')?.[1];
  // The request is on its way for a while, too.
  return seconds === undefined ? Infinity : Math.max(0, Number(seconds) - 1) * 1_000;
}

function add(headers: Map<string, string>, name: string, value: string): void {
  const earlier = headers.get(name);
  headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
}

/** Blanks and tabs alone: `trim` takes more than HTTP does. */
function trimBlanks(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isBlank(text.charCodeAt(from))) from += 1;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to -= 1;
  return text.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
