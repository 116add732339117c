/** What every client of the AWS SDK in this folder is made with: credentials, limits of each try, repetitions. */
import http from 'node:http';
import https from 'node:https';
import { fromEnv } from '@aws-sdk/credential-provider-env';
import type { Agents } from '../http/connections.ts';
import { createRetries, MAX_TRIES } from './retries.ts';

/** How long one try of a call may take, in milliseconds. The SDK's own limit is none. */
interface TryLimits {
  /** Until the connection stands. */
  readonly connectMs: number;
  /** Until the answer begins, the connection included. */
  readonly answerMs: number;
}

/** What AWS answers in milliseconds. Three tries fit into the time of an inline delivery, 8.5 s. */
export const TRY_LIMITS: TryLimits = { connectMs: 1_000, answerMs: 2_000 };

/** As many as the SDK's own agents open. */
const MAX_SOCKETS = 50;

interface ClientOptions {
  /** Agents that something else uses as well; agents of its own where none are given. */
  readonly agents?: Agents;
  readonly limits?: TryLimits;
}

/**
 * Lambda hands the credentials of the role over in the environment, so the clients look nowhere else. The
 * rest of the SDK's chain (profiles, SSO, containers, instances) is never asked, in a test as little as in
 * the built functions.
 *
 * A kept connection that a firewall dropped without a word, or that died while Lambda had frozen the process,
 * costs one try: after it, all connections that wait for the next call are closed, and the next try opens one.
 */
export function createClientOptions({ agents = createAgents(), limits = TRY_LIMITS }: ClientOptions = {}) {
  const onBroken = (): void => {
    closeIdle(agents.httpAgent);
    closeIdle(agents.httpsAgent);
  };
  return {
    credentials: fromEnv(),
    maxAttempts: MAX_TRIES,
    retryStrategy: createRetries({ onBroken, random: Math.random }),
    requestHandler: {
      httpAgent: agents.httpAgent,
      httpsAgent: agents.httpsAgent,
      connectionTimeout: limits.connectMs,
      requestTimeout: limits.answerMs,
      throwOnRequestTimeout: true,
    },
  };
}

function createAgents(): Agents {
  const options = { keepAlive: true, maxSockets: MAX_SOCKETS };
  return { httpAgent: new http.Agent(options), httpsAgent: new https.Agent(options) };
}

function closeIdle({ freeSockets }: http.Agent): void {
  for (const kept of Object.values(freeSockets)) for (const socket of kept ?? []) socket.destroy();
}
