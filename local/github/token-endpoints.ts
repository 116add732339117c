/** What every call with an installation token must pass first, and the endpoints about the token itself. */
import type { HttpRequest } from '../http/server.ts';
import type { PresentedCredential } from './credentials.ts';
import { describeRepository } from './describe-repository.ts';
import { includes, type Installation } from './installations.ts';
import { badCredentials, notFound, paginate, type Reply, refuse, reply } from './replies.ts';
import type { Repository } from './repositories.ts';
import type { IssuedToken } from './types.ts';
import type { World } from './world.ts';

/** A live token and the installation that it speaks for. */
export interface Session {
  readonly token: IssuedToken;
  readonly installation: Installation;
}

/** @returns The refusal of a token that is dead, suspended, or not yet known everywhere. */
export function openSession(credential: PresentedCredential, world: World): Session | Reply {
  const token = credential.kind === 'token' ? world.tokens.find(credential.text) : undefined;
  const installation = token && world.installations.get(token.grant.installationId);
  if (!token || !installation) return badCredentials();
  switch (world.tokens.takeRefusal(token)) {
    case 401:
      return badCredentials();
    case 403:
      return refuse(403, 'Resource not accessible by integration');
    case 404:
      return notFound();
    case undefined:
      break;
  }
  return installation.suspendedAt
    ? refuse(403, 'This installation has been suspended')
    : { token, installation };
}

/** Within the installation as it is now, and within what the token was limited to. */
export function reaches({ token, installation }: Session, repository: Repository): boolean {
  const { repositoryIds } = token.grant;
  return (
    includes(installation, repository) &&
    (repositoryIds === undefined || repositoryIds.includes(repository.id))
  );
}

/** `undefined`: not about the token. */
export function answerToken(request: HttpRequest, session: Session, world: World): Reply | undefined {
  switch (`${request.method} ${request.path}`) {
    case 'GET /installation/repositories':
      return listRepositories(request, session, world);
    case 'GET /rate_limit':
      return reply(200, { resources: { core: rate(world) }, rate: rate(world) });
    default:
      return undefined;
  }
}

function listRepositories({ path, query }: HttpRequest, session: Session, world: World): Reply {
  const { installation, token } = session;
  const all = world.installations
    .repositoriesOf(installation)
    .filter((repository) => reaches(session, repository));
  const { page, headers } = paginate(all, `${world.url}${path}`, query);
  const limited = token.grant.repositoryIds !== undefined || installation.selected !== 'all';
  return reply(
    200,
    {
      total_count: all.length,
      repository_selection: limited ? 'selected' : 'all',
      repositories: page.map((repository) => describeRepository(repository, world)),
    },
    headers,
  );
}

/** Nothing is counted here: a limit is met only as a fault that a test ordered. */
function rate(world: World) {
  return { limit: 5000, used: 1, remaining: 4999, reset: Math.floor(world.now() / 1000) + 3600 };
}
