/**
 * What an App does as itself, by JWT: `/app…`, and the look-ups of an installation. The JWT is checked by the caller.
 *
 * Source: GitHub docs, "REST API endpoints for GitHub Apps".
 */
import type { HttpRequest } from '../http/server.ts';
import { describeApp, describeInstallation } from './describe.ts';
import { includes, type Installation } from './installations.ts';
import { mint } from './mint.ts';
import { notFound, paginate, type Reply, reply } from './replies.ts';
import type { TokenStyle } from './types.ts';
import type { World } from './world.ts';

/** Whether a path is for a JWT alone. */
export function isAppPath(path: string): boolean {
  return (
    /^\/app(\/|$)|^\/repos\/[^/]+\/[^/]+\/installation$/.test(path) ||
    /^\/(orgs|users|enterprises)\/[^/]+\/installation$/.test(path)
  );
}

export function answerApp(request: HttpRequest, world: World): Reply {
  const { method, path, query } = request;
  if (method === 'GET' && path === '/app') return reply(200, describeApp(world));
  if (method === 'GET' && path === '/app/installations') {
    const { page, headers } = paginate(world.installations.all(), `${world.url}${path}`, query);
    return reply(
      200,
      page.map((installation) => describeInstallation(installation, world)),
      headers,
    );
  }
  if (path === '/app/hook/config') return world.hook.answer(request);
  if (/^\/app\/hook\/deliveries(\/|$)/.test(path)) return world.deliveries.answer(request);
  const match = /^\/app\/installations\/(\d+)(\/\w+)?$/.exec(path);
  if (match) return answerInstallation(request, Number(match[1]), match[2] ?? '', world);
  return method === 'GET' ? lookUp(path, world) : notFound();
}

function answerInstallation(request: HttpRequest, id: number, rest: string, world: World): Reply {
  const { installations, tokens } = world;
  const installation = installations.get(id);
  if (!installation) return notFound();
  switch (`${request.method} ${rest}`) {
    case 'GET ':
      return reply(200, describeInstallation(installation, world));
    case 'DELETE ': {
      installations.remove(id);
      tokens.revokeInstallation(id);
      // Asynchronous since this version, and says so. Source: GitHub docs, "Breaking changes", 2026-03-10.
      return reply(request.headers['x-github-api-version'] === '2026-03-10' ? 202 : 204);
    }
    case 'POST /access_tokens':
      return mint(installation, request.body, world, askedStyle(request));
    case 'PUT /suspended':
      installations.change(id, { suspendedAt: new Date(world.now()) });
      return reply(204);
    case 'DELETE /suspended':
      installations.change(id, { suspendedAt: undefined });
      return reply(204);
    default:
      return notFound();
  }
}

/** Any other value of the header is ignored. Source: GitHub changelog, 2026-05-15. */
function askedStyle({ headers }: HttpRequest): TokenStyle | undefined {
  const asked = headers['x-github-stateless-s2s-token'];
  if (asked === 'enabled') return 'stateless';
  return asked === 'disabled' ? 'classic' : undefined;
}

/** Whose installation is found where. An organization has a page of a user as well, an enterprise has not. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  orgs: ['Organization'],
  users: ['Organization', 'User', 'Bot'],
  enterprises: ['Enterprise'],
};

/** A suspended installation is still found; only its tokens are refused. */
function lookUp(path: string, world: World): Reply {
  const [, kind = '', first = '', second = ''] = path.split('/').map(decodeURIComponent);
  if (kind === 'repos') return lookUpRepository(`${first}/${second}`, world);
  const found = world.installations.ofAccount(first);
  const fits = found && (TYPES[kind] ?? []).includes(found.account.type);
  return describeOrNotFound(fits ? found : undefined, world);
}

function lookUpRepository(fullName: string, world: World): Reply {
  const repository = world.repositories.named(fullName);
  const installation = repository && world.installations.all().find((each) => includes(each, repository));
  if (!repository || !installation) return notFound();
  if (repository.fullName.toLowerCase() !== fullName.toLowerCase()) {
    return movedTo(`${world.url}/repositories/${repository.id}/installation`);
  }
  return describeOrNotFound(installation, world);
}

function describeOrNotFound(installation: Installation | undefined, world: World): Reply {
  return installation ? reply(200, describeInstallation(installation, world)) : notFound();
}

/** Where something went that was renamed. Other methods than GET keep their body only under 307. */
export function movedTo(location: string, method = 'GET'): Reply {
  const permanent = method === 'GET' || method === 'HEAD';
  const message = permanent ? 'Moved Permanently' : 'Temporary Redirect';
  return reply(permanent ? 301 : 307, { message, url: location }, { location });
}
