/** What all servers on loopback have in common. */
import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';

/**
 * Listens on 127.0.0.1 only.
 *
 * @param port 0 for any free one.
 * @throws Error with `code` EADDRINUSE and the like.
 */
export async function listenOnLoopback(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

/** `http://127.0.0.1:PORT`, without a trailing slash, of a server that listens. */
export function toUrl(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}`;
}

/** Cuts what is still open. */
export async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** @returns undefined for a longer body. It is read to its end all the same, so that the answer arrives. */
export async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size <= maxBytes) chunks.push(bytes);
  }
  return size <= maxBytes ? Buffer.concat(chunks) : undefined;
}
