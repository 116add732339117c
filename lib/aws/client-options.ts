/** What a client of the AWS SDK in this folder is made with: credentials, limits of each try, repetitions. */
import { fromEnv } from '@aws-sdk/credential-provider-env';
import type { Connections } from '../http/connections.ts';
import { createRetries, MAX_TRIES } from './retries.ts';
import { TRY_MS } from './try-call.ts';

/** How long one try of a call may take, in milliseconds. The SDK's own limit is none. */
interface TryLimits {
  /** Until the connection stands. */
  readonly connectMs: number;
  /** Until the answer begins, the connection included. */
  readonly answerMs: number;
}

export const TRY_LIMITS: TryLimits = { connectMs: 1_000, answerMs: TRY_MS };

/**
 * Lambda hands the credentials of the role over in the environment, so the client looks nowhere else. The
 * rest of the SDK's chain (profiles, SSO, containers, instances) is never asked, in a test as little as in
 * the built functions.
 *
 * A kept connection that a firewall dropped without a word, or that died while Lambda had frozen the process,
 * costs one try: after it, all connections that wait for the next call are closed, and the next try opens one.
 */
export function createClientOptions(
  { agents, closeIdle }: Pick<Connections, 'agents' | 'closeIdle'>,
  limits = TRY_LIMITS,
) {
  return {
    credentials: fromEnv(),
    maxAttempts: MAX_TRIES,
    retryStrategy: createRetries({ onBroken: closeIdle, random: Math.random }),
    requestHandler: {
      httpAgent: agents.httpAgent,
      httpsAgent: agents.httpsAgent,
      connectionTimeout: limits.connectMs,
      requestTimeout: limits.answerMs,
      throwOnRequestTimeout: true,
    },
  };
}
