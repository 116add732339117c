/** Installations and the App itself as GitHub's API shows them. */
import type { JsonObject } from '../../lib/json/json.ts';
import type { Installation } from './installations.ts';
import type { Person } from './people.ts';
import { toSeconds } from './replies.ts';
import type { World } from './world.ts';

/** Source: OpenAPI schema `installation`. */
export function describeInstallation(installation: Installation, { app, url, people }: World): JsonObject {
  const { id, account, permissions, selected, suspendedAt, createdAt } = installation;
  return {
    id,
    account:
      account.type === 'Enterprise' ? describeEnterprise(account, url) : people.describe(account.login),
    app_id: app.id,
    app_slug: app.slug,
    client_id: app.clientId,
    target_id: account.id,
    target_type: account.type,
    repository_selection: selected === 'all' ? 'all' : 'selected',
    access_tokens_url: `${url}/app/installations/${id}/access_tokens`,
    repositories_url: `${url}/installation/repositories`,
    html_url: `${url}/settings/installations/${id}`,
    permissions,
    events: [],
    created_at: toSeconds(createdAt),
    updated_at: toSeconds(createdAt),
    single_file_name: null,
    suspended_at: suspendedAt ? toSeconds(suspendedAt) : null,
    suspended_by: suspendedAt ? people.describe(account.login) : null,
  };
}

/** It has a slug where others have a login. Source: OpenAPI schema `enterprise`. */
function describeEnterprise({ login: slug, id }: Person, url: string): JsonObject {
  return {
    id,
    slug,
    name: slug,
    node_id: Buffer.from(`Enterprise${id}`).toString('base64url'),
    avatar_url: `${url}/avatars/${id}`,
    html_url: `${url}/enterprises/${slug}`,
    created_at: null,
    updated_at: null,
  };
}

/** Source: OpenAPI schema `integration`. */
export function describeApp({ app, url, people, startedAt, installations }: World): JsonObject {
  return {
    id: app.id,
    slug: app.slug,
    client_id: app.clientId,
    node_id: Buffer.from(`Integration${app.id}`).toString('base64url'),
    owner: people.describe(app.owner ?? `${app.slug}-owner`),
    name: app.name ?? app.slug,
    description: null,
    external_url: url,
    html_url: `${url}/apps/${app.slug}`,
    created_at: toSeconds(startedAt),
    updated_at: toSeconds(startedAt),
    permissions: app.permissions,
    events: typeof app.events === 'function' ? app.events() : (app.events ?? []),
    installations_count: installations.all().length,
  };
}
