/**
 * `paginate` and `rest` by Octokit's own plugins. Each plugin loads with the first call that needs it: a delivery
 * whose handler uses neither pays for neither.
 */
import type { Octokit } from '@octokit/core';
import type { composePaginateRest } from '@octokit/plugin-paginate-rest';
import { readText } from '../json/json.ts';
import type { CallWatch } from './call-watch.ts';

type Paginate = typeof composePaginateRest;
type RestMethod = (...parameters: readonly unknown[]) => Promise<unknown>;
/** The plugin's own. */
type RealMethod = RestMethod & {
  readonly endpoint: { readonly DEFAULTS: { readonly method: string; readonly url: string } };
};
type RestMethods = Readonly<Record<string, Readonly<Record<string, RestMethod>>>>;

/** Watches a call from before its plugin has loaded: a handler that does not await it may end before that. */
export type Watch = CallWatch['watch'];

/** Where a method of ours keeps the plugin's own one, which `paginate` takes, and its route. */
const REAL = Symbol('real method');
const ROUTE = Symbol('route');

/** Takes a route or a method of `createRest`, its parameters, and what to make of each page. */
export function createPaginate(octokit: Octokit, watch: Watch) {
  const load = async (): Promise<Paginate> =>
    (await import('@octokit/plugin-paginate-rest')).composePaginateRest;
  const gather = async (route: unknown, ...more: readonly unknown[]): Promise<unknown> => {
    const all: unknown = await load();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- typed for handlers in lib/permissions
    return (all as (...args: readonly unknown[]) => Promise<unknown>)(octokit, await toReal(route), ...more);
  };
  async function* turn(route: unknown, parameters?: unknown): AsyncGenerator {
    const pages: unknown = (await load()).iterator;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- typed for handlers in lib/permissions
    const iterate = pages as (...args: readonly unknown[]) => AsyncIterable<unknown>;
    yield* iterate(octokit, await toReal(route), parameters);
  }
  const paginate = (route: unknown, ...more: readonly unknown[]): Promise<unknown> =>
    watch(() => toRoute(route), gather(route, ...more));
  const iterator = (route: unknown, parameters?: unknown): AsyncGenerator => {
    const pages = turn(route, parameters);
    const next = pages.next.bind(pages);
    return Object.assign(pages, { next: () => watch(() => toRoute(route), next()) });
  };
  return Object.assign(paginate, { iterator });
}

/** `rest.issues.createComment({ … })`: any scope and method is there, and one that is not the plugin's rejects. */
export function createRest(octokit: Octokit, watch: Watch): RestMethods {
  let loading: Promise<unknown> | undefined;
  const load = async (): Promise<unknown> =>
    (await import('@octokit/plugin-rest-endpoint-methods')).restEndpointMethods(octokit).rest;
  const find = async (scope: string, name: string): Promise<RealMethod> => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is not there reads as undefined
    const rest = (await (loading ??= load())) as Partial<Record<string, Partial<Record<string, RealMethod>>>>;
    const method = rest[scope]?.[name];
    if (method === undefined) throw new TypeError(`github.rest has no ${scope}.${name}`);
    return method;
  };
  const toMethod = (scope: string, name: string): RestMethod => {
    /** Its name, until the plugin tells its route. */
    let route = `rest.${scope}.${name}`;
    const findReal = async (): Promise<RealMethod> => {
      const real = await find(scope, name);
      route = toRoute(real.endpoint.DEFAULTS);
      return real;
    };
    const call = async (parameters: readonly unknown[]): Promise<unknown> =>
      (await findReal())(...parameters);
    return Object.assign((...parameters: readonly unknown[]) => watch(() => route, call(parameters)), {
      [REAL]: findReal,
      [ROUTE]: () => route,
    });
  };
  return lookUp((scope) => lookUp((name) => toMethod(scope, name)));
}

/** As a warning names it: a text, `{ method, url }`, or a method of ours. */
function toRoute(route: unknown): string {
  if (typeof route === 'string') return route;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- set by `toMethod` alone
  if (typeof route === 'function' && ROUTE in route) return (route[ROUTE] as () => string)();
  return `${readText(route, 'method') ?? 'GET'} ${readText(route, 'url') ?? ''}`;
}

async function toReal(route: unknown): Promise<unknown> {
  if (typeof route !== 'function' || !(REAL in route)) return route;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- set by `toMethod` alone
  return (route[REAL] as () => Promise<RestMethod>)();
}

/** An object that makes each of its fields when it is first asked for, and keeps it. */
function lookUp<T>(make: (name: string) => T): Readonly<Record<string, T>> {
  const made = new Map<string, T>();
  return new Proxy<Readonly<Record<string, T>>>(
    {},
    {
      get(_, name) {
        // `then` would make it a promise to whoever awaits it.
        if (typeof name !== 'string' || name === 'then') return undefined;
        const found = made.get(name) ?? make(name);
        made.set(name, found);
        return found;
      },
    },
  );
}
