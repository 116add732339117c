/** A log line for each request that a handler's client sends: whose it was, and by which id GitHub knows it. */
import type { Fetch } from '../http/fetch.ts';
import type { BoundLog } from '../log/log.ts';

interface TellDeps {
  readonly apiUrl: string;
  /** Bound to the handler; guards its tokens. */
  readonly log: BoundLog;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * @returns The same `fetch`, itself where nobody reads such lines. Every try is told, one that a later try made good as well. Of a redirect only its end is.
 *          Neither the query nor a body is told: they may hold what a payload does.
 */
export function tellCalls(fetch: Fetch, { apiUrl, log, now }: TellDeps): Fetch {
  if (!log.writes('debug')) return fetch;
  return async (url, init = {}) => {
    const startedMs = now();
    const call = { method: init.method ?? 'GET', path: toPath(String(url), apiUrl) };
    try {
      const answer = await fetch(url, init);
      const requestId = answer.headers.get('x-github-request-id') ?? undefined;
      log.debug('call', { ...call, status: answer.status, requestId, durationMs: now() - startedMs });
      return answer;
    } catch (error) {
      log.debug('call', { ...call, durationMs: now() - startedMs, error });
      throw error;
    }
  };
}

/** As GitHub's documentation writes it; with its host where that is not the API's. */
function toPath(url: string, apiUrl: string): string {
  if (url.startsWith(`${apiUrl}/`)) return url.slice(apiUrl.length).replace(/[?#].*$/s, '');
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
