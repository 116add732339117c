/**
 * Calls that the App makes as itself, with its JWT. Owns what every one of them needs: a wrong clock
 * corrected, a rotated key found, an outage tried again, a rate limit respected. What an answer means
 * is the caller's business.
 */
import { ServiceFault } from '../faults.ts';
import type { Log } from '../log/log.ts';
import type { ApiRequest, ApiResponse, SendToGitHub } from './api.ts';
import type { AppJwtSource, SignAppJwt } from './app-jwt.ts';
import { appRateLimited, findRateLimit } from './rate-limit.ts';
import { isSuspension, isTimeClaimRefusal, readMessage } from './refusal.ts';
import type { KeyRing } from './key-ring.ts';

/**
 * Makes one call, safe to repeat, as the App.
 *
 * @returns The answer, whatever its status but 401, 5xx and a rate limit.
 * @throws ServiceFault `jwt_refused`, `app_not_found`, `private_key_unusable`, `app_rate_limited`,
 *         `github_unavailable`, `redirected_elsewhere`, `secrets_unavailable`
 */
export type CallAsApp = (
  request: Omit<ApiRequest, 'credential'>,
  signal: AbortSignal,
) => Promise<ApiResponse>;

interface AppCallsDeps {
  readonly send: SendToGitHub;
  readonly jwts: AppJwtSource;
  readonly keyRing: KeyRing;
  readonly log: Log;
}

/** Tries in all: a 5xx or a cut connection is tried again at once. */
const MAX_ATTEMPTS = 3;

export function createAppCalls({ send, jwts, keyRing, log }: AppCallsDeps): CallAsApp {
  /** The signer whose JWT GitHub accepted last. It is tried first from then on. */
  let accepted: SignAppJwt | undefined;

  return async function call(request, signal) {
    const signers = await keyRing.signers(signal);
    const response = await tryEach(signers, request, signal);
    if (response !== undefined) return response;
    // GitHub knows none of these keys: perhaps they were rotated since they were read.
    const refreshed = await keyRing.refreshed(signal);
    const again = refreshed === signers ? undefined : await tryEach(refreshed, request, signal);
    if (again !== undefined) return again;
    throw new ServiceFault(
      'jwt_refused',
      "GitHub takes no JWT signed with the App's private keys. Compare the fingerprint of the key with the App settings, and GITHUB_APP_ID with the App.",
    );
  };

  async function tryEach(
    signers: readonly SignAppJwt[],
    request: Omit<ApiRequest, 'credential'>,
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
    request: Omit<ApiRequest, 'credential'>,
    signal: AbortSignal,
  ): Promise<ApiResponse> {
    const response = await sendThroughOutage({ ...request, credential: await jwts.issue(sign) }, signal);
    if (response.status !== 401) return response;
    const message = readMessage(response.body);
    log.warn('GitHub refused the JWT of the App', { reason: message, path: request.path });
    const serverDate = new Date(response.headers.get('date') ?? Number.NaN);
    if (!isTimeClaimRefusal(message) || Number.isNaN(serverDate.getTime())) return response;
    jwts.correctClock(serverDate);
    return sendThroughOutage({ ...request, credential: await jwts.issue(sign) }, signal);
  }

  async function sendThroughOutage(request: ApiRequest, signal: AbortSignal): Promise<ApiResponse> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return refuseWhatEndsAll(await send(request, signal), request);
      } catch (error) {
        const outage = error instanceof ServiceFault && error.code === 'github_unavailable';
        if (!outage || attempt === MAX_ATTEMPTS || signal.aborted) throw error;
      }
    }
  }

  function refuseWhatEndsAll(response: ApiResponse, { path }: ApiRequest): ApiResponse {
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
    const wait = findRateLimit(refusal, jwts.githubNow());
    if (wait !== undefined) throw appRateLimited(wait);
    return response;
  }
}
