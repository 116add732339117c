/** The route behind each method of `github.rest`, as data: for tools, never for a function. */
import { restEndpointMethods } from '@octokit/plugin-rest-endpoint-methods';

type Routes = Readonly<Record<string, string>>;

/**
 * The plugin keeps its table to itself: a client that only looks at routes makes it tell them.
 *
 * @returns Routes by method, by scope: `issues.createComment`.
 */
export function readRestRoutes(): Readonly<Record<string, Routes>> {
  const request = Object.assign(() => undefined, {
    defaults: ({ method, url }: { method: string; url: string }) =>
      Object.assign(() => undefined, { route: `${method} ${url}` }),
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the plugin asks for no more than this
  const { rest } = restEndpointMethods({ request } as never);
  return Object.fromEntries(
    Object.entries(rest)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([scope, methods]) => [scope, readRoutes({ ...methods })]),
  );
}

function readRoutes(methods: Readonly<Record<string, unknown>>): Routes {
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => {
      const route: unknown = Object(method).route;
      return [name, String(route)];
    }),
  );
}
