/** Which handlers a delivery is for. Event names come from outside: a Map has no `__proto__` to trip over. */
import { createMemo } from '../async/memo.ts';
import type { Handler, HandlerTable } from './define-handler.ts';
import { EVERYTHING, loadHandler, splitKey } from './load-handler.ts';

/** One line of the handler table: a key and one module. */
export interface Route {
  /** `issues.opened`, `issues` or `*`. */
  readonly key: string;
  /** @throws ServiceFault `handler_invalid` where the module does not load or is not the handler of its key. */
  load(): Promise<Handler>;
}

/** The handler table, asked by event. */
export interface Router {
  /** Whether any handler could want this event; which of its actions, only `match` tells. */
  claims(event: string): boolean;
  /** The routes of an event with this action, in the order of the table. */
  match(event: string, action: string | null): readonly Route[];
}

interface ActionRoute extends Route {
  /** Null for a route of every action. */
  readonly action: string | null;
}

/**
 * No module loads before a delivery needs it; then it loads once for the life of the process, and again where that
 * failed.
 */
export function createRouter(table: HandlerTable): Router {
  const loaded = createMemo<Handler>();
  const routesByEvent = new Map<string, ActionRoute[]>();
  for (const [key, modules] of Object.entries(table)) {
    const [event, action = null] = splitKey(key);
    const routes = [modules].flat().map((load, nth) => {
      const remember = (): Promise<Handler> => loaded(`${key} ${nth}`, () => loadHandler(key, load));
      return { key, action, load: remember };
    });
    routesByEvent.set(event, [...(routesByEvent.get(event) ?? []), ...routes]);
  }
  const everything = routesByEvent.get(EVERYTHING) ?? [];
  const routesOf = (event: string): readonly ActionRoute[] => {
    const named = event === EVERYTHING ? [] : (routesByEvent.get(event) ?? []);
    return [...named, ...everything];
  };

  return {
    claims: (event) => routesOf(event).length > 0,
    match: (event, action) =>
      routesOf(event).filter((route) => route.action === null || route.action === action),
  };
}
