/**
 * The Octokit that a handler gets: it carries the handler's token, ends with the delivery's time, and
 * tries again where the refused call is known to have done nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Deadline } from '../async/deadline.ts';
import type { Answer } from '../http/answer.ts';
import type { Fetch } from '../http/fetch.ts';
import type { FetchInit } from '../http/message.ts';
import { isObject, parseJson } from '../json/json.ts';
import type { HandlerLog } from '../log/log.ts';
import { NOT_SERVED } from './octokit-errors.ts';
import { findRateLimit } from './rate-limit.ts';
import { readMessage } from './refusal.ts';
import { isGitHubUrl } from './hosts.ts';
import type { MintedToken } from './mint.ts';
import type { CallWatch } from './call-watch.ts';
import { createOctokit, type OctokitClient } from './octokit.ts';

interface ClientDeps {
  readonly apiUrl: string;
  readonly fetch: Fetch;
  readonly deadline: Deadline;
  readonly log: HandlerLog;
  /** Told of every call; absent where nobody asks. */
  readonly calls?: Pick<CallWatch, 'watch'>;
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

/**
 * Said by the stand-in of this package, where there are no replicas: the refusal is meant, at the first try. GitHub
 * sends no such header; if it did, a call would only be tried less often.
 */
const TOKEN_KNOWN_HEADER = 'x-token-known';

/** One try, with this token or without any. */
type Send = (token?: MintedToken) => Promise<Answer>;

/** All of it happens below Octokit, in the `fetch` that it is given: what Octokit sends is final there. */
export function createClient(first: MintedToken, deps: ClientDeps): OctokitClient {
  const { apiUrl, deadline, githubNow, log } = deps;
  let token = first;
  let renewal: Promise<MintedToken> | undefined;

  return createOctokit({ apiUrl, fetch: carry, log, calls: deps.calls, token: () => token.token });

  async function carry(url: string | URL, init: FetchInit = {}): Promise<Answer> {
    const { headers = {}, signal: own } = init;
    const signal = own ? AbortSignal.any([deadline.signal, own]) : deadline.signal;
    const send: Send = async (used) => {
      deadline.signal.throwIfAborted();
      const authorization = used && { authorization: `Bearer ${used.token}` };
      return deps.fetch(url, { ...init, headers: { ...headers, ...authorization }, signal });
    };
    const carriesToken = headers['authorization'] === undefined && isGitHubUrl(String(url), apiUrl);
    return carriesToken ? sendWithToken(send, init) : send();
  }

  async function sendWithToken(send: Send, { method = 'GET', body }: FetchInit): Promise<Answer> {
    const startedMs = githubNow();
    let outages = SAFE_METHODS.has(method) ? 0 : MAX_OUTAGES;
    for (let lagTries = 0; ;) {
      const used = token;
      let answer: Answer;
      try {
        answer = await send(used);
      } catch (error) {
        if (outages === MAX_OUTAGES || isStream(body)) throw error;
        outages += 1;
        continue;
      }
      if (answer.status < 400) used.worked = true;
      if (answer.status < 400 || isStream(body)) return answer; // a stream is used up
      if (answer.status >= 500 && answer.status !== NOT_SERVED && outages < MAX_OUTAGES) {
        outages += 1;
      } else if (isYoung(used) && (await isLag(answer, lagTries, startedMs))) {
        await pause(LAG_PAUSES_MS[lagTries]);
        lagTries += 1;
      } else if (answer.status === 401 && !isYoung(used) && used === first) {
        // Calls side by side find the same token dead: one renewal serves them all.
        renewal ??= deps.renew(first);
        token = await renewal;
        if (token === used) return answer;
      } else {
        return answer;
      }
    }
  }

  async function pause(ms: number | undefined): Promise<void> {
    await sleep(ms, undefined, { signal: deadline.signal }).catch(() => deadline.signal.throwIfAborted());
  }

  function isYoung(used: MintedToken): boolean {
    return !used.worked && githubNow() - used.mintedAtMs < YOUNG_TOKEN_MS;
  }

  async function isLag(answer: Answer, tries: number, startedMs: number): Promise<boolean> {
    const { status, headers } = answer;
    if (status !== 401 && status !== 403 && status !== 404) return false;
    if (headers.get(TOKEN_KNOWN_HEADER) !== null) return false;
    const message = readMessage(parseJson(await answer.text()));
    const refusal = { status, message, header: (name: string) => headers.get(name) };
    if (findRateLimit(refusal, githubNow()) !== undefined) return false;
    const pauseMs = LAG_PAUSES_MS[tries] ?? Infinity;
    return tries < MAX_LAG_TRIES_AFTER[status] && githubNow() + pauseMs - startedMs < LAG_WINDOW_MS;
  }
}

function isStream(body: unknown): boolean {
  return isObject(body) && ('getReader' in body || Symbol.asyncIterator in body);
}
