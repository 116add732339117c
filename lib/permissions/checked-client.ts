/** GitHub's API as a handler may use it: routes that its token may call, and no others. Types only. */
import type { Octokit } from '@octokit/core';
import type { PaginatingEndpoints } from '@octokit/plugin-paginate-rest';
import type { Endpoints, OctokitResponse, RequestInterface, RequestParameters } from '@octokit/types';
import type { Held } from './held.ts';
import type { Permissions } from './names.ts';
import type { RestRoutes } from './rest-routes.ts';
import type { Verdict } from './verdict.ts';

/**
 * Octokit with a token of the permissions `P`. A route that these permissions do not allow is a compile error,
 * which names what is missing. `graphql` is not checked.
 *
 * A client that may do more passes for one that may do less, so a function that two handlers share names what
 * it needs: `github: GitHubClient<{ issues: 'read' }>`.
 */
export type GitHubClient<P extends Permissions = 'all'> = CheckedClient<Held<P>>;

/** @typeParam H What is held: with another one that holds more, a client is assignable. */
interface CheckedClient<out H> extends Pick<Octokit, 'graphql' | 'log' | 'hook' | 'auth'> {
  /** One call: `github.request('POST /repos/{owner}/{repo}/issues', { … })`. */
  readonly request: CheckedRequest<H>;
  /** All pages of a list: `github.paginate('GET /repos/{owner}/{repo}/issues', { … })`. */
  readonly paginate: CheckedPaginate<H>;
  /** The same calls by name: `github.rest.issues.createComment({ … })`. */
  readonly rest: CheckedRest<H>;
}

declare const refusal: unique symbol;
declare const nobody: unique symbol;

/** Nothing is of this type: a signature that asks for it as `this` is never called. */
interface Nobody {
  readonly [nobody]: true;
}

/** Lets a client pass for Octokit's own, which plugins ask for, and for one that may do less. */
// oxlint-disable-next-line typescript/no-explicit-any -- after an error the compiler goes on with this: no second error follows
type PassesForAny = (this: Nobody, ...parameters: unknown[]) => any;

/** What any call may say beside the parameters of its route. */
type CallOptions = Pick<RequestParameters, 'baseUrl' | 'headers' | 'mediaType' | 'request'>;

/** Octokit's parameters of a route, without its index signature, which lets every misspelt name pass. */
type RouteParameters<R> = R extends keyof Endpoints
  ? object extends Endpoints[R]['parameters']
    ? [parameters?: Endpoints[R]['parameters'] & CallOptions]
    : [parameters: Endpoints[R]['parameters'] & CallOptions]
  : [parameters?: RequestParameters];

type RouteResponse<R> = R extends keyof Endpoints ? Endpoints[R]['response'] : OctokitResponse<unknown>;

type CheckedRequest<H> = PassesForAny &
  (<R extends string>(route: Verdict<R, H>, ...parameters: RouteParameters<R>) => Promise<RouteResponse<R>>) &
  Pick<RequestInterface, 'defaults' | 'endpoint'>;

/** One page of a list; a list within an object, as `repositories`, has come out of it. */
type Page<R> = R extends keyof PaginatingEndpoints
  ? PaginatingEndpoints[R]['response']
  : OctokitResponse<unknown[]>;
type Item<R> = Page<R>['data'] extends readonly (infer T)[] ? T : never;
type MapPage<R, T> = (page: Page<R>, done: () => void) => T[];

interface CheckedPaginate<H> extends PassesForAny {
  <R extends string, T>(
    route: Verdict<R, H> | RestCall<R>,
    parameters: NonNullable<RouteParameters<R>[0]>,
    map: MapPage<R, T>,
  ): Promise<T[]>;
  <R extends string>(method: RestCall<R>, ...parameters: RouteParameters<R>): Promise<Item<R>[]>;
  <R extends string>(route: Verdict<R, H>, ...parameters: RouteParameters<R>): Promise<Item<R>[]>;
  /** Page by page, each asked for when the one before it is used up. */
  readonly iterator: PassesForAny &
    (<R extends string>(
      route: Verdict<R, H>,
      ...parameters: RouteParameters<R>
    ) => AsyncIterableIterator<Page<R>>);
}

/** A method of `github.rest`. */
interface RestCall<R> {
  (...parameters: RouteParameters<R>): Promise<RouteResponse<R>>;
  readonly route?: R;
  readonly [refusal]?: never;
}

/** In place of a method that the token may not call: the compiler shows the reason. */
interface Refused<Reason> {
  readonly [refusal]?: Reason;
}

type RestMethod<R extends string, H> = Verdict<R, H> extends R ? RestCall<R> : Refused<Verdict<R, H>>;

type CheckedRest<out H> = {
  readonly [S in keyof RestRoutes]: {
    readonly [M in keyof RestRoutes[S]]: RestRoutes[S][M] extends string
      ? RestMethod<RestRoutes[S][M], H>
      : never;
  };
};
