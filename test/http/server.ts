/** A raw server for tests of the transport: it sees connections and bytes, and answers as told. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { readFileSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Key and certificate of `localhost`, made for these tests with openssl; trusted nowhere else. */
export const PEM = readFileSync(new URL('localhost.pem', import.meta.url), 'utf8');
export const CERTIFICATE = PEM.slice(PEM.indexOf('-----BEGIN CERTIFICATE-----'));

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** @param answer Called with the body read. */
export async function startRawServer(answer: RequestListener, { tls = false } = {}) {
  const asked: Asked[] = [];
  const connections: Socket[] = [];
  const exchange = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = incoming;
    const body = (await buffer(incoming)).toString('utf8');
    asked.push({ method, path: url, headers, body });
    answer(incoming, outgoing);
  };
  const listener: RequestListener = (incoming, outgoing) => void exchange(incoming, outgoing);
  const server = tls ? createTlsServer({ key: PEM, cert: PEM }, listener) : createServer(listener);
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket: Socket) => connections.push(socket));
  return { asked, connections, ...(await listenHere(server, connections, tls)) };
}

/** @param sockets What is open to the server, to be closed with it. */
export async function listenHere(server: Server, sockets: readonly Socket[], tls: boolean) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: tls ? `https://localhost:${address.port}` : `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
