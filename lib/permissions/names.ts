/** Names and levels of permissions. Types only. */
import type { components } from '@octokit/openapi-types';
import type { RoutePermissions } from './route-needs.ts';

type Published = components['schemas']['app-permissions'];

/**
 * Names and levels as GitHub's API has them; `'all'`: whatever the installation granted. The names come from
 * GitHub's schema `app-permissions` and from its table of what routes need: neither list is whole.
 */
export type Permissions = (Published & Omit<RoutePermissions, keyof Published>) | 'all';

export type KnownPermission = keyof Published | keyof RoutePermissions;
