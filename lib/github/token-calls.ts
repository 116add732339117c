/**
 * One call of a handler: carries its token, ends with the delivery's time, and is tried again where the refused
 * call is known to have done nothing. What it returns is final.
 */
import { followFor, type Signal } from '../async/abort.ts';
import { sleep, type Clock } from '../async/clock.ts';
import type { Deadline } from '../async/deadline.ts';
import { ServiceFault } from '../faults.ts';
import type { Answer } from '../http/answer.ts';
import { AnswerTooLarge } from '../http/received.ts';
import type { Fetch } from '../http/fetch.ts';
import type { FetchInit } from '../http/message.ts';
import { sendWithSecondTry } from '../http/second-try.ts';
import { isObject, parseJson } from '../json/json.ts';
import { SECOND_TRY_AFTER_MS } from './api.ts';
import { isGitHubUrl } from './hosts.ts';
import type { MintedToken } from './installation-token.ts';
import { NOT_SERVED } from './octokit-errors.ts';
import { findRateLimit } from './rate-limit.ts';
import { foreign, isPermissionRefusal, readMessage } from './refusal.ts';
import { findLagPause, isYoung } from './young-token.ts';

export interface TokenCallDeps {
  readonly apiUrl: string;
  readonly fetch: Fetch;
  readonly deadline: Deadline;
  readonly clock: Clock;
  /** Milliseconds since the epoch, by GitHub's clock. */
  readonly githubNow: () => number;
  readonly wallet: TokenWallet;
}

/** The token of a handler's calls, which may be replaced by a new one, once. */
export interface TokenWallet {
  token(): MintedToken;
  /** Whether the token was there before the delivery: much may have been granted since. */
  readonly cached: boolean;
  /** Whether a refused token is still the first one, so that a new one may be minted. */
  canRenew(refused: MintedToken): boolean;
  /** @returns The new token; calls side by side get the same. */
  renew(): Promise<MintedToken>;
}

/** Calls that change nothing are repeated once after an outage. Others never are: the first may have arrived. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);
const MAX_OUTAGES = 1;

/** A call ends so long before the delivery's time: then its handler still learns that GitHub was silent. */
const HANDLER_MARGIN_MS = 500;

/**
 * Said by the stand-in of this package, where there are no replicas: the refusal is meant, at the first try. GitHub
 * sends no such header; if it did, a call would only be tried less often.
 */
const TOKEN_KNOWN_HEADER = 'x-token-known';

/** One try, with this token or without any. @throws At once where the time is up. */
type Send = (token?: MintedToken) => Promise<Answer>;

/** @returns What Octokit is given for `fetch`. */
export function createTokenCalls(deps: TokenCallDeps): Fetch {
  const { apiUrl, deadline, clock } = deps;

  return async function carry(url, init = {}) {
    const { headers = {}, signal: own } = init;
    const leftMs = Math.max(0, deadline.atMs - clock.now());
    const leaders = own ? [deadline.signal, own] : [deadline.signal];
    const limit = followFor(clock, Math.max(leftMs - HANDLER_MARGIN_MS, leftMs / 2), ...leaders);
    const send: Send = (used) => {
      deadline.signal.throwIfAborted();
      const all = used === undefined ? headers : { ...headers, authorization: `Bearer ${used.token}` };
      const sendOnce = (signal: Signal): Promise<Answer> =>
        deps.fetch(url, { ...init, headers: all, signal });
      return isSafe(init)
        ? sendWithSecondTry(sendOnce, { clock, afterMs: SECOND_TRY_AFTER_MS, signal: limit })
        : sendOnce(limit);
    };
    const carriesToken = headers['authorization'] === undefined && isGitHubUrl(String(url), apiUrl);
    try {
      return await (carriesToken ? sendWithToken(send, init, deps) : send());
    } catch (error) {
      for (const leader of leaders) leader.throwIfAborted();
      throw toFault(error, limit);
    } finally {
      limit.end();
    }
  };
}

function isSafe({ method = 'GET' }: FetchInit): boolean {
  return SAFE_METHODS.has(method);
}

function isStream(body: unknown): boolean {
  return isObject(body) && ('getReader' in body || Symbol.asyncIterator in body);
}

/** What our limits of size and time have made of a call. */
function toFault(error: unknown, { aborted, reason }: Signal): unknown {
  if (error instanceof Error && error.cause instanceof AnswerTooLarge) {
    const what = "GitHub's answer to a handler's call is too large.";
    return new ServiceFault('github_unexpected', what, { detail: error.cause.message, cause: error });
  }
  if (!aborted || error !== reason) return error;
  return new ServiceFault('github_unavailable', "GitHub did not answer a handler's call.", { cause: error });
}

/** What was done about a call so far. */
interface Progress {
  readonly startedMs: number;
  outages: number;
  lagTries: number;
  /** It went out again with a new token because of a 404. */
  renewedForMissing: boolean;
}

async function sendWithToken(send: Send, init: FetchInit, deps: TokenCallDeps): Promise<Answer> {
  const { clock, wallet } = deps;
  const isFinal = isStream(init.body); // a stream is used up
  const outages = isSafe(init) && !isFinal ? 0 : MAX_OUTAGES;
  const progress = { startedMs: clock.now(), outages, lagTries: 0, renewedForMissing: false };
  for (;;) {
    const used = wallet.token();
    const mayRepeat = progress.outages < MAX_OUTAGES;
    const answer = await (mayRepeat ? sendThroughOutage(() => send(used), progress) : send(used));
    if (answer.status < 400) used.worked = true;
    if (answer.status < 400 || answer.status >= 500 || isFinal) return answer;
    if (await isForeign(answer, init)) {
      if (progress.outages === MAX_OUTAGES) throw foreign(answer.status, answer.url);
      progress.outages += 1;
    } else if (!(await makeReady(answer, used, progress, deps))) {
      return answer;
    }
  }
}

/** A network that fails and a GitHub that answers 5xx are tried once more. */
async function sendThroughOutage(send: () => Promise<Answer>, progress: Progress): Promise<Answer> {
  for (;;) {
    try {
      const answer = await send();
      const isOutage = answer.status >= 500 && answer.status !== NOT_SERVED;
      if (!isOutage || progress.outages === MAX_OUTAGES) return answer;
    } catch (error) {
      if (progress.outages === MAX_OUTAGES || isEnd(error)) throw error;
    }
    progress.outages += 1;
  }
}

/** Time, size, and what the caller wants do not change by trying again. */
function isEnd(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof ServiceFault) return true;
  return (
    error.name === 'TimeoutError' || error.name === 'AbortError' || error.cause instanceof AnswerTooLarge
  );
}

/** @returns Whether the call is to go out again, after a pause or with a new token. */
async function makeReady(
  answer: Answer,
  used: MintedToken,
  progress: Progress,
  { deadline, clock, githubNow, wallet }: TokenCallDeps,
): Promise<boolean> {
  const { status, headers } = answer;
  if (status !== 401 && status !== 403 && status !== 404) return false;
  const message = readMessage(parseJson(await answer.text()));
  const refusal = { status, message, header: (name: string) => headers.get(name) };
  if (findRateLimit(refusal, githubNow()) !== undefined) return false;
  if (isYoung(used, clock.now() - used.mintedAtMs)) {
    const { lagTries, startedMs } = progress;
    const pauseMs = findLagPause({ status, lagTries, elapsedMs: clock.now() - startedMs });
    if (pauseMs !== undefined && headers.get(TOKEN_KNOWN_HEADER) === null) {
      progress.lagTries += 1;
      await pause(pauseMs, clock, deadline);
      return true;
    }
    if (!wallet.cached) return noteMissing();
  }
  if (!wallet.canRenew(used) || !isWorthRenewing(refusal, used, wallet.cached)) return noteMissing();
  progress.renewedForMissing = status === 404;
  return (await wallet.renew()) !== used;

  function noteMissing(): false {
    if (status === 404 && progress.renewedForMissing) used.missed = true;
    return false;
  }
}

async function pause(ms: number, clock: Clock, { signal }: Deadline): Promise<void> {
  await sleep(clock, ms, signal).catch(() => signal.throwIfAborted());
}

/**
 * A token that is dead is; one that was there before may be less than what was granted since. What one new token
 * did not find is not looked for with another.
 */
function isWorthRenewing(
  { status, message }: { readonly status: number; readonly message: string },
  used: MintedToken,
  cached: boolean,
): boolean {
  if (status === 401) return true;
  return cached && (status === 403 ? isPermissionRefusal(message) : !used.missed);
}

/** A refusal without GitHub's JSON is a proxy's, or that of a host which is not GitHub's API. */
async function isForeign(answer: Answer, { method }: FetchInit): Promise<boolean> {
  if (method === 'HEAD' || answer.status === 401 || answer.status === 429) return false;
  return !isObject(parseJson(await answer.text()));
}
