/**
 * `paginate` and `rest` by Octokit's own plugins. Each plugin loads with the first call that needs it: a delivery
 * whose handler uses neither pays for neither.
 */
import type { Octokit } from '@octokit/core';
import type { composePaginateRest } from '@octokit/plugin-paginate-rest';

type Paginate = typeof composePaginateRest;
type RestMethod = (...parameters: readonly unknown[]) => Promise<unknown>;
type RestMethods = Readonly<Record<string, Readonly<Record<string, RestMethod>>>>;

/** Where a method of ours keeps the plugin's own one, which `paginate` takes. */
const REAL = Symbol('real method');

/** Takes a route or a method of `createRest`, its parameters, and what to make of each page. */
export function createPaginate(octokit: Octokit) {
  const load = async (): Promise<Paginate> =>
    (await import('@octokit/plugin-paginate-rest')).composePaginateRest;
  const paginate = async (route: unknown, ...more: readonly unknown[]): Promise<unknown> => {
    const all: unknown = await load();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- typed for handlers in lib/permissions
    return (all as (...args: readonly unknown[]) => Promise<unknown>)(octokit, await toReal(route), ...more);
  };
  async function* iterator(route: unknown, parameters?: unknown): AsyncGenerator {
    const pages: unknown = (await load()).iterator;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- typed for handlers in lib/permissions
    const iterate = pages as (...args: readonly unknown[]) => AsyncIterable<unknown>;
    yield* iterate(octokit, await toReal(route), parameters);
  }
  return Object.assign(paginate, { iterator });
}

/** `rest.issues.createComment({ … })`: any scope and method is there, and one that is not the plugin's rejects. */
export function createRest(octokit: Octokit): RestMethods {
  let loading: Promise<unknown> | undefined;
  const load = async (): Promise<unknown> =>
    (await import('@octokit/plugin-rest-endpoint-methods')).restEndpointMethods(octokit).rest;
  const find = async (scope: string, name: string): Promise<RestMethod> => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is not there reads as undefined
    const rest = (await (loading ??= load())) as Partial<Record<string, Partial<Record<string, RestMethod>>>>;
    const method = rest[scope]?.[name];
    if (method === undefined) throw new TypeError(`github.rest has no ${scope}.${name}`);
    return method;
  };
  return lookUp((scope) => lookUp((name) => toMethod(() => find(scope, name))));
}

function toMethod(find: () => Promise<RestMethod>): RestMethod {
  return Object.assign(async (...parameters: readonly unknown[]) => (await find())(...parameters), {
    [REAL]: find,
  });
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
