/** Connections that are kept for the next call, over HTTP and HTTPS. Owns which of them may still be used. */
import http from 'node:http';
import https from 'node:https';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

interface Agents {
  readonly httpAgent: http.Agent;
  readonly httpsAgent: https.Agent;
}

/**
 * Kept connections, for whoever calls over them. One for a process: each of two would open its own to the same host.
 */
export interface Connections {
  /** Both agents, for a client that calls by itself. What is fit for use is then its own business. */
  readonly agents: Agents;
  /** The agent for calls to this URL. What it keeps is fit for use when this returns. */
  agentFor(url: Pick<URL, 'protocol'>): http.Agent;
  /** Notes that an answer has come to its end over this connection. */
  used(connection: Socket): void;
  /** Closes what is kept: after a call that broke on its way, others may be dead as well. */
  closeIdle(): void;
  /**
   * Opens a connection for the first call to this origin, handshake included, and sends nothing. Resolves
   * when it stands, and where it cannot: that call then opens its own.
   */
  warm(url: URL, signal: AbortSignal): Promise<void>;
}

/**
 * What was idle for longer is closed: the other end may have done so while Lambda had frozen this one, and
 * a call sent into a dead connection is lost. By the clock on the wall, since no timer runs in a frozen
 * process. Node's own `fetch` keeps connections for as long.
 */
const MAX_IDLE_MS = 4_000;

/**
 * @param now Milliseconds since the epoch.
 * @param maxIdleMs Longer, even `Infinity`, where a call that was lost can be repeated, whatever it does.
 */
export function createConnections(now: () => number, maxIdleMs = MAX_IDLE_MS): Connections {
  const idleSinceMs = new WeakMap<Socket, number>();
  /** Open, and not used yet; by host and port. */
  const warmed = new Map<string, Socket>();

  const isFit = (connection: Socket): boolean =>
    !connection.destroyed && now() - (idleSinceMs.get(connection) ?? 0) <= maxIdleMs;

  const agents = createAgents((place) => {
    const connection = warmed.get(place);
    warmed.delete(place);
    if (connection === undefined || isFit(connection)) return connection?.ref();
    connection.destroy();
    return undefined;
  });
  return {
    agents,
    agentFor({ protocol }) {
      const agent = protocol === 'http:' ? agents.httpAgent : agents.httpsAgent;
      closeKept(agent, (connection) => !isFit(connection));
      return agent;
    },
    closeIdle() {
      closeKept(agents.httpAgent);
      closeKept(agents.httpsAgent);
    },
    used: (connection) => void idleSinceMs.set(connection, now()),
    async warm(url, signal) {
      if (https.globalAgent.options.proxyEnv !== undefined) return;
      const { place, connection, opened } = open(url);
      if (!(await isOpen(connection, opened, signal))) return;
      idleSinceMs.set(connection, now());
      warmed.set(place, connection.unref());
    },
  };
}

/** @param takeWarmed Gives what was opened beforehand to a host and port, where an agent would open a connection. */
function createAgents(takeWarmed: (place: string) => Socket | undefined): Agents {
  // Node's own agent knows of a proxy, in whatever way Node was told of it.
  const { proxyEnv } = https.globalAgent.options;
  const options = { keepAlive: true, ...(proxyEnv && { proxyEnv }) };
  const withWarmed = <A extends http.Agent>(agent: A): A => {
    const createConnection = agent.createConnection.bind(agent);
    agent.createConnection = (target, callback) =>
      takeWarmed(`${target.host}:${target.port}`) ?? createConnection(target, callback);
    return agent;
  };
  return {
    httpAgent: withWarmed(new http.Agent(options)),
    httpsAgent: withWarmed(new https.Agent(options)),
  };
}

/** Begins a connection as an agent would. `opened` is the event that tells that it stands. */
function open({ protocol, hostname, port: named }: URL) {
  const secure = protocol === 'https:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const port = named === '' ? (secure ? 443 : 80) : Number(named);
  const place = `${host}:${port}`;
  if (!secure) return { place, connection: connect({ host, port }), opened: 'connect' } as const;
  const servername = isIP(host) === 0 ? host : '';
  const connection = connectTls({ host, port, servername, ALPNProtocols: ['http/1.1'] });
  return { place, connection, opened: 'secureConnect' } as const;
}

/** Waits until a connection stands, or cannot. */
function isOpen(
  connection: Socket,
  opened: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    const giveUp = (): void => void connection.destroy();
    signal.addEventListener('abort', giveUp, { once: true });
    connection.once(opened, () => {
      signal.removeEventListener('abort', giveUp);
      resolve(true);
    });
    connection.once('close', () => resolve(false));
    // For the connection's whole life: an error of one that was never used must not end the process.
    connection.on('error', () => {});
  });
}

function closeKept(
  { freeSockets }: http.Agent,
  isToClose: (connection: Socket) => boolean = () => true,
): void {
  for (const place in freeSockets)
    for (const connection of freeSockets[place] ?? []) if (isToClose(connection)) connection.destroy();
}
