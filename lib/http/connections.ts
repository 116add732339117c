/** Connections that are kept for the next call. Owns which of them may still be used. */
import { Connection, type Limits, type Session } from './connection.ts';
import type { Message } from './message.ts';
import { createNodeCalls, findProxy } from './node-calls.ts';
import { toOrigin, type Origin, type Place } from './place.ts';
import type { Received } from './received.ts';
import { toRequest } from './request.ts';

/**
 * Kept connections, for whoever calls over them. One for a process: each of two would open its own to the same host.
 */
export interface Connections {
  /**
   * Asks over a connection that waits, or over a new one.
   *
   * @throws TypeError for a message that cannot be sent as it is; what `Connection` says, and Node, where it calls.
   */
  ask(place: Place, message: Message, limits: Limits): Promise<Received>;
  /** Closes what waits: after a call that broke on its way, others may be dead as well. */
  closeIdle(): void;
  /**
   * Opens a connection for the first call to this origin, handshake included, and sends nothing. Resolves
   * when it stands, and where it cannot: that call then opens its own.
   */
  warm(url: URL, signal: AbortSignal): Promise<void>;
}

interface ConnectionsOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** May name a proxy, which Node was told to use or not. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Longer, even `Infinity`, where a call that was lost can be repeated, whatever it does. */
  readonly maxIdleMs?: number;
}

/**
 * What was idle for longer is closed: the other end may have done so while Lambda had frozen this one, and
 * a call sent into a dead connection is lost. By the clock on the wall, since no timer runs in a frozen
 * process. Node's own `fetch` keeps connections for as long.
 */
const MAX_IDLE_MS = 4_000;

/** A process calls few origins. Bound: what a handler calls may be more. */
const MAX_SESSIONS = 20;

export function createConnections({ now, env, maxIdleMs = MAX_IDLE_MS }: ConnectionsOptions): Connections {
  const proxy = findProxy(env);
  const nodeCalls = createNodeCalls({ now, maxIdleMs, proxy });
  /** By origin. Which was used last comes last. */
  const idle = new Map<string, Connection[]>();
  const sessions = new Map<string, Buffer>();

  return {
    async ask(place, message, limits) {
      const request = proxy === undefined ? toRequest(place, message) : undefined;
      if (request === undefined) return nodeCalls.ask(place, message, limits);
      const connection = take(place.origin.key) ?? open(place.origin);
      const received = await connection.ask(request, limits);
      keep(connection);
      return received;
    },
    closeIdle() {
      for (const connections of idle.values()) for (const connection of connections) connection.close();
      idle.clear();
      nodeCalls.closeIdle();
    },
    async warm(url, signal) {
      if (proxy !== undefined) return;
      const connection = open(toOrigin(url));
      const giveUp = (): void => connection.close();
      signal.addEventListener('abort', giveUp);
      if (signal.aborted) giveUp();
      await connection.opened();
      signal.removeEventListener('abort', giveUp);
      keep(connection);
    },
  };

  function open(origin: Origin): Connection {
    const { key } = origin;
    const session: Session = {
      known: sessions.get(key),
      keep(made) {
        if (sessions.size < MAX_SESSIONS || sessions.has(key)) sessions.set(key, made);
      },
      forget: () => void sessions.delete(key),
    };
    return new Connection(origin, session);
  }

  function take(key: string): Connection | undefined {
    const waiting = idle.get(key);
    if (waiting === undefined) return undefined;
    // Asked once of each: by the clock one may stop being fit in between.
    const fit = waiting.filter(isFit);
    if (fit.length < waiting.length)
      for (const connection of waiting) if (!fit.includes(connection)) connection.close();
    idle.set(key, fit);
    const connection = fit.pop();
    connection?.hold(true);
    return connection;
  }

  function keep(connection: Connection): void {
    if (connection.keepMs === 0) return connection.close();
    connection.idleSinceMs = now();
    connection.hold(false);
    const { key } = connection.origin;
    const connections = idle.get(key);
    if (connections === undefined) idle.set(key, [connection]);
    else connections.push(connection);
  }

  function isFit({ keepMs, idleSinceMs }: Connection): boolean {
    return keepMs > 0 && now() - idleSinceMs <= Math.min(maxIdleMs, keepMs);
  }
}
