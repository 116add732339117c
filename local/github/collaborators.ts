/** Who may do what in a repository, as `world.json` has it. */
import { type JsonObject, parseJson, readText } from '../../lib/json/json.ts';
import type { HttpRequest } from '../http/server.ts';
import type { Organizations } from './organizations.ts';
import type { People } from './people.ts';
import { notFound, paginate, type Reply, reply } from './replies.ts';
import type { Repository } from './repositories.ts';
import { createRouteTable } from './routes.ts';
import type { CollaboratorLevel } from './types.ts';

export interface Collaborators {
  /** `undefined`: not about who may do what. */
  answer(request: HttpRequest, repository: Repository): Reply | undefined;
  add(repository: Repository, collaborators: Readonly<Record<string, CollaboratorLevel>>): void;
}

interface CollaboratorsDeps {
  readonly people: People;
  readonly organizations: Organizations;
  readonly url: string;
}

interface Asked extends CollaboratorsDeps {
  readonly request: HttpRequest;
  readonly repository: Repository;
  /** Of the one that the path names. */
  readonly username: string;
  /** By login in lower case; without owner and members. */
  readonly own: Map<string, string>;
}

const LEVELS: readonly string[] = [
  'read',
  'triage',
  'write',
  'maintain',
  'admin',
] satisfies readonly CollaboratorLevel[];

const ROUTES = createRouteTable<(asked: Asked) => Reply>([
  [
    'GET /repos/{owner}/{repo}/collaborators',
    (asked) => list(asked, asked.own.keys(), (login) => describe(login, asked)),
  ],
  [
    'GET /repos/{owner}/{repo}/collaborators/{username}',
    ({ own, username }) => (own.has(username.toLowerCase()) ? reply(204) : notFound()),
  ],
  ['GET /repos/{owner}/{repo}/collaborators/{username}/permission', (asked) => tellPermission(asked)],
  ['PUT /repos/{owner}/{repo}/collaborators/{username}', (asked) => invite(asked)],
  [
    'DELETE /repos/{owner}/{repo}/collaborators/{username}',
    ({ own, username }) => {
      own.delete(username.toLowerCase());
      return reply(204);
    },
  ],
  [
    'GET /repos/{owner}/{repo}/assignees',
    (asked) =>
      list(asked, [asked.repository.owner, ...asked.own.keys()], (login) => asked.people.describe(login)),
  ],
  [
    'GET /repos/{owner}/{repo}/assignees/{username}',
    (asked) =>
      asked.people.knows(asked.username) && roleOf(asked.username, asked) !== 'none'
        ? reply(204)
        : notFound(),
  ],
]);

export function createCollaborators(deps: CollaboratorsDeps): Collaborators {
  const byRepository = new Map<number, Map<string, string>>();
  const ownOf = ({ id }: Repository): Map<string, string> => {
    const known = byRepository.get(id) ?? new Map<string, string>();
    byRepository.set(id, known);
    return known;
  };
  return {
    answer(request, repository) {
      const route = ROUTES.find(request.method, request.path);
      const { username = '' } = route?.params ?? {};
      return route?.value({ ...deps, request, repository, username, own: ownOf(repository) });
    },
    add(repository, collaborators) {
      for (const [login, role] of Object.entries(collaborators)) {
        if (!LEVELS.includes(role))
          throw new Error(`${login} is given '${role}', which is none of ${LEVELS.join(', ')}.`);
        deps.people.withLogin(login);
        ownOf(repository).set(login.toLowerCase(), role);
      }
    },
  };
}

/** The owner and the organization's owners are `admin`; its members, and everybody where it is public, may read. */
function roleOf(login: string, { repository, organizations, own }: Asked): string {
  const member = organizations.roleOf(repository.owner, login);
  if (login.toLowerCase() === repository.owner.toLowerCase() || member === 'admin') return 'admin';
  const read = member !== undefined || !repository.private ? 'read' : 'none';
  return own.get(login.toLowerCase()) ?? read;
}

/** `permission` knows fewer levels than `role_name`. Source: GitHub docs, "Get repository permissions for a user". */
function tellPermission(asked: Asked): Reply {
  if (!asked.people.knows(asked.username)) return notFound();
  const role = roleOf(asked.username, asked);
  const permission = { triage: 'read', maintain: 'write' }[role] ?? role;
  return reply(200, { permission, role_name: role, user: describe(asked.username, asked) });
}

function invite({ people, username, own, request }: Asked): Reply {
  if (!people.knows(username)) return notFound();
  const asked = readText(parseJson(request.body), 'permission') ?? 'push';
  own.set(username.toLowerCase(), { pull: 'read', push: 'write' }[asked] ?? asked);
  return reply(204);
}

function list(
  { request: { path, query }, url }: Asked,
  logins: Iterable<string>,
  show: (login: string) => JsonObject,
): Reply {
  const { page, headers } = paginate([...logins], `${url}${path}`, query);
  return reply(200, page.map(show), headers);
}

/** Source: OpenAPI schema `collaborator`. */
function describe(login: string, asked: Asked): JsonObject {
  const role = roleOf(login, asked);
  const order = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];
  const has = (least: string): boolean => order.indexOf(role) >= order.indexOf(least);
  return {
    ...asked.people.describe(login),
    role_name: role,
    permissions: {
      pull: has('read'),
      triage: has('triage'),
      push: has('write'),
      maintain: has('maintain'),
      admin: has('admin'),
    },
  };
}
