/**
 * Octokit as a handler holds it: calls, pages, methods by name and hooks, over a `fetch` that carries the token. Not
 * a class with plugins: what a delivery does not use is not made, and not loaded.
 */
import Hook from 'before-after-hook';
import type { Octokit } from '@octokit/core';
import { withCustomRequest } from '@octokit/graphql';
import { request } from '@octokit/request';
import type { Fetch } from '../http/fetch.ts';
import { readText } from '../json/json.ts';
import type { HandlerLog } from '../log/log.ts';
import { API_VERSION, USER_AGENT } from './api.ts';
import type { CallWatch } from './call-watch.ts';
import { readAnswers } from './octokit-answers.ts';
import { createPaginate, createRest, type Watch } from './octokit-plugins.ts';

interface OctokitOptions {
  readonly apiUrl: string;
  /** Carries the token where it may go. */
  readonly fetch: Fetch;
  readonly log: HandlerLog;
  /** Told of every call; absent where nobody asks. */
  readonly calls?: Pick<CallWatch, 'watch'> | undefined;
  /** The token of this moment, for plugins that ask for it. */
  readonly token: () => string;
}

/** Octokit's own types, which take any route. What a handler sees of it is narrower: `lib/permissions`. */
export interface OctokitClient extends Pick<Octokit, 'request' | 'graphql' | 'log' | 'hook' | 'auth'> {
  readonly paginate: ReturnType<typeof createPaginate>;
  readonly rest: ReturnType<typeof createRest>;
}

/** Sends nothing, and loads neither methods nor pages, until a handler asks for them. */
export function createOctokit({ apiUrl, fetch, log, calls, token }: OctokitOptions): OctokitClient {
  const hook = lazy<Octokit['hook']>(() => new Hook.Collection());
  const toRequest = (watched?: typeof calls) =>
    request.defaults({
      baseUrl: apiUrl,
      headers: { 'user-agent': USER_AGENT, 'x-github-api-version': API_VERSION },
      request: {
        fetch,
        hook: toHook(hook, watched),
        log: { ...log, warn: (message: string) => log.warn(message) },
      },
    });
  const send = toRequest(calls);
  const watch: Watch = (route, call) => (calls === undefined ? call : calls.watch(route, call));
  /** For what makes calls and is watched as a whole, from before the first of them to after the last. */
  const inner = lazy(() => ({
    request: toRequest(),
    log: octokit.log,
    auth: octokit.auth,
    get hook() {
      return octokit.hook;
    },
    get graphql() {
      return octokit.graphql;
    },
  }));
  const graphql = lazy(() => watchGraphql(withCustomRequest(toRequest()), watch));
  const paginate = lazy(() => createPaginate(inner.value(), watch));
  const rest = lazy(() => createRest(inner.value(), watch));
  const octokit: OctokitClient = {
    request: send,
    log: toOctokitLog(log),
    auth: async () => ({ type: 'token', tokenType: 'installation', token: token() }),
    get graphql() {
      return graphql.value();
    },
    get hook() {
      return hook.value();
    },
    get paginate() {
      return paginate.value();
    },
    get rest() {
      return rest.value();
    },
  };
  return octokit;
}

/** It refuses what GitHub answers with 200 and `errors`: only the whole call is watched. */
function watchGraphql(graphql: Octokit['graphql'], watch: Watch): Octokit['graphql'] {
  const watched: unknown = Object.assign(
    (...parameters: Parameters<typeof graphql>) => watch('POST /graphql', graphql(...parameters)),
    {
      endpoint: graphql.endpoint,
      defaults: (...parameters: Parameters<typeof graphql.defaults>) =>
        watchGraphql(graphql.defaults(...parameters), watch),
    },
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its type of an answer is the caller's to choose
  return watched as Octokit['graphql'];
}

/** Every call's answer is read by us; the hooks of a handler, where it has any, are around that. */
function toHook(hook: Lazy<Octokit['hook']>, calls?: Pick<CallWatch, 'watch'>): typeof readAnswers {
  const call: typeof readAnswers = (send, options) => {
    const hooks: unknown = hook.made();
    if (typeof hooks !== 'function') return readAnswers(send, options);
    const read = (changed: typeof options): ReturnType<typeof readAnswers> => readAnswers(send, changed);
    return hooks('request', read, options);
  };
  if (calls === undefined) return call;
  return (send, options) =>
    calls.watch(`${readText(options, 'method')} ${readText(options, 'url')}`, call(send, options));
}

interface Lazy<T> {
  /** Makes it when it is first asked for. */
  value(): T;
  /** What was made so far. */
  made(): T | undefined;
}

function lazy<T>(make: () => T): Lazy<T> {
  let made: T | undefined;
  return { value: () => (made ??= make()), made: () => made };
}

/** Octokit's plugins log any object. */
function toOctokitLog(log: HandlerLog): Octokit['log'] {
  return {
    debug: (message, fields) => log.debug(message, { ...fields }),
    info: (message, fields) => log.info(message, { ...fields }),
    warn: (message, fields) => log.warn(message, { ...fields }),
    error: (message, fields) => log.error(message, { ...fields }),
  };
}
