/** One HTTP call to GitHub's API, whole: sent, redirected within its host, read. No retries, no meaning. */
import { parseExactJson } from '../json/exact-json.ts';
import { parseJson } from '../json/json.ts';
import { ServiceFault } from '../faults.ts';
import type { AnswerHeaders, Answer } from '../http/answer.ts';
import type { Fetch } from '../http/fetch.ts';
import type { FetchInit } from '../http/message.ts';

/**
 * Sent with every call: without it GitHub would some day move us to another version unasked. This
 * one lives until 2028-03-10, and unlike 2026-03-10 every supported GHES knows it (docs/adr).
 */
export const API_VERSION = '2022-11-28';

/** GitHub refuses calls without a User-Agent. */
export const USER_AGENT = 'hookmint';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Begins with a slash; goes after the API's base URL. */
  readonly path: string;
  readonly credential: string;
  readonly body?: unknown;
  /** For one attempt; default 4 s. */
  readonly timeoutMs?: number;
  /**
   * What becomes of the answer's text. `exact`, the default: JSON whose long integers are exact. `plain`: JSON in
   * one pass, for an answer of megabytes whose ids nobody needs exact. `text`: itself; a refusal is JSON all the same.
   */
  readonly answerAs?: 'exact' | 'plain' | 'text' | undefined;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** Parsed JSON, undefined where the answer had none; or the text, where that was asked for. */
  readonly body: unknown;
}

export type SendToGitHub = (request: ApiRequest, signal: AbortSignal) => Promise<ApiResponse>;

/** One attempt may take so long; a connection that died in a frozen Lambda must not eat the delivery's time. */
const ATTEMPT_TIMEOUT_MS = 4_000;

const MAX_REDIRECTS = 3;

/**
 * @throws ServiceFault `github_unavailable` where no answer came, `redirected_elsewhere` where GitHub
 *         points to another host: a credential of ours goes nowhere but to the configured one.
 */
export function createSender(apiUrl: string, fetch: Fetch): SendToGitHub {
  return async (request, signal) => {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(request.timeoutMs ?? ATTEMPT_TIMEOUT_MS)]);
    try {
      return await follow(new URL(apiUrl + request.path), request, bounded);
    } catch (error) {
      if (error instanceof ServiceFault && error.code === 'redirected_elsewhere') throw error;
      throw new ServiceFault(
        'github_unavailable',
        `GitHub did not answer ${request.method} ${request.path}.`,
        {
          cause: error,
        },
      );
    }
  };

  async function follow(start: URL, request: ApiRequest, signal: AbortSignal): Promise<ApiResponse> {
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

/** Followed with method and body unchanged, as GitHub asks; 303 is not among what it sends. */
function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 307 || status === 308;
}

function toInit({ method, credential, body }: ApiRequest): FetchInit {
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
