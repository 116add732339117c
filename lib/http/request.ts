/** A request as it goes over a connection. Pure. */
import { Readable } from 'node:stream';
import type { Request } from './connection.ts';
import type { Message } from './message.ts';
import type { Place } from './place.ts';

/** Words of RFC 9110, section 5.6.2. Names are in lower case, as `message.ts` has them. */
const METHOD = /^[!#$%&'*+.^_`|~\w-]+$/;
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/** Whatever else would end the line, and what follows would be a header, or a request, of its own. */
const VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;
const PATH = /^[\u0021-\u007e]+$/;

/**
 * @returns undefined for a stream, of whose end nothing is known yet.
 * @throws TypeError where a part would not stay within its line. It names the header, and tells nothing of the value.
 * @see RFC 9112, sections 3 and 5
 */
export function toRequest({ origin, path }: Place, { method, headers, body }: Message): Request | undefined {
  if (body instanceof Readable) return undefined;
  if (!METHOD.test(method)) throw new TypeError('a method that is no word');
  if (!PATH.test(path)) throw new TypeError('a path with characters that are to be escaped');
  let head = `${method} ${path} HTTP/1.1\r\n`;
  if (headers['host'] === undefined) head += `host: ${origin.host}\r\n`;
  if (headers['connection'] === undefined) head += 'connection: keep-alive\r\n';
  for (const name in headers) {
    const value = headers[name] ?? '';
    if (!NAME.test(name)) throw new TypeError('a header whose name is no word');
    if (!VALUE.test(value)) throw new TypeError(`a value of ${name} with characters that no header may have`);
    head += `${name}: ${value}\r\n`;
  }
  return { method, head: `${head}\r\n`, body };
}
