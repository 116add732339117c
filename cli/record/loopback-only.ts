/** Lets this process reach nobody but this machine, from now on. */
import { Socket } from 'node:net';

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/**
 * Handlers are tried with a delivery that was real, and may call others than GitHub by clients of their own. Every
 * connection of Node's begins at `Socket.connect`, whichever client makes it; there is no switch for it before Node 25.
 * It is never put back: this is for a process that does nothing but try handlers.
 */
export function reachLoopbackOnly(): void {
  // oxlint-disable-next-line typescript/unbound-method -- applied to each socket below
  const { connect } = Socket.prototype;
  Socket.prototype.connect = function (this: Socket, ...given: unknown[]) {
    if (leadsToLoopback(given)) return Reflect.apply(connect, this, given);
    const refused = new Error('no connection but to this machine while handlers are tried');
    // Not at once: `tls.connect` goes on with the socket.
    process.nextTick(() => this.destroy(Object.assign(refused, { code: 'ECONNREFUSED' })));
    return this;
  };
}

/** `connect(options)`, `connect(port, host?)`, `connect(path)`, or those that `net.connect` has put in order. */
function leadsToLoopback([first, second]: readonly unknown[]): boolean {
  const target: unknown = Array.isArray(first) ? first[0] : first;
  if (typeof target === 'number') return LOOPBACK.has(typeof second === 'string' ? second : 'localhost');
  if (typeof target !== 'object' || target === null || ('path' in target && Boolean(target.path)))
    return false;
  return LOOPBACK.has('host' in target && typeof target.host === 'string' ? target.host : 'localhost');
}
