/** The events of GitHub, by name and action, with the payload of each. Types only. */
import type { webhooks } from '@octokit/openapi-webhooks-types';
import type { EmitterWebhookEvent, EmitterWebhookEventName } from '@octokit/webhooks';
import type { EVENTS } from './names.ts';

/** The name in the header: `issues`, `push`. */
export type Event = keyof typeof EVENTS;

/** Narrower than that by an action; an event without actions is as narrow as it gets. */
export type EventAction = {
  [E in Event]: (typeof EVENTS)[E] extends readonly [] ? E : `${E}.${(typeof EVENTS)[E][number]}`;
}[Event];

/**
 * What a handler may claim: `event.action`, `event` for every action, or `*` for everything. The action of a
 * `repository_dispatch` is what its sender calls it.
 */
export type EventName = Event | EventAction | `repository_dispatch.${string}` | '*';

/** Names that the published payloads have under another one. */
interface Irregular {
  repository_dispatch: 'repository-dispatch-sample.collected';
  'custom_property.promote_to_enterprise': 'custom-property-promoted-to-enterprise';
  'issue_relates_to.relates_to_added': 'issue-relates-to-added';
  'issue_relates_to.relates_to_removed': 'issue-relates-to-removed';
}

type Dashed<S extends string> = S extends `${infer A}.${infer B}`
  ? `${Dashed<A>}-${Dashed<B>}`
  : S extends `${infer A}_${infer B}`
    ? `${A}-${Dashed<B>}`
    : S;

/** What the published payloads call it. */
export type PublishedName<N extends EventAction> = N extends keyof Irregular ? Irregular[N] : Dashed<N>;

/** The payload of each, as GitHub describes it. */
export type EventPayloads = {
  [N in EventAction]: PublishedName<N> extends keyof webhooks
    ? webhooks[PublishedName<N>]['post']['requestBody']['content']['application/json']
    : never;
};

/**
 * The payload that a handler of `E` gets: `@octokit/webhooks` types it, and where that package does not know the
 * event, GitHub's own description does. GitHub adds fields and actions without notice. Of no event at all it is
 * anything: then the compiler has said so already, and no second error follows.
 */
export type EventPayload<E extends EventName> = [E] extends [never]
  ? // oxlint-disable-next-line typescript/no-explicit-any -- see above
    any
  : E extends EmitterWebhookEventName
    ? EmitterWebhookEvent<E>['payload']
    : EventPayloads[ActionsOf<E>];

type ActionsOf<E extends EventName> = E extends '*'
  ? EventAction
  : E extends EventAction
    ? E
    : E extends `repository_dispatch.${string}`
      ? 'repository_dispatch'
      : Extract<EventAction, `${E}.${string}`>;

/** A key of the handler table, and all that is broader: `issues.opened` is within `issues` and `*`. */
export type Covering<K extends string> = K | (K extends `${infer E}.${string}` ? E : never) | '*';
