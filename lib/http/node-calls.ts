/** What Node's own client sends: through a proxy, and the body of a stream. Both are rare. */
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Limits } from './connection.ts';
import { createGatherer } from './gather.ts';
import type { Message } from './message.ts';
import type { Place } from './place.ts';
import { AnswerTooLarge, type Received } from './received.ts';

/** As Node has read it from the environment. */
type Proxy = NonNullable<https.AgentOptions['proxyEnv']>;

interface NodeCallsOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** For how long a connection may wait for the next call, by the clock on the wall. */
  readonly maxIdleMs: number;
  readonly proxy: Proxy | undefined;
}

interface NodeCalls {
  /** @throws Error What Node says; AnswerTooLarge. */
  ask(place: Place, message: Message, limits: Limits): Promise<Received>;
  closeIdle(): void;
}

interface Agents {
  readonly httpAgent: http.Agent;
  readonly httpsAgent: https.Agent;
}

/** A proxy that says nothing for so long leads nowhere. Node looks at it only while a proxy is asked for a tunnel. */
const TUNNEL_MS = 10_000;

const VARIABLES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'];

/**
 * The proxy that Node uses, in whatever way it was told to. Where no variable names one there is none, and none of
 * Node's client has to load.
 */
export function findProxy(env: Readonly<Record<string, string | undefined>>): Proxy | undefined {
  return VARIABLES.some((name) => env[name]) ? https.globalAgent.options.proxyEnv : undefined;
}

export function createNodeCalls({ now, maxIdleMs, proxy }: NodeCallsOptions): NodeCalls {
  const idleSinceMs = new WeakMap<Socket, number>();
  let agents: Agents | undefined;

  return {
    async ask(place, message, limits) {
      agents ??= createAgents(proxy);
      const { httpAgent, httpsAgent } = agents;
      const agent = place.origin.secure ? httpsAgent : httpAgent;
      closeKept(agent, (socket) => now() - (idleSinceMs.get(socket) ?? 0) > maxIdleMs);
      return exchange(agent, place, message, limits);
    },
    closeIdle() {
      if (agents === undefined) return;
      closeKept(agents.httpAgent);
      closeKept(agents.httpsAgent);
    },
  };

  function exchange(
    agent: http.Agent,
    { origin, path }: Place,
    message: Message,
    limits: Limits,
  ): Promise<Received> {
    const { method, headers, body } = message;
    const { signal, maxBytes } = limits;
    const { request } = origin.secure ? https : http;
    const { hostname, port } = origin;
    return new Promise((resolve, reject) => {
      const options = { hostname, port, path, method, headers, agent, timeout: TUNNEL_MS };
      const outgoing = request(options, (incoming) => {
        const { socket } = incoming; // it is let go at the end
        const gatherer = createGatherer(Number(incoming.headers['content-length']), maxBytes);
        incoming.on('data', (chunk: Buffer) => {
          if (gatherer.length + chunk.byteLength > maxBytes) incoming.destroy(new AnswerTooLarge(maxBytes));
          else gatherer.add(chunk);
        });
        incoming.on('error', reject);
        incoming.on('end', () => {
          idleSinceMs.set(socket, now());
          resolve(toReceived(incoming, gatherer.take()));
        });
      });
      outgoing.on('error', reject);
      const abort = (): void => {
        outgoing.destroy();
        // While a proxy is asked for a tunnel, Node says nothing of that: neither an error nor its end.
        reject(new Error('the call was given up'));
        stopListening();
      };
      const stopListening = (): void => signal?.removeEventListener('abort', abort);
      signal?.addEventListener('abort', abort);
      outgoing.on('close', stopListening);
      if (body instanceof Readable) pipeline(body, outgoing).catch(reject);
      else outgoing.end(body);
    });
  }
}

function createAgents(proxy: Proxy | undefined): Agents {
  const options = { keepAlive: true, ...(proxy && { proxyEnv: proxy }) };
  return { httpAgent: new http.Agent(options), httpsAgent: new https.Agent(options) };
}

function closeKept({ freeSockets }: http.Agent, isToClose: (socket: Socket) => boolean = () => true): void {
  for (const place in freeSockets)
    for (const socket of freeSockets[place] ?? []) if (isToClose(socket)) socket.destroy();
}

function toReceived(
  { statusCode = 0, statusMessage = '', headers }: IncomingMessage,
  bytes: Buffer,
): Received {
  const texts = new Map<string, string>();
  for (const name in headers) texts.set(name, [headers[name] ?? ''].flat().join(', '));
  return { status: statusCode, statusText: statusMessage, headers: texts, bytes };
}
