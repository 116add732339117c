/** What the handlers of an app need of their App: permissions, events, and who needs each. Pure. */
import type { Handler } from '../dispatch/define-handler.ts';
import { EVERYTHING, splitKey } from '../dispatch/load-handler.ts';
import { findSubscription, SUBSCRIPTIONS } from '../events/subscriptions.ts';
import { isObject } from '../json/json.ts';

/** Permissions by name. */
export type Levels = Readonly<Record<string, string>>;

export interface Needs {
  /** The least that serves every handler: levels by name. */
  readonly permissions: Levels;
  /** Events to subscribe to. */
  readonly events: readonly string[];
  /** The names of the handlers that need each: an event may have the name of a permission, as `issues` does. */
  readonly neededBy: {
    readonly permission: ReadonlyMap<string, readonly string[]>;
    readonly event: ReadonlyMap<string, readonly string[]>;
  };
  /** Handlers that take all that an installation granted: what they need, nobody declared. */
  readonly takeAll: readonly string[];
  /** Events that no App is sent, though handlers claim them. */
  readonly neverSent: readonly string[];
}

/** What is asked of a handler. */
type Declared = Pick<Handler, 'name' | 'permissions'> & { readonly events: readonly string[] };

const LEVELS = ['read', 'write', 'admin'];

/** The union of all grants, and what each event takes to be subscribed to. */
export function findNeeds(handlers: readonly Declared[]): Needs {
  const permissions = new Map<string, string>();
  const neededBy = { permission: new Map<string, string[]>(), event: new Map<string, string[]>() };
  const need = (kind: keyof typeof neededBy, what: string, handler: string): void => {
    const names = neededBy[kind].get(what) ?? [];
    if (!names.includes(handler)) neededBy[kind].set(what, [...names, handler]);
  };
  for (const { name, permissions: declared } of handlers) {
    for (const [permission, level] of Object.entries(toLevels(declared))) {
      permissions.set(permission, higher(permissions.get(permission), level));
      need('permission', permission, name);
    }
  }
  const claims = handlers.flatMap(({ name, events }) =>
    events.flatMap((key) => toEvents(key, permissions).map((event) => ({ event, name }))),
  );
  // One that a handler has anyway is chosen before one that only the event would need.
  for (const { event, name } of claims) {
    need('event', event, name);
    const subscription = findSubscription(event);
    if (typeof subscription !== 'object') continue;
    const chosen = subscription.find((permission) => permissions.has(permission)) ?? subscription[0];
    if (chosen === undefined) continue;
    permissions.set(chosen, higher(permissions.get(chosen), 'read'));
    need('permission', chosen, `${name} (for the event ${event})`);
  }
  const events = [...new Set(claims.map(({ event }) => event))].toSorted();
  return {
    permissions: Object.fromEntries([...permissions].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    events: events.filter((event) => !isUnsubscribable(event)),
    neededBy,
    takeAll: handlers.filter((handler) => handler.permissions === 'all').map(({ name }) => name),
    neverSent: events.filter((event) => findSubscription(event) === 'not for Apps'),
  };
}

/** Whether who has `held` may do what takes `needed`. */
export function isEnough(held: string | undefined, needed: string): boolean {
  return held !== undefined && LEVELS.indexOf(held) >= LEVELS.indexOf(needed);
}

/** Sent to every App, or to none. */
export function isUnsubscribable(event: string): boolean {
  const subscription = findSubscription(event);
  return subscription === 'always' || subscription === 'not for Apps';
}

/** A handler of everything gets what the App may subscribe to with what the others ask for. */
function toEvents(key: string, permissions: ReadonlyMap<string, string>): readonly string[] {
  const [event] = splitKey(key);
  if (event !== EVERYTHING) return [event];
  return Object.entries(SUBSCRIPTIONS).flatMap(([name, subscription]) =>
    typeof subscription === 'object' && subscription.some((permission) => permissions.has(permission))
      ? [name]
      : [],
  );
}

function toLevels(permissions: unknown): Levels {
  return Object.fromEntries(
    Object.entries(isObject(permissions) ? permissions : {}).map(([name, level]) => [name, String(level)]),
  );
}

function higher(one: string | undefined, other: string): string {
  return one !== undefined && isEnough(one, other) ? one : other;
}
