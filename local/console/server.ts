/** The console's server on loopback: who may ask is judged first (`guard.ts`), then the page or its data is answered. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { closeServer, listenOnLoopback, readBody, toUrl } from '../http/loopback.ts';
import { parseJson } from '../../lib/json/json.ts';
import { loadPageFiles, toHtml } from './assets.ts';
import type { PageFiles } from './build-page.ts';
import { refuse, SAFE_HEADERS } from './guard.ts';

/** An answer as JSON, or as what its `type` says. */
export interface Answer {
  readonly status?: number;
  readonly body: unknown;
  readonly type?: string;
}

export interface ConsoleApi {
  /** @param path Without the query. @returns undefined where there is no such thing. */
  read(path: string, query: URLSearchParams): Promise<Answer | undefined>;
  change(path: string, body: unknown): Promise<Answer | undefined>;
  /** Hands over what happens from now on, as texts of JSON. @returns Ends it. */
  follow(listener: (event: string, data: string) => void): () => void;
}

export interface ConsoleServer {
  readonly url: string;
  close(): Promise<void>;
}

/** GitHub sends 25 MB at most. */
const MAX_BODY_BYTES = 26 * 1024 * 1024;

const TYPES: Readonly<Record<string, string>> = {
  'page.js': 'text/javascript; charset=utf-8',
  'style.css': 'text/css; charset=utf-8',
};

/**
 * Listens on 127.0.0.1 only.
 *
 * @param port Where that is taken, any free one will do.
 */
export async function startConsole(api: ConsoleApi, port: number): Promise<ConsoleServer> {
  const token = randomBytes(24).toString('base64url');
  let files: Promise<PageFiles> | undefined;
  const server = createServer((incoming, outgoing) => {
    void exchange(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function exchange(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', headers } = incoming;
    const listening = Number(new URL(toUrl(server)).port);
    const refusal = refuse({ method, headers }, { port: listening, token });
    if (refusal !== undefined) return send(outgoing, { status: 403, body: { error: refusal } });
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://console');
    if (method === 'GET' && pathname === '/api/events') return stream(incoming, outgoing);
    send(
      outgoing,
      (await answer(incoming, pathname, searchParams)) ?? { status: 404, body: { error: 'not found' } },
    );
  }

  async function answer(
    incoming: IncomingMessage,
    path: string,
    query: URLSearchParams,
  ): Promise<Answer | undefined> {
    if (incoming.method === 'POST') {
      const body = await readBody(incoming, MAX_BODY_BYTES);
      if (body === undefined) return { status: 413, body: { error: 'too large' } };
      return api.change(path, parseJson(body.toString('utf8')));
    }
    if (incoming.method !== 'GET') return { status: 405, body: { error: 'GET or POST' } };
    if (path === '/') return { body: toHtml(token), type: 'text/html; charset=utf-8' };
    const type = TYPES[path.slice(1)];
    if (type === undefined) return api.read(path, query);
    files ??= loadPageFiles();
    return { body: (await files).get(path.slice(1)), type };
  }

  function stream(incoming: IncomingMessage, outgoing: ServerResponse): void {
    outgoing.writeHead(200, { ...SAFE_HEADERS, 'content-type': 'text/event-stream' });
    outgoing.write('retry: 500\n\n');
    const stop = api.follow((event, data) => outgoing.write(`event: ${event}\ndata: ${data}\n\n`));
    incoming.on('close', stop);
  }

  await listenOn(server, port);
  return { url: toUrl(server), close: () => closeServer(server) };
}

async function listenOn(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  try {
    await listenOnLoopback(server, port <= 65_535 ? port : 0);
  } catch {
    await listenOnLoopback(server, 0);
  }
}

function send(outgoing: ServerResponse, { status = 200, body, type }: Answer): void {
  const text = type === undefined ? JSON.stringify(body) : String(body);
  outgoing.writeHead(status, {
    ...SAFE_HEADERS,
    'content-type': type ?? 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  outgoing.end(text);
}
