/** Members and teams of organizations, as `world.json` has them. `emulate` has its own, which cannot be given roles. */
import { type JsonObject, parseJson, readText } from '../../lib/json/json.ts';
import type { HttpRequest } from '../http/server.ts';
import type { People } from './people.ts';
import { notFound, paginate, type Reply, reply } from './replies.ts';
import { createRouteTable } from './routes.ts';
import type { OrganizationSpec, TeamSpec } from './types.ts';

export interface Organizations {
  /** `admin` or `member`; undefined for who is neither. */
  roleOf(organization: string, login: string): string | undefined;
  /** These are all there are from now on. */
  replace(specs: readonly OrganizationSpec[]): void;
  /** `undefined`: not about an organization that is known here. */
  answer(request: HttpRequest): Reply | undefined;
}

/** By login in lower case. */
type Roles = Map<string, string>;

interface Team {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly members: Roles;
}

interface Organization {
  readonly members: Roles;
  readonly teams: readonly Team[];
}

interface Asked {
  readonly request: HttpRequest;
  readonly params: Readonly<Record<string, string>>;
  readonly organization: Organization;
  readonly people: People;
  readonly url: string;
}

const ROUTES = createRouteTable<(asked: Asked) => Reply>([
  ['GET /orgs/{org}/members', (asked) => listPeople(asked, asked.organization.members)],
  [
    'GET /orgs/{org}/members/{username}',
    ({ organization, params }) => found(organization.members.has(toKey(params['username']))),
  ],
  [
    'GET /orgs/{org}/memberships/{username}',
    (asked) => describeMembership(asked, asked.organization.members),
  ],
  ['GET /orgs/{org}/teams', (asked) => listTeams(asked)],
  ['GET /orgs/{org}/teams/{team_slug}', (asked) => ofTeam(asked, (team) => reply(200, describeTeam(team)))],
  [
    'GET /orgs/{org}/teams/{team_slug}/members',
    (asked) => ofTeam(asked, (team) => listPeople(asked, team.members)),
  ],
  [
    'GET /orgs/{org}/teams/{team_slug}/memberships/{username}',
    (asked) => ofTeam(asked, (team) => describeMembership(asked, team.members)),
  ],
  [
    'PUT /orgs/{org}/teams/{team_slug}/memberships/{username}',
    (asked) => ofTeam(asked, (team) => join(asked, team)),
  ],
  [
    'DELETE /orgs/{org}/teams/{team_slug}/memberships/{username}',
    (asked) => ofTeam(asked, (team) => found(team.members.delete(toKey(asked.params['username'])))),
  ],
]);

export function createOrganizations(
  specs: readonly OrganizationSpec[],
  { people, url }: { readonly people: People; readonly url: string },
): Organizations {
  const toMap = (all: readonly OrganizationSpec[]) =>
    new Map(all.map((spec) => [toKey(spec.login), toOrganization(spec, people)]));
  let organizations = toMap(specs);
  return {
    replace(all) {
      organizations = toMap(all);
    },
    roleOf: (organization, login) => organizations.get(toKey(organization))?.members.get(toKey(login)),
    answer(request) {
      const route = ROUTES.find(request.method, request.path);
      const organization = organizations.get(toKey(route?.params['org']));
      if (route === undefined || organization === undefined) return undefined;
      return route.value({ request, params: route.params, organization, people, url });
    },
  };
}

function ofTeam({ organization, params }: Asked, answer: (team: Team) => Reply): Reply {
  const team = organization.teams.find(({ slug }) => slug === params['team_slug']);
  return team === undefined ? notFound() : answer(team);
}

function join(asked: Asked, { members }: Team): Reply {
  const { username = '' } = asked.params;
  if (!asked.people.knows(username)) return notFound();
  members.set(toKey(username), readText(parseJson(asked.request.body), 'role') ?? 'member');
  return describeMembership(asked, members);
}

function listPeople({ request, people, url }: Asked, members: Roles): Reply {
  const { page, headers } = paginate([...members.keys()], `${url}${request.path}`, request.query);
  return reply(
    200,
    page.map((login) => people.describe(login)),
    headers,
  );
}

function listTeams({ request, organization, url }: Asked): Reply {
  const { page, headers } = paginate(organization.teams, `${url}${request.path}`, request.query);
  return reply(200, page.map(describeTeam), headers);
}

/** Source: OpenAPI schemas `org-membership` and `team-membership`. */
function describeMembership({ people, params }: Asked, members: Roles): Reply {
  const { username = '' } = params;
  const role = members.get(toKey(username));
  if (role === undefined) return notFound();
  return reply(200, { state: 'active', role, user: people.describe(username) });
}

function describeTeam({ id, slug, name }: Team): JsonObject {
  return { id, node_id: Buffer.from(`Team${id}`).toString('base64url'), slug, name, privacy: 'closed' };
}

function found(is: boolean): Reply {
  return is ? reply(204) : notFound();
}

function toKey(login = ''): string {
  return login.toLowerCase();
}

function toOrganization(
  { login, id, members = {}, teams = [] }: OrganizationSpec,
  people: People,
): Organization {
  people.add({ login, type: 'Organization', ...(id !== undefined && { id }) });
  const made = teams.map((team, index) => toTeam(team, index + 1, people));
  // Who is in a team is a member.
  const inTeams = made.flatMap((team) => [...team.members.keys()].map((each) => [each, 'member'] as const));
  return { members: new Map([...inTeams, ...toRoles(members, people)]), teams: made };
}

function toTeam({ slug, name = slug, members = {} }: TeamSpec, id: number, people: People): Team {
  return { id, slug, name, members: toRoles(members, people) };
}

function toRoles(roles: Readonly<Record<string, string>>, people: People): Roles {
  return new Map(Object.entries(roles).map(([login, role]) => [toKey(people.withLogin(login).login), role]));
}
