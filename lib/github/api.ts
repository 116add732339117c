/** One HTTP call to GitHub's API, whole: sent, redirected within its host, read. No meaning. */
import { parseExactJson } from '../json/exact-json.ts';
import { parseJson } from '../json/json.ts';
import { ServiceFault } from '../faults.ts';
import { followFor, type Signal } from '../async/abort.ts';
import type { Clock } from '../async/clock.ts';
import type { AnswerHeaders, Answer } from '../http/answer.ts';
import { AnswerTooLarge } from '../http/received.ts';
import type { Fetch } from '../http/fetch.ts';
import type { FetchInit } from '../http/message.ts';
import { sendWithSecondTry } from '../http/second-try.ts';

/**
 * Sent with every call: without it GitHub would some day move us to another version unasked. This
 * one lives until 2028-03-10, and unlike 2026-03-10 every supported GHES knows it (docs/adr).
 */
export const API_VERSION = '2022-11-28';

/** GitHub refuses calls without a User-Agent. */
export const USER_AGENT = 'hookmint';

/** A call of GitHub's REST API, without what all of them have in common. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Begins with a slash; goes after the API's base URL. */
  readonly path: string;
  readonly credential: string;
  readonly body?: unknown;
  /** How long a connection may be silent before the call is sent over another one as well; default 4 s. */
  readonly secondTryAfterMs?: number;
  /**
   * What becomes of the answer's text. `exact`, the default: JSON whose long integers are exact. `plain`: JSON in
   * one pass, for an answer of megabytes whose ids nobody needs exact. `text`: itself; a refusal is JSON all the same.
   */
  readonly answerAs?: 'exact' | 'plain' | 'text' | undefined;
  /** A longer answer is not read to its end: a fault that `isTooLarge` knows. Default: the longest that GitHub has. */
  readonly maxBytes?: number | undefined;
}

/** An answer that was read to its end, whatever its status. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** Parsed JSON, undefined where the answer had none; or the text, where that was asked for. */
  readonly body: unknown;
}

/** Makes one call. What it throws stands at `createSender`. */
export type SendToGitHub = (request: ApiRequest, signal: AbortSignal) => Promise<ApiResponse>;

/** A connection that died in a frozen Lambda must not eat the delivery's time. */
export const SECOND_TRY_AFTER_MS = 4_000;

/** GitHub cuts its own work off after 10 s; the rest is for 25 MB on their way. Longer for a call whose second try comes late. */
const CALL_LIMIT_MS = 30_000;

const MAX_REDIRECTS = 3;

/**
 * @throws ServiceFault `github_unavailable` where no answer came, `redirected_elsewhere` where GitHub
 *         points to another host: a credential of ours goes nowhere but to the configured one.
 *         `github_unexpected` for an answer that is larger than any that GitHub has for us.
 */
export function createSender(apiUrl: string, fetch: Fetch, clock: Clock): SendToGitHub {
  return async (request, signal) => {
    const afterMs = request.secondTryAfterMs ?? SECOND_TRY_AFTER_MS;
    const limit = followFor(clock, Math.max(CALL_LIMIT_MS, 2 * afterMs), signal);
    try {
      const url = new URL(apiUrl + request.path);
      return await sendWithSecondTry((own) => sendAlong(url, request, own), {
        clock,
        afterMs,
        signal: limit,
      });
    } catch (error) {
      throw toFault(error, request);
    } finally {
      limit.end();
    }
  };

  async function sendAlong(start: URL, request: ApiRequest, signal: Signal): Promise<ApiResponse> {
    let url = start;
    for (let hop = 0; ; hop += 1) {
      const response = await fetch(url, { ...toInit(request), redirect: 'manual', signal });
      const location = response.headers.get('location');
      if (!isRedirect(response.status) || location === null || hop === MAX_REDIRECTS)
        return read(response, request.answerAs);
      const next = new URL(location, url);
      if (next.origin !== start.origin) {
        throw new ServiceFault(
          'redirected_elsewhere',
          `GitHub redirects ${request.path} to another host: check GITHUB_API_URL.`,
        );
      }
      url = next;
    }
  }
}

/** Whether the answer was longer than the call wanted it. */
export function isTooLarge(error: unknown): boolean {
  const { cause } = error instanceof ServiceFault ? error : {};
  return cause instanceof Error && cause.cause instanceof AnswerTooLarge;
}

function toFault(error: unknown, { method, path }: ApiRequest): ServiceFault {
  if (error instanceof ServiceFault && error.code === 'redirected_elsewhere') return error;
  if (error instanceof Error && error.cause instanceof AnswerTooLarge) {
    return new ServiceFault('github_unexpected', `GitHub's answer to ${method} ${path} is too large.`, {
      detail: error.cause.message,
      cause: error,
    });
  }
  return new ServiceFault('github_unavailable', `GitHub did not answer ${method} ${path}.`, { cause: error });
}

/** Followed with method and body unchanged, as GitHub asks; 303 is not among what it sends. */
function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 307 || status === 308;
}

function toInit({ method, credential, body, maxBytes }: ApiRequest): FetchInit {
  return {
    method,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${credential}`,
      'user-agent': USER_AGENT,
      'x-github-api-version': API_VERSION,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(maxBytes !== undefined && { maxBytes }),
  };
}

async function read(response: Answer, as: ApiRequest['answerAs'] = 'exact'): Promise<ApiResponse> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: READERS[response.status < 300 ? as : 'exact'](text),
  };
}

/** A proxy's error page is no JSON; the status says enough then. */
const READERS = {
  exact: parseExactly,
  plain: parseJson,
  text: (text: string): unknown => text,
} as const;

/** Integers that a number cannot hold, as the ids of deliveries are, come out as BigInt; all others stay numbers. */
function parseExactly(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}
