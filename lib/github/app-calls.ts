/**
 * Calls that the App makes as itself, with its JWT. Owns what every one of them needs: a wrong clock
 * corrected, a rotated key found, an outage tried again, a rate limit respected. What an answer means
 * is the caller's business.
 */
import { ServiceFault } from '../faults.ts';
import { isObject } from '../json/json.ts';
import type { Log } from '../log/log.ts';
import type { ApiRequest, ApiResponse, SendToGitHub } from './api.ts';
import type { AppJwtSource, AppSigners, SignAppJwt } from './app-jwt.ts';
import { appRateLimited, findRateLimit } from './rate-limit.ts';
import { foreign, isSuspension, isTimeClaimRefusal, readMessage } from './refusal.ts';

/** What is to be asked; the JWT comes to it here. */
type AppRequest = Omit<ApiRequest, 'credential'>;

/**
 * Makes one call, safe to repeat, as the App.
 *
 * @returns The answer, whatever its status but 401, 5xx and a rate limit.
 * @throws ServiceFault `jwt_refused`, `app_not_found`, `private_key_unusable`, `app_rate_limited`,
 *         `github_unavailable`, `redirected_elsewhere`, `secrets_unavailable`
 */
export type CallAsApp = (request: AppRequest, signal: AbortSignal) => Promise<ApiResponse>;

interface AppCallsDeps {
  readonly send: SendToGitHub;
  readonly jwts: AppJwtSource;
  readonly signers: AppSigners;
  readonly log: Log;
}

/** Tries in all: a 5xx or a cut connection is tried again at once. */
const MAX_ATTEMPTS = 3;

/** Signs with the key that GitHub took last. Where it takes none of them, they are read anew, once for a call. */
export function createAppCalls({ send, jwts, signers: source, log }: AppCallsDeps): CallAsApp {
  /** The signer whose JWT GitHub accepted last. It is tried first from then on. */
  let accepted: SignAppJwt | undefined;

  return async function call(request, signal) {
    const signers = await source.signers(signal);
    const response = await tryEach(signers, request, signal);
    if (response !== undefined) return response;
    // GitHub knows none of these keys: perhaps they were rotated since they were read.
    const refreshed = await source.refreshed(signal);
    const again = refreshed === signers ? undefined : await tryEach(refreshed, request, signal);
    if (again !== undefined) return again;
    throw new ServiceFault(
      'jwt_refused',
      "GitHub takes no JWT signed with the App's private keys. Compare the fingerprint of the key with the App settings, and GITHUB_APP_ID with the App.",
    );
  };

  async function tryEach(
    signers: readonly SignAppJwt[],
    request: AppRequest,
    signal: AbortSignal,
  ): Promise<ApiResponse | undefined> {
    const inOrder = signers.toSorted((a, b) => Number(b === accepted) - Number(a === accepted));
    for (const sign of inOrder) {
      const response = await signAndSend(sign, request, signal);
      if (response.status === 401) continue;
      accepted = sign;
      return response;
    }
    return undefined;
  }

  /** One more try where GitHub's clock and ours disagree. */
  async function signAndSend(
    sign: SignAppJwt,
    request: AppRequest,
    signal: AbortSignal,
  ): Promise<ApiResponse> {
    const response = await sendSigned(sign, request, signal);
    if (response.status !== 401) return response;
    const message = readMessage(response.body);
    log.warn('GitHub refused the JWT of the App', { reason: message, path: request.path });
    const serverDate = new Date(response.headers.get('date') ?? Number.NaN);
    if (!isTimeClaimRefusal(message) || !jwts.correctClock(serverDate)) return response;
    return sendSigned(sign, request, signal);
  }

  async function sendSigned(
    sign: SignAppJwt,
    request: AppRequest,
    signal: AbortSignal,
  ): Promise<ApiResponse> {
    const signed = { ...request, credential: await jwts.issue(sign) };
    return sendThroughOutage(
      async () => refuseWhatEndsAll(await send(signed, signal), signed.path, jwts.githubNow()),
      signal,
    );
  }
}

/** Tries again what an outage may explain. */
async function sendThroughOutage(
  send: () => Promise<ApiResponse>,
  signal: AbortSignal,
): Promise<ApiResponse> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      if (!isOutage(error) || attempt === MAX_ATTEMPTS || signal.aborted) throw error;
    }
  }
}

/** @param githubNowMs Milliseconds since the epoch, by GitHub's clock. */
function refuseWhatEndsAll(response: ApiResponse, path: string, githubNowMs: number): ApiResponse {
  const { status, headers } = response;
  if (status >= 500) throw new ServiceFault('github_unavailable', `GitHub answered ${status} to ${path}.`);
  const message = readMessage(response.body);
  if (status === 404 && message === 'Integration not found') {
    throw new ServiceFault(
      'app_not_found',
      'GitHub knows no App with the id in GITHUB_APP_ID. Check it, and that GITHUB_API_URL is the host where the App is registered.',
    );
  }
  if (isSuspension(status, message)) return response;
  const refusal = { status, message, header: (name: string) => headers.get(name) };
  const wait = findRateLimit(refusal, githubNowMs);
  if (wait !== undefined) throw appRateLimited(wait);
  if (status >= 400 && !isObject(response.body)) throw foreign(status, path);
  return response;
}

/** One that another try may get over: a silent GitHub has had its tries. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof ServiceFault) || error.code !== 'github_unavailable') return false;
  return !(error.cause instanceof Error && error.cause.name === 'TimeoutError');
}
