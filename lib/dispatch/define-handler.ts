/** The interface of a handler: what it claims, what its token may do, and its work. */
import type { RepositorySelection } from '../github/grant.ts';
import type { InstallationToken } from '../github/installation-token.ts';
import type { OctokitClient } from '../github/octokit.ts';
import type { HandlerLog } from '../log/log.ts';
import type { GitHubClient } from '../permissions/checked-client.ts';
import type { KnownPermission, Permissions } from '../permissions/names.ts';
import type { DeclaredSettings, NoSettings, SettingValues } from '../settings/declared.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { Payload } from '../delivery/payload.ts';
import type { NearestOf } from '../events/nearest-type.ts';
import type { Covering, EventName, EventPayload } from '../events/payloads.ts';
import { isUnlisted } from '../events/unlisted.ts';
import type { EventVerdict, Hint } from '../events/verdict.ts';

/** What a handler works with: with a token unless its `permissions` are `{}`. */
export type HandlerContext<
  E extends EventName,
  P extends Permissions,
  S extends DeclaredSettings = NoSettings,
> = keyof S extends never ? ContextByToken<E, P> : ContextByToken<E, P> & WithSettings<S>;

/** Of a permission, or a level, that GitHub does not have there is an error already: its calls cause no other. */
type ContextByToken<E extends EventName, P extends Permissions> = [Extract<P, 'all'>] extends [never]
  ? keyof P extends never
    ? ContextWithoutToken<E>
    : ContextWithToken<E, Exclude<keyof P, KnownPermission> extends never ? P : 'all'>
  : ContextWithToken<E, 'all'>;

/** What a handler works with as well that declares settings. */
export interface WithSettings<S extends DeclaredSettings> {
  /** Each a text, and none blank. */
  readonly settings: SettingValues<S>;
}

/** What a handler with `permissions: {}` works with. For `github` and `token`, declare permissions. */
export interface ContextWithoutToken<E extends EventName> {
  /**
   * Verified and parsed, not validated: half of all real payloads differ from the published schema. It is the
   * handler's own, to change as it likes.
   */
  readonly payload: EventPayload<E>;
  readonly delivery: Delivery;
  /** Bound to delivery and handler. Tokens, secrets and payloads are taken out of what is logged. */
  readonly log: HandlerLog;
  /** Aborts when the time for this delivery is up. */
  readonly signal: AbortSignal;
}

/** What a handler works with whose token may do `P`. */
export interface ContextWithToken<E extends EventName, P extends Permissions> extends ContextWithoutToken<E> {
  /**
   * Octokit, carrying `token`: `request`, `paginate`, `rest`, `graphql`. Ends with the delivery. A route that `P`
   * does not allow does not compile.
   */
  readonly github: GitHubClient<P>;
  readonly token: InstallationToken;
}

/** What a handler declares, and its work. */
export interface HandlerDefinition<
  E extends EventName,
  P extends Permissions,
  S extends DeclaredSettings = NoSettings,
> {
  /** Unique among all handlers: the ledger knows them by it. Default: the event; a list of events has none. */
  readonly name?: string;
  /** What the token may do, and no more: names and levels of GitHub's API, or `'all'` that was granted. */
  readonly permissions: P & UnknownPermissions<P>;
  /** What the token reaches. Default `'event'`: the repository, or repositories, of the delivery. */
  readonly repositories?: RepositorySelection<EventPayload<E>>;
  /**
   * What the handler has to be told: `{ NOTIFY_URL: 'text', NOTIFY_TOKEN: 'secret' }`. A text comes from the
   * environment variable of its name, a secret from Secrets Manager, by the id in `NOTIFY_TOKEN_SECRET_ID`. On the
   * laptop both come from `.env`, by their names.
   */
  readonly settings?: S;
  /** Asked before anything is claimed or minted; false ends the handler as `ignored`. */
  when?(context: { readonly payload: EventPayload<E>; readonly delivery: Delivery }): boolean;
  /** May run again after a crash: make it safe to repeat. `skip(reason)` ends it without a retry. */
  handle(context: HandlerContext<E, P, S>): Promise<void> | void;
}

/** Makes a misspelt permission an error; one that no list has needs a cast to `Permissions`. */
type UnknownPermissions<P> = P extends string
  ? unknown
  : { [K in Exclude<keyof P, KnownPermission>]: PermissionVerdict<K> };

type PermissionVerdict<K> = K extends string
  ? { readonly error: `no such permission: '${K}'${Hint<NearestOf<K, KnownPermission>>}` }
  : never;

/** A handler as the dispatcher sees it: the types of its own payload and grant are gone, its events are not. */
export interface Handler<E extends EventName = EventName> {
  readonly events: readonly E[];
  /** Whether `unlisted` let one of them through. */
  readonly unlisted: boolean;
  /** Empty where a list of events was given none. */
  readonly name: string;
  readonly permissions: Permissions;
  readonly repositories: RepositorySelection<Payload>;
  readonly settings: DeclaredSettings;
  readonly when?: (context: { readonly payload: Payload; readonly delivery: Delivery }) => boolean;
  readonly handle: (context: RunContext) => Promise<void> | void;
}

/** `HandlerContext` without the types of one handler. */
interface RunContext {
  readonly payload: Payload;
  readonly delivery: Delivery;
  readonly settings?: Readonly<Record<string, string>>;
  readonly log: HandlerLog;
  readonly signal: AbortSignal;
  readonly github?: OctokitClient;
  readonly token?: InstallationToken;
}

/**
 * Defines a handler of an event, or of several.
 *
 * @param event `issues.opened`, `issues` for every action, `*` for everything; or a list of such.
 */
export function defineHandler<
  const E extends string | readonly string[],
  const P extends Permissions,
  const S extends DeclaredSettings = NoSettings,
>(event: EventArgument<E>, definition: HandlerDefinition<Claimed<E>, P, S> & NameOf<E>): Handler<Claimed<E>> {
  const events: readonly string[] = [event].flat();
  const name = events.length === 1 && !Array.isArray(event) ? events[0] : '';
  const handler: unknown = {
    name,
    repositories: 'event',
    settings: {},
    ...definition,
    events,
    unlisted: events.some(isUnlisted),
  };
  // The dispatcher gives a handler only payloads of its events and a token of its permissions.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return handler as Handler<Claimed<E>>;
}

/** What was given, where GitHub has such events; otherwise each name judged. */
type EventArgument<E extends string | readonly string[]> = E extends readonly string[]
  ? E extends readonly EventName[]
    ? E
    : readonly EventVerdict<E[number]>[]
  : E extends string
    ? EventVerdict<E>
    : never;

/** The events of it that GitHub has. */
type Claimed<E extends string | readonly string[]> = Extract<E extends string ? E : E[number], EventName>;

/** The ledger needs a name, and a list of events makes none. */
type NameOf<E> = E extends string ? unknown : NamedForSeveralEvents;

interface NamedForSeveralEvents {
  readonly name: string;
}

type HandlerModule = () => Promise<{ readonly default: Handler }>;
type HandlerModules = HandlerModule | readonly HandlerModule[];

/** Modules by the event they are loaded for. */
export type HandlerTable = Readonly<Record<string, HandlerModules>>;

/**
 * The table of contents: `event.action`, `event` or `*` to one module or several. Every key that
 * matches a delivery runs, each handler on its own.
 */
export function defineHandlers<const T extends HandlerTable>(
  table: T & { readonly [K in keyof T]: TableVerdict<K & string, T[K]> },
): HandlerTable {
  return table;
}

/** What stands under a key, where it may stand there. */
type TableVerdict<K extends string, M> = string extends K
  ? M
  : K extends EventName
    ? M extends readonly unknown[]
      ? { readonly [I in keyof M]: ModuleVerdict<K, M[I]> }
      : ModuleVerdict<K, M>
    : EventVerdict<K>;

type ModuleVerdict<K extends string, M> = M extends () => Promise<{ readonly default: Handler<infer E> }>
  ? [Extract<E, Covering<K>>] extends [never]
    ? `this module handles '${E}': under '${K}' its event must be '${K}' or broader`
    : M
  : HandlerModule;
