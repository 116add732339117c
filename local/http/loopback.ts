/** Servers of others, listening on loopback. */
import { once } from 'node:events';
import type { Server } from 'node:http';

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
