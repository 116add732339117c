/** A server that sends the bytes that it is told, whatever HTTP may say of them. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

const PEM = readFileSync(new URL('localhost.pem', import.meta.url));

/** @param answer Called for each piece that comes, with how many came over this connection. */
export async function startBytesServer(
  answer: (socket: Socket, asked: number, received: Buffer) => void,
  { tls = false } = {},
) {
  const sockets: Socket[] = [];
  const serve = (socket: Socket): void => {
    let asked = 0;
    sockets.push(socket);
    socket.on('error', () => {}); // whoever asked may have hung up
    socket.on('data', (piece: Buffer) => answer(socket, (asked += 1), piece));
  };
  const server = tls ? createTlsServer({ key: PEM, cert: PEM }, serve) : createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: tls ? `https://localhost:${address.port}` : `http://127.0.0.1:${address.port}`,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
