/** A span for each call to GitHub, without what stands after `?` and without its body. */
import type { Fetch } from '../http/fetch.ts';
import type { Tracer } from './tracer.ts';

/** @returns The same `fetch` where nobody asked for traces. */
export function traceCalls(fetch: Fetch, tracer: Tracer | undefined): Fetch {
  if (tracer === undefined) return fetch;
  return (input, init = {}) => {
    const { host, pathname } = new URL(input);
    const method = init.method ?? 'GET';
    const attributes = { 'http.request.method': method, 'server.address': host, 'url.path': pathname };
    return tracer.span({ name: method, kind: 'client', attributes }, async (span) => {
      const answer = await fetch(input, init);
      span.set({ 'http.response.status_code': answer.status });
      if (answer.status >= 400) span.fail(String(answer.status));
      return answer;
    });
  };
}
