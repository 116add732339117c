/** The names of events, and the payload of each: checked by `npm run check:types`. */
import type { webhooks } from '@octokit/openapi-webhooks-types';
import { expectTypeOf } from 'vitest';
import type { EventName, EventPayload } from 'hookmint';
import type { EventAction, EventPayloads, PublishedName } from '../../lib/events/payloads.ts';
import type { KnownPermission } from '../../lib/permissions/names.ts';
import type { PERMISSION_NAMES } from '../../lib/permissions/permission-names.ts';

// Every name has a payload, and every published payload has a name.
expectTypeOf<Exclude<keyof webhooks, PublishedName<EventAction>>>().toEqualTypeOf<never>();
expectTypeOf<Exclude<PublishedName<EventAction>, keyof webhooks>>().toEqualTypeOf<never>();
expectTypeOf<Unpublished>().toEqualTypeOf<never>();
type Unpublished = { [N in EventAction]: [EventPayloads[N]] extends [never] ? N : never }[EventAction];

// A payload says the action that its name says.
expectTypeOf<Misnamed>().toEqualTypeOf<never>();
type Misnamed = {
  [N in EventAction]: N extends `${string}.${infer Action}`
    ? EventPayloads[N] extends { readonly action: Action }
      ? never
      : N
    : never;
}[EventAction];

// Nine that GitHub sends and @octokit/webhooks 14.2.0 does not know.
expectTypeOf<EventPayload<'issues.field_added'>['action']>().toEqualTypeOf<'field_added'>();
expectTypeOf<EventPayload<'issues.field_removed'>['issue']['number']>().toEqualTypeOf<number>();
expectTypeOf<EventPayload<'issue_comment.pinned'>['comment']['id']>().toEqualTypeOf<number>();
expectTypeOf<EventPayload<'issue_comment.unpinned'>['action']>().toEqualTypeOf<'unpinned'>();
expectTypeOf<EventPayload<'pull_request.stacked'>['number']>().toEqualTypeOf<number>();
expectTypeOf<
  EventPayload<'dependabot_alert.assignees_changed'>['action']
>().toEqualTypeOf<'assignees_changed'>();
expectTypeOf<
  EventPayload<'code_scanning_alert.updated_assignment'>['action']
>().toEqualTypeOf<'updated_assignment'>();
expectTypeOf<
  EventPayload<'secret_scanning_alert.metadata_created'>['action']
>().toEqualTypeOf<'metadata_created'>();
expectTypeOf<
  EventPayload<'secret_scanning_alert.metadata_removed'>['action']
>().toEqualTypeOf<'metadata_removed'>();

// What a repository_dispatch is called, its sender says.
expectTypeOf<'repository_dispatch.deploy.now'>().toExtend<EventName>();
expectTypeOf<EventPayload<'repository_dispatch.deploy'>['client_payload']>().toEqualTypeOf<{
  [key: string]: unknown;
} | null>();

// The names that the build knows are those that the compiler knows.
expectTypeOf<(typeof PERMISSION_NAMES)[number]>().toEqualTypeOf<KnownPermission>();
