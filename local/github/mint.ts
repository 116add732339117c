/**
 * `POST /app/installations/ID/access_tokens`: what may be asked for, and what comes back.
 *
 * Source: GitHub docs, "Create an installation access token for an app"; OpenAPI schema `installation-token`.
 */
import { isObject, type JsonObject, parseJson } from '../../lib/json/json.ts';
import { describeRepository } from './describe-repository.ts';
import { includes, type Installation } from './installations.ts';
import { isSubset } from './permissions.ts';
import { type Reply, refuse, reply, toSeconds } from './replies.ts';
import type { Repository } from './repositories.ts';
import type { Permissions, TokenStyle } from './types.ts';
import type { World } from './world.ts';

const MAX_REPOSITORIES = 500;

/** @param style What this request asked for, past the style that the stand-in was made with. */
export function mint(installation: Installation, body: string, world: World, style?: TokenStyle): Reply {
  const request = readRequest(body);
  if (!request) return refuse(400, 'Problems parsing JSON');
  if (installation.suspendedAt) return refuse(403, 'This installation has been suspended');

  const permissions = readPermissions(request, installation.permissions);
  if (!permissions) {
    return refuse(422, 'The permissions requested are not granted to this installation.');
  }
  const repositories = readRepositories(request, installation, world);
  if (repositories === 'too-many') return refuse(422, 'Validation Failed');
  if (repositories === 'out-of-reach') {
    return refuse(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  }

  const { text, token } = world.tokens.issue(
    {
      installationId: installation.id,
      permissions,
      ...(repositories && { repositoryIds: repositories.map(({ id }) => id) }),
    },
    style ?? world.tokenStyle,
  );
  return reply(201, {
    token: text,
    expires_at: toSeconds(token.expiresAt),
    permissions,
    repository_selection: repositories || installation.selected !== 'all' ? 'selected' : 'all',
    ...(repositories && {
      repositories: repositories.map((repository) => describeRepository(repository, world)),
    }),
  });
}

function readRequest(body: string): JsonObject | undefined {
  const request = body === '' ? {} : parseJson(body);
  return isObject(request) ? request : undefined;
}

/** Left out or empty means everything granted: the reading that does the most harm to a careless client. */
function readPermissions({ permissions }: JsonObject, granted: Permissions): Permissions | undefined {
  if (permissions === undefined || permissions === null) return granted;
  if (!isObject(permissions)) return undefined;
  const requested: Record<string, string> = {};
  for (const [name, level] of Object.entries(permissions)) requested[name] = String(level);
  if (Object.keys(requested).length === 0) return granted;
  return isSubset(requested, granted) ? requested : undefined;
}

/** `undefined`: no limit was asked for, or an empty one, which is read as none (the harmful reading again). */
function readRepositories(
  { repositories: names, repository_ids: ids }: JsonObject,
  installation: Installation,
  { repositories }: World,
): readonly Repository[] | 'too-many' | 'out-of-reach' | undefined {
  const asked: unknown[] = [...toArray(names), ...toArray(ids)];
  if (asked.length === 0) return undefined;
  if (asked.length > MAX_REPOSITORIES) return 'too-many';
  const found = new Set<Repository>();
  for (const one of asked) {
    const repository =
      typeof one === 'number'
        ? repositories.withId(one)
        : repositories.named(`${installation.account.login}/${String(one)}`);
    if (!repository || !includes(installation, repository)) return 'out-of-reach';
    found.add(repository);
  }
  return [...found];
}

function toArray(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
