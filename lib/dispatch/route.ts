/** Which handlers a delivery is for. Event names come from outside: a Map has no `__proto__` to trip over. */
import { createMemo } from '../async/memo.ts';
import { ServiceFault } from '../faults.ts';
import type { Handler, HandlerTable } from './define-handler.ts';

/** One line of the handler table: a key and one module. */
export interface Route {
  /** `issues.opened`, `issues` or `*`. */
  readonly key: string;
  /** @throws ServiceFault `handler_invalid` where the module does not load or is not the handler of its key. */
  load(): Promise<Handler>;
}

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

const EVERYTHING = '*';

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

/** An action may hold dots (`repository_dispatch`'s is free text); an event's name does not. */
function splitKey(key: string): readonly [string, string?] {
  const dot = key.indexOf('.');
  return dot === -1 ? [key] : [key.slice(0, dot), key.slice(dot + 1)];
}

async function loadHandler(
  key: string,
  load: () => Promise<{ readonly default: Handler }>,
): Promise<Handler> {
  let handler: Handler | undefined;
  try {
    handler = (await load()).default;
  } catch (cause) {
    throw new ServiceFault('handler_invalid', `The module for '${key}' does not load.`, { cause });
  }
  if (typeof handler?.handle !== 'function' || typeof handler.event !== 'string') {
    throw new ServiceFault(
      'handler_invalid',
      `The default export of the module for '${key}' is no defineHandler(…).`,
    );
  }
  if (!isCovering(handler.event, key)) {
    throw new ServiceFault(
      'handler_invalid',
      `The module for '${key}' handles '${handler.event}': its event must be '${key}' or broader.`,
    );
  }
  return handler;
}

function isCovering(event: string, key: string): boolean {
  return event === key || event === EVERYTHING || event === splitKey(key)[0];
}

/**
 * Loads every module of the table, as the build does.
 *
 * @throws ServiceFault `handler_invalid` for a module that does not load, one of another event than
 *         its key's, two handlers of one name (the ledger would take one for the other), and one
 *         handler under two keys that the same delivery can match.
 */
export async function checkHandlers(table: HandlerTable): Promise<readonly Handler[]> {
  const seen: Entry[] = [];
  for (const [key, modules] of Object.entries(table)) {
    for (const load of [modules].flat()) {
      const handler = await loadHandler(key, load);
      for (const earlier of seen) refuseClash(earlier, { key, handler });
      seen.push({ key, handler });
    }
  }
  return [...new Set(seen.map(({ handler }) => handler))];
}

interface Entry {
  readonly key: string;
  readonly handler: Handler;
}

function refuseClash(a: Entry, b: Entry): void {
  if (a.handler.name !== b.handler.name) return;
  if (a.handler !== b.handler) {
    throw new ServiceFault(
      'handler_invalid',
      `Two handlers are named '${a.handler.name}', under '${a.key}' and '${b.key}': give one of them a \`name\`.`,
    );
  }
  if (isCovering(a.key, b.key) || isCovering(b.key, a.key)) {
    throw new ServiceFault(
      'handler_invalid',
      `Handler '${a.handler.name}' would run twice for one delivery, by '${a.key}' and by '${b.key}': leave one out.`,
    );
  }
}
