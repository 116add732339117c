/**
 * A loopback HTTP server whose whole behaviour is one function from request to outcome, so that "cut the
 * connection" and "never answer" are values like any other answer. Knows nothing of GitHub or AWS.
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { closeServer, listenOnLoopback, toUrl } from './loopback.ts';

export interface HttpRequest {
  readonly method: string;
  /** Percent-encoded as sent, without the query string. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A reply; a reset in the client's face; or no word, with the connection left open. */
export type HttpOutcome = HttpReply | 'reset' | 'silence';

export interface HttpServer {
  /** `http://127.0.0.1:PORT`, without a trailing slash. */
  readonly url: string;
  /** Cuts what is still open, silent connections included. */
  close(): Promise<void>;
  /** The same, but what is being answered is answered first, for a second at most. */
  end(): Promise<void>;
}

/** A browser may hold a connection open on which it asks for nothing. */
const ANSWER_MS = 1_000;

/**
 * Listens on 127.0.0.1 only.
 *
 * @param answer An exception it throws is a bug of the stand-in, and becomes a 500 that says so.
 * @param port   0 for any free one.
 */
export async function listen(
  answer: (request: HttpRequest) => Promise<HttpOutcome>,
  port = 0,
): Promise<HttpServer> {
  const server = createServer((incoming, outgoing) => {
    void exchange(incoming, outgoing, answer);
  });
  await listenOnLoopback(server, port);
  return {
    url: toUrl(server),
    close: () => closeServer(server),
    end: async () => {
      const closed = once(server, 'close');
      server.close();
      const timer = setTimeout(() => server.closeAllConnections(), ANSWER_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

async function exchange(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: (request: HttpRequest) => Promise<HttpOutcome>,
): Promise<void> {
  const outcome = await readRequest(incoming).then(answer).catch(toServerError);
  if (outcome === 'silence') return;
  if (outcome === 'reset') {
    outgoing.socket?.resetAndDestroy();
    return;
  }
  outgoing.writeHead(outcome.status, outcome.headers);
  outgoing.end(outcome.body);
}

async function readRequest(incoming: IncomingMessage): Promise<HttpRequest> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const [path = '/', query = ''] = (incoming.url ?? '/').split('?', 2);
  return {
    method: incoming.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

function toServerError(error: unknown): HttpReply {
  const message = error instanceof Error ? error.message : String(error);
  return { status: 500, body: JSON.stringify({ message: `the stand-in failed: ${message}` }) };
}
