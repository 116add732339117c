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
import { createRequest } from './octokit-request.ts';
import { createPaginate, createRest, type Watch } from './octokit-plugins.ts';

interface OctokitOptions {
  readonly apiUrl: string;
  /** Carries the token where it may go. */
  readonly fetch: Fetch;
  /** Where it logs. Asked for by those alone who have something to say. */
  readonly toLog: () => HandlerLog;
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
export function createOctokit(options: OctokitOptions): OctokitClient {
  return new HandlerOctokit(options);
}

/**
 * A class, for its getters: those of an object literal are made anew for each client, and V8 keeps them, with all that
 * they hold, until it next marks the whole heap. The payload of every delivery outlived its delivery by that.
 */
class HandlerOctokit implements OctokitClient {
  readonly request: Octokit['request'];
  readonly #options: OctokitOptions;
  #watched: Octokit['request'] | undefined;
  #unwatched: Octokit['request'] | undefined;
  #hook: Octokit['hook'] | undefined;
  #graphql: Octokit['graphql'] | undefined;
  #paginate: OctokitClient['paginate'] | undefined;
  #rest: OctokitClient['rest'] | undefined;

  constructor(options: OctokitOptions) {
    this.#options = options;
    const { apiUrl, fetch, calls } = options;
    this.request = createRequest({
      apiUrl,
      fetch,
      calls,
      isHooked: () => this.#hook !== undefined,
      octokit: {
        watched: () => (this.#watched ??= this.#toRequest(calls)),
        unwatched: () => this.#toUnwatchedRequest(),
      },
    });
  }

  get log(): Octokit['log'] {
    return toOctokitLog(this.#options.toLog());
  }

  get auth(): Octokit['auth'] {
    const { token } = this.#options;
    return async () => ({ type: 'token', tokenType: 'installation', token: token() });
  }

  get hook(): Octokit['hook'] {
    return (this.#hook ??= new Hook.Collection());
  }

  get graphql(): Octokit['graphql'] {
    return (this.#graphql ??= watchGraphql(withCustomRequest(this.#toUnwatchedRequest()), this.#toWatch()));
  }

  get paginate(): OctokitClient['paginate'] {
    return (this.#paginate ??= createPaginate(this.#toUnwatched(), this.#toWatch()));
  }

  get rest(): OctokitClient['rest'] {
    return (this.#rest ??= createRest(this.#toUnwatched(), this.#toWatch()));
  }

  /** @param calls Told of each call. */
  #toRequest(calls?: OctokitOptions['calls']): Octokit['request'] {
    const { apiUrl, fetch, toLog } = this.#options;
    const log = toLog();
    return request.defaults({
      baseUrl: apiUrl,
      headers: { 'user-agent': USER_AGENT, 'x-github-api-version': API_VERSION },
      request: {
        fetch,
        hook: toHook(() => this.#hook, calls),
        log: { ...log, warn: (message: string) => log.warn(message) },
      },
    });
  }

  #toUnwatchedRequest(): Octokit['request'] {
    return (this.#unwatched ??= this.#toRequest());
  }

  /** For what makes calls and is watched as a whole, from before the first of them to after the last. */
  #toUnwatched(): Octokit {
    const { log, auth, hook, graphql } = this;
    return { request: this.#toUnwatchedRequest(), log, auth, hook, graphql };
  }

  #toWatch(): Watch {
    const { calls } = this.#options;
    return (route, call) => calls?.watch(route, call) ?? call;
  }
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

/**
 * Every call's answer is read by us; the hooks of a handler, where it has any, are around that.
 *
 * @param hooks Those that the handler has asked for so far.
 */
function toHook(
  hooks: () => Octokit['hook'] | undefined,
  calls?: OctokitOptions['calls'],
): typeof readAnswers {
  const call: typeof readAnswers = (send, options) => {
    const around: unknown = hooks();
    if (typeof around !== 'function') return readAnswers(send, options);
    const read = (changed: typeof options): ReturnType<typeof readAnswers> => readAnswers(send, changed);
    return around('request', read, options);
  };
  if (calls === undefined) return call;
  return (send, options) =>
    calls.watch(`${readText(options, 'method')} ${readText(options, 'url')}`, call(send, options));
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
