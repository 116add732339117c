/** The events of GitHub, by name and action, with the payload of each. Types only. */
import type { EmitterWebhookEvent, EmitterWebhookEventName } from '@octokit/webhooks';

/** What a handler may claim: `event.action`, `event` for every action, or `*` for everything. */
export type EventName = EmitterWebhookEventName | '*';

/** The payload that a handler of `E` gets. GitHub adds fields and actions without notice. */
export type EventPayload<E extends EventName> = E extends EmitterWebhookEventName
  ? EmitterWebhookEvent<E>['payload']
  : EmitterWebhookEvent['payload'];

/** A key of the handler table, and all that is broader: `issues.opened` is within `issues` and `*`. */
export type Covering<K extends EventName> = K | (K extends `${infer Event}.${string}` ? Event : never) | '*';
