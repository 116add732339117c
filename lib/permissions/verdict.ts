/** Whether a token with the declared permissions may call a route: judged by the compiler. Types only. */
import type { Endpoints } from '@octokit/types';
import type { RouteNeeds } from './route-needs.ts';

declare const unchecked: unique symbol;

/** A route that is called whatever is declared. */
export type UncheckedRoute = string & { readonly [unchecked]: true };

/**
 * The route itself where the token may call it, otherwise the reason why not.
 *
 * @typeParam H `Held` of the permissions.
 */
export type Verdict<R extends string, H> = R extends UncheckedRoute
  ? R
  : R extends keyof RouteNeeds
    ? [RouteNeeds[R]['alternatives']] extends [never]
      ? 'not for installation tokens'
      : [H] extends [RouteNeeds[R]['alternatives']]
        ? R
        : `needs ${RouteNeeds[R]['text']}`
    : R extends keyof Endpoints
      ? 'not for installation tokens'
      : 'no such route';
