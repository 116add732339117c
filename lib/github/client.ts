/**
 * The Octokit that a handler gets: it carries the handler's token, ends with the delivery's time, and
 * tries again where the refused call is known to have done nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Octokit } from '@octokit/core';
import type { EndpointDefaults, OctokitResponse, RequestInterface } from '@octokit/types';
import type { Deadline } from '../deadline.ts';
import { isObject } from '../json.ts';
import type { Log } from '../log.ts';
import { API_VERSION, USER_AGENT } from './api.ts';
import { findRateLimit, isHttpError, toRefusal } from './errors.ts';
import { isGitHubUrl } from './hosts.ts';
import type { MintedToken } from './mint.ts';

/** Octokit's typed routes and GraphQL, without the parts that a handler has no use for. */
export type GitHubClient = Pick<Octokit, 'request' | 'graphql'>;

interface ClientDeps {
  readonly apiUrl: string;
  readonly fetch: typeof globalThis.fetch;
  readonly deadline: Deadline;
  readonly log: Log;
  /** Milliseconds since the epoch, by the clock of `MintedToken.mintedAtMs`. */
  readonly githubNow: () => number;
  /** The token refused as dead is given back; a new one of the same grant comes. */
  readonly renew: (refused: MintedToken) => Promise<MintedToken>;
}

/**
 * GitHub may refuse a token for some seconds until it is known everywhere: 401 (token unknown), 403
 * (permissions unknown) or 404. A call refused so did nothing.
 */
const YOUNG_TOKEN_MS = 10_000;
const LAG_WINDOW_MS = 3_000;
const LAG_PAUSES_MS = [500, 1_500] as const;
const MAX_LAG_TRIES_AFTER = { 401: LAG_PAUSES_MS.length, 403: LAG_PAUSES_MS.length, 404: 1 } as const;

/** Calls that change nothing are repeated once after an outage. Others never are: the first may have arrived. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);
const MAX_OUTAGES = 1;

/** What Octokit's request hook hands on. */
type Options = Required<EndpointDefaults>;
type Send = () => Promise<OctokitResponse<unknown>>;

export function createClient(first: MintedToken, deps: ClientDeps): GitHubClient {
  const { apiUrl, deadline, githubNow, log } = deps;
  let token = first;
  let renewal: Promise<MintedToken> | undefined;

  const octokit = new Octokit({
    baseUrl: apiUrl,
    userAgent: USER_AGENT,
    request: { fetch: toWhole(deps.fetch), log: { ...log, warn: (message: string) => log.warn(message) } },
  });
  octokit.hook.wrap('request', carry);
  return { request: octokit.request, graphql: octokit.graphql };

  async function carry(
    request:
      RequestInterface | ((options: Options) => OctokitResponse<unknown> | Promise<OctokitResponse<unknown>>),
    options: Options,
  ): Promise<OctokitResponse<unknown>> {
    const own = isGitHubUrl(octokit.request.endpoint.parse(options).url, apiUrl);
    const send: Send = async () => {
      deadline.signal.throwIfAborted();
      const { signal } = options.request;
      return request({
        ...options,
        headers: {
          'x-github-api-version': API_VERSION,
          ...(own && { authorization: `Bearer ${token.token}` }),
          ...options.headers,
        },
        request: {
          ...options.request,
          signal: signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal]),
        },
      });
    };
    const carriesToken = own && options.headers.authorization === undefined;
    return carriesToken ? sendWithToken(send, options) : send();
  }

  async function sendWithToken(send: Send, options: Options): Promise<OctokitResponse<unknown>> {
    const startedMs = githubNow();
    let outages = SAFE_METHODS.has(options.method) ? 0 : MAX_OUTAGES;
    for (let lagTries = 0; ;) {
      const used = token;
      try {
        const response = await send();
        used.worked = true;
        return response;
      } catch (error) {
        const status = statusOf(error);
        if (status !== undefined && status < 400) used.worked = true;
        if (isStream(options['data'])) throw error; // it is used up
        if (isOutage(status) && outages < MAX_OUTAGES) {
          outages += 1;
        } else if (isYoung(used) && isLag(error, lagTries, startedMs)) {
          await pause(LAG_PAUSES_MS[lagTries]);
          lagTries += 1;
        } else if (status === 401 && !isYoung(used) && used === first) {
          // Calls side by side find the same token dead: one renewal serves them all.
          renewal ??= deps.renew(first);
          token = await renewal;
          if (token === used) throw error;
        } else {
          throw error;
        }
      }
    }
  }

  async function pause(ms: number | undefined): Promise<void> {
    await sleep(ms, undefined, { signal: deadline.signal }).catch(() => deadline.signal.throwIfAborted());
  }

  function isYoung(used: MintedToken): boolean {
    return !used.worked && githubNow() - used.mintedAtMs < YOUNG_TOKEN_MS;
  }

  function isLag(error: unknown, tries: number, startedMs: number): boolean {
    const refusal = isHttpError(error) ? toRefusal(error) : undefined;
    if (refusal === undefined || findRateLimit(refusal, githubNow()) !== undefined) return false;
    const { status } = refusal;
    if (status !== 401 && status !== 403 && status !== 404) return false;
    const pauseMs = LAG_PAUSES_MS[tries] ?? Infinity;
    return tries < MAX_LAG_TRIES_AFTER[status] && githubNow() + pauseMs - startedMs < LAG_WINDOW_MS;
  }
}

/**
 * A fetch whose answer is there to its end. Octokit takes an answer that is cut off for a shorter one,
 * and a handler would take half a list for all of it.
 */
function toWhole(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const bytes = await response.arrayBuffer();
    const { status, statusText, headers, url } = response;
    const whole = new Response(bytes.byteLength === 0 ? null : bytes, { status, statusText, headers });
    return Object.defineProperty(whole, 'url', { value: url });
  };
}

function isStream(body: unknown): boolean {
  return isObject(body) && ('getReader' in body || Symbol.asyncIterator in body);
}

/** The status of an answer; undefined where none came. */
function statusOf(error: unknown): number | undefined {
  return isHttpError(error) ? toRefusal(error)?.status : undefined;
}

function isOutage(status: number | undefined): boolean {
  return status === undefined || status >= 500;
}
