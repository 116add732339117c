/** A server that sends the bytes that it is told, whatever HTTP may say of them. */
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { listenHere, PEM } from './server.ts';

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
  return { sockets, ...(await listenHere(server, sockets, tls)) };
}
