/** Octokit's `request` for a handler: literal routes by the short way, with Octokit's own answer or error in the end. */
import type { Octokit } from '@octokit/core';
import type { RequestParameters } from '@octokit/types';
import type { Answer } from '../http/answer.ts';
import type { Fetch } from '../http/fetch.ts';
import type { CallWatch } from './call-watch.ts';
import { type PreparedCall, prepareCall } from './literal-routes.ts';
import { readGoodAnswer } from './octokit-answers.ts';

type Request = Octokit['request'];
type Send = (route: string, parameters?: RequestParameters) => Promise<unknown>;

interface RequestDeps {
  readonly apiUrl: string;
  readonly fetch: Fetch;
  /** Told of every call; absent where nobody asks. */
  readonly calls: Pick<CallWatch, 'watch'> | undefined;
  /** Whether a handler has asked for hooks, which Octokit alone knows to call. */
  readonly isHooked: () => boolean;
  /** Octokit's own `request`, which tells of its calls or, for a call that is told of already, does not. Made when it is first needed. */
  readonly octokit: { readonly watched: () => Request; readonly unwatched: () => Request };
}

/** @returns What Octokit's `request` is: a function with `endpoint` and `defaults`. */
export function createRequest(deps: RequestDeps): Request {
  const { apiUrl, calls, isHooked, octokit } = deps;
  const send = (...call: Parameters<Send>): Promise<unknown> => {
    const [route, parameters] = call;
    const prepared = isHooked() ? undefined : prepareCall(route, parameters, apiUrl);
    if (prepared === undefined) return octokit.watched()(...call);
    const sent = sendPrepared(prepared, call, deps);
    return calls === undefined ? sent : calls.watch(route, sent);
  };
  const request: unknown = new Proxy(send, {
    get: (_, name) => Reflect.get(name in send ? send : octokit.watched(), name),
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its types are those of Octokit's routes
  return request as Request;
}

/** What Octokit would throw it throws itself: it is handed what came of the call. */
async function sendPrepared(
  { method, url, headers, body }: PreparedCall,
  [route, parameters]: Parameters<Send>,
  { fetch, octokit }: RequestDeps,
): Promise<unknown> {
  const hand = (outcome: Fetch): Promise<unknown> =>
    octokit.unwatched()(route, { ...parameters, request: { fetch: outcome } });
  let answer: Answer;
  try {
    answer = await fetch(url, { method, headers, body });
  } catch (error) {
    return hand(() => Promise.reject(error));
  }
  const { status } = answer;
  const isPlain = status >= 200 && status < 300 && answer.headers.get('deprecation') === null;
  if (!isPlain) return hand(() => Promise.resolve(answer));
  const data = status === 204 || status === 205 ? '' : await readGoodAnswer(route, answer);
  const received: Record<string, string> = {};
  answer.headers.forEach((value, name) => void (received[name] = value));
  return { url: answer.url, status, headers: received, data };
}
