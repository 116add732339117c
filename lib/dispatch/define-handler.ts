/** The interface of a handler: what it claims, what its token may do, and its work. */
import type { RepositorySelection } from '../github/grant.ts';
import type { InstallationToken } from '../github/mint.ts';
import type { OctokitClient } from '../github/octokit.ts';
import type { HandlerLog } from '../log/log.ts';
import type { GitHubClient } from '../permissions/checked-client.ts';
import type { KnownPermission, Permissions } from '../permissions/names.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { Payload } from '../delivery/payload.ts';
import type { Covering, EventName, EventPayload } from './events.ts';

/** What a handler works with. `github` and `token` are there unless `permissions` is `{}`. */
export type HandlerContext<E extends EventName, P extends Permissions> = {
  /** Verified and parsed, not validated: half of all real payloads differ from the published schema. */
  readonly payload: EventPayload<E>;
  readonly delivery: Delivery;
  /** Bound to delivery and handler. Tokens and payloads are taken out of what is logged. */
  readonly log: HandlerLog;
  /** Aborts when the time for this delivery is up. */
  readonly signal: AbortSignal;
} & Authorised<P>;

/** Asked of each member of `P`, since the published permissions are a union with `'all'`. */
type Authorised<P extends Permissions> = P extends 'all'
  ? WithToken<P>
  : keyof P extends never
    ? unknown
    : WithToken<P>;

interface WithToken<P extends Permissions> {
  /**
   * Octokit, carrying `token`: `request`, `paginate`, `rest`, `graphql`. Ends with the delivery. A route that `P`
   * does not allow does not compile.
   */
  readonly github: GitHubClient<P>;
  readonly token: InstallationToken;
}

export interface HandlerDefinition<E extends EventName, P extends Permissions> {
  /** Unique among all handlers: the ledger knows them by it. Default: the event. */
  readonly name?: string;
  /** What the token may do, and no more: names and levels of GitHub's API, or `'all'` that was granted. */
  readonly permissions: P & UnknownPermissions<P>;
  /** What the token reaches. Default `'event'`: the repository, or repositories, of the delivery. */
  readonly repositories?: RepositorySelection<EventPayload<E>>;
  /** Asked before anything is claimed or minted; false ends the handler as `ignored`. */
  when?(context: { readonly payload: EventPayload<E>; readonly delivery: Delivery }): boolean;
  /** May run again after a crash: make it safe to repeat. Throw `skip(reason)` to end without a retry. */
  handle(context: HandlerContext<E, P>): Promise<void> | void;
}

/** Makes a misspelt permission an error; one that the published list lacks needs a cast to `Permissions`. */
type UnknownPermissions<P> = P extends string ? unknown : { [K in Exclude<keyof P, KnownPermission>]: never };

/** A handler as the dispatcher sees it: the types of its own payload and grant are gone, its event is not. */
export interface Handler<E extends EventName = EventName> {
  readonly event: E;
  readonly name: string;
  readonly permissions: Permissions;
  readonly repositories: RepositorySelection<Payload>;
  readonly when?: (context: { readonly payload: Payload; readonly delivery: Delivery }) => boolean;
  readonly handle: (context: RunContext) => Promise<void> | void;
}

/** `HandlerContext` without the types of one handler. */
interface RunContext {
  readonly payload: Payload;
  readonly delivery: Delivery;
  readonly log: HandlerLog;
  readonly signal: AbortSignal;
  readonly github?: OctokitClient;
  readonly token?: InstallationToken;
}

export function defineHandler<const E extends EventName, const P extends Permissions>(
  event: E,
  definition: HandlerDefinition<E, P>,
): Handler<E> {
  const handler: unknown = { name: event, repositories: 'event', ...definition, event };
  // The dispatcher gives a handler only payloads of its event and a token of its permissions.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return handler as Handler<E>;
}

type HandlerModule<E extends EventName> = () => Promise<{ readonly default: Handler<E> }>;
type HandlerModules<E extends EventName> = HandlerModule<E> | readonly HandlerModule<E>[];

/** Modules by the event they are loaded for. */
export type HandlerTable = Readonly<Record<string, HandlerModules<EventName>>>;

/**
 * The table of contents: `event.action`, `event` or `*` to one module or several. Every key that
 * matches a delivery runs, each handler on its own.
 */
export function defineHandlers<const T extends { readonly [K in EventName]?: HandlerModules<Covering<K>> }>(
  table: T & { [K in Exclude<keyof T, EventName>]: never },
): HandlerTable {
  return table;
}
