/** A door in front of a stand-in, where requests can be refused, changed, cut off, or let through. */
import {
  type HttpOutcome,
  type HttpReply,
  type HttpRequest,
  type HttpServer,
  listen,
} from '../../local/http/server.ts';

export type Forward = (request: HttpRequest) => Promise<HttpReply>;

/** @param meet What becomes of a request; `forward` has the stand-in answer it. */
export function openProxy(
  upstream: string,
  meet: (request: HttpRequest, forward: Forward) => Promise<HttpOutcome>,
): Promise<HttpServer> {
  const forward: Forward = async ({ method, path, query, headers, body }) => {
    const search = query.size > 0 ? `?${query.toString()}` : '';
    const response = await fetch(`${upstream}${path}${search}`, {
      method,
      headers: toPlainHeaders(Object.entries(headers)),
      ...(body !== '' && { body }),
    });
    return {
      status: response.status,
      headers: toPlainHeaders(response.headers.entries()),
      body: await response.text(),
    };
  };
  return listen((request) => meet(request, forward));
}

/** Headers of one connection mean nothing on another. */
const OF_THE_CONNECTION = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'transfer-encoding',
]);

function toPlainHeaders(headers: Iterable<readonly [string, unknown]>): Record<string, string> {
  const kept = [...headers].filter(([name, value]) => !OF_THE_CONNECTION.has(name) && value !== undefined);
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}
