/** Everything that is not about the App or its tokens: judged here, then done by `state.ts`. */
import type { HttpRequest } from '../http/server.ts';
import { movedTo } from './app-endpoints.ts';
import { findNeed, isRead, satisfies, toHeader } from './permissions.ts';
import { answerOurs } from './ours.ts';
import { toRawFile } from './raw-file.ts';
import { notFound, type Reply, refuse, reply } from './replies.ts';
import type { Repository } from './repositories.ts';
import { findOperation } from './responses.ts';
import { isKept, notServed, operationNotServed } from './served.ts';
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
  if (matched === undefined) return answerElsewhere(request, session, world);

  const fullName = decodeURIComponent(`${owner}/${name}`);
  const repository = world.repositories.named(fullName);
  if (!repository) return answerUnknown(request, session, world);
  const refusal = judge(request, repository, session);
  if (refusal) return refusal;
  if (repository.fullName.toLowerCase() !== fullName.toLowerCase()) {
    return movedTo(`${world.url}/repositories/${repository.id}${rest}`, request.method);
  }
  const written = await world.written.find(request);
  if (written) return written;
  const ours = await answerOurs(request, repository, rest, world);
  if (ours) return ours;
  if (!isKept(request.method, request.path)) {
    return notServed(request, findNeed(request.method, request.path)?.route);
  }
  const { accept } = request.headers;
  const passed = { ...request, ...(accept !== undefined && { accept }) };
  return toRawFile(await world.state.answer(passed, repository, rest), rest, accept);
}

/** A repository that is nowhere in this world: not found, but for what somebody wrote down. */
async function answerUnknown(
  request: HttpRequest,
  session: Session | undefined,
  world: World,
): Promise<Reply> {
  const written = await world.written.find(request);
  if (written === undefined) return notFound();
  return (session && judgePermission(request, session)) ?? written;
}

/**
 * The token must reach the repository (404, so that nobody learns what exists) and hold a permission for the route (403,
 * which says which). What is public may be read by anybody; but a token that reaches it is judged as for a private
 * one. GitHub lets it read some of that without a permission, and a handler that relies on it fails in the first
 * private repository.
 */
function judge(
  request: HttpRequest,
  repository: Repository,
  session: Session | undefined,
): Reply | undefined {
  const isPublicRead = isRead(request.method) && !repository.private;
  if (session && reaches(session, repository)) return judgePermission(request, session);
  if (isPublicRead) return undefined;
  return session || repository.private ? notFound() : refuse(401, 'Requires authentication');
}

/** A route that GitHub's documentation does not have is not judged: it is not served either. */
function judgePermission({ method, path }: HttpRequest, { token }: Session): Reply | undefined {
  const need = findNeed(method, path);
  if (need === undefined || satisfies(token.grant.permissions, need)) return undefined;
  const accepted = toHeader(need);
  return refuse(403, 'Resource not accessible by integration', {
    ...(accepted !== undefined && { 'x-accepted-github-permissions': accepted }),
  });
}

/** Outside repositories: people, organizations, and what somebody wrote down. */
async function answerElsewhere(
  request: HttpRequest,
  session: Session | undefined,
  world: World,
): Promise<Reply> {
  const { method, path } = request;
  if (!session && !isRead(method)) return refuse(401, 'Requires authentication');
  const refusal = session && judgePermission(request, session);
  if (refusal) return refusal;
  const written = await world.written.find(request);
  if (written) return written;
  const organization = world.organizations.answer(request);
  if (organization) return organization;
  const login = /^\/users\/([^/]+)$/.exec(path)?.[1];
  if (isRead(method) && login !== undefined) {
    const person = decodeURIComponent(login);
    return world.people.knows(person) ? reply(200, world.people.describe(person)) : notFound();
  }
  if (method === 'POST' && path === '/graphql') return operationNotServed(findOperation(request.body));
  return notServed(request, findNeed(method, path)?.route);
}
