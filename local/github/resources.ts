/** Everything that is not about the App or its tokens: judged here, then done by `state.ts`. */
import type { HttpRequest } from '../http/server.ts';
import { movedTo } from './app-endpoints.ts';
import { isRead, neededPermission, satisfies, toHeader } from './permissions.ts';
import { notFound, type Reply, refuse, reply } from './replies.ts';
import type { Repository } from './repositories.ts';
import { reaches, type Session } from './token-endpoints.ts';
import type { World } from './world.ts';

const REPOSITORY = /^\/repos\/([^/]+)\/([^/]+)(\/.*)?$/;

/** @param session Absent: nobody signed in, who may still read what is public. */
export async function answerResource(
  request: HttpRequest,
  session: Session | undefined,
  world: World,
): Promise<Reply> {
  const [matched, owner, name, rest = ''] = REPOSITORY.exec(request.path) ?? [];
  if (matched === undefined) {
    return (await world.written.find(request)) ?? answerElsewhere(request, session, world);
  }

  const fullName = decodeURIComponent(`${owner}/${name}`);
  const repository = world.repositories.named(fullName);
  if (!repository) return (await world.written.find(request)) ?? notFound();
  const refusal = judge(request.method, rest, repository, session);
  if (refusal) return refusal;
  if (repository.fullName.toLowerCase() !== fullName.toLowerCase()) {
    return movedTo(`${world.url}/repositories/${repository.id}${rest}`, request.method);
  }
  const written = await world.written.find(request);
  if (written) return written;
  const { accept } = request.headers;
  return world.state.answer({ ...request, ...(accept !== undefined && { accept }) }, repository, rest);
}

/**
 * Public things may be read by anybody. Otherwise the token must reach the repository (404, so that nobody learns
 * what exists) and hold a permission for the route (403, which says which).
 */
function judge(
  method: string,
  rest: string,
  repository: Repository,
  session: Session | undefined,
): Reply | undefined {
  if (isRead(method) && !repository.private) return undefined;
  if (!session) return repository.private ? notFound() : refuse(401, 'Requires authentication');
  if (!reaches(session, repository)) return notFound();
  const need = neededPermission(method, rest);
  if (satisfies(session.token.grant.permissions, need)) return undefined;
  return refuse(403, 'Resource not accessible by integration', {
    'x-accepted-github-permissions': toHeader(need),
  });
}

/** Nothing outside repositories can be changed here, and only people can be read. */
function answerElsewhere({ method, path }: HttpRequest, session: Session | undefined, world: World): Reply {
  const login = /^\/users\/([^/]+)$/.exec(path)?.[1];
  if (isRead(method) && login !== undefined && world.people.knows(decodeURIComponent(login))) {
    return reply(200, world.people.describe(decodeURIComponent(login)));
  }
  if (isRead(method)) return notFound();
  return session
    ? refuse(403, 'Resource not accessible by integration')
    : refuse(401, 'Requires authentication');
}
