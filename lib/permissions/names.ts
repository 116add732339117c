/** Names and levels of permissions. Types only. */
import type { components } from '@octokit/openapi-types';
import type { RoutePermissions } from './route-needs.ts';

type Published = components['schemas']['app-permissions'];

type Level = 'read' | 'write';

/**
 * What only an installation on an enterprise grants. The schema of github.com leaves these out; they are in the
 * schemas `app-permissions` of GitHub Enterprise Cloud and Server, and on GitHub's page where an App is registered (2026-10).
 * A type and no interface, so that it goes where a record is wanted.
 */
type EnterprisePermissions = {
  enterprise_administration?: Level;
  enterprise_ai_controls?: Level;
  enterprise_copilot_usage?: Level;
  enterprise_credentials?: Level;
  enterprise_custom_enterprise_roles?: Level;
  enterprise_custom_org_roles?: Level;
  enterprise_custom_properties?: Level;
  enterprise_innersource_vulnerabilities?: Level;
  enterprise_organization_installation_repositories?: Level;
  enterprise_organization_installations?: Level;
  enterprise_organizations?: Level;
  enterprise_people?: Level;
  enterprise_sso?: Level;
};

/**
 * Names and levels as GitHub's API has them; `'all'`: whatever the installation granted. The names come from
 * GitHub's schemas `app-permissions` and from its table of what routes need: no list is whole.
 */
export type Permissions =
  (Published & Omit<RoutePermissions, keyof Published> & EnterprisePermissions) | 'all';

export type KnownPermission = keyof Published | keyof RoutePermissions | keyof EnterprisePermissions;
