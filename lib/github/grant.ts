/** What an installation token may do: permissions × repositories. Pure. */
import type { Permissions } from '../permissions/names.ts';
import { ServiceFault } from '../faults.ts';
import { isId, isObject, type JsonObject, readField } from '../json/json.ts';

/** Repositories by id, or by name without the owner. */
type RepositoryList = readonly number[] | readonly string[];

/**
 * `'event'`: what the delivery is about. `'installation'`: every repository of the installation. A
 * function picks from the payload.
 */
export type RepositorySelection<P> =
  'event' | 'installation' | ((context: { readonly payload: P }) => RepositoryList | 'installation');

/** One mint's request, normalised: sorted, without repeats. */
export interface Grant {
  readonly permissions: Permissions;
  readonly repositories: RepositoryList | 'installation';
}

/** Most repositories that one token can be limited to. Source: OpenAPI, `apps/create-installation-access-token`. */
const MAX_REPOSITORIES = 500;

type Levels = readonly (readonly [name: string, level: string])[];

/** What permissions come to. */
interface Declared {
  readonly levels: Levels;
  /** The same for the same levels, in whatever order. */
  readonly key: string;
  /** For people: `issues=write, checks=write`. */
  readonly text: string;
}

/** A handler declares its permissions once, and each of its deliveries asks. They stay what they are when they are first asked for. */
const known = new WeakMap<object, Declared>();

const ALL: Declared = { levels: [], key: 'all', text: 'all' };

function read(permissions: Permissions): Declared {
  if (permissions === 'all') return ALL;
  const found = known.get(permissions);
  if (found !== undefined) return found;
  const levels = Object.entries(permissions).filter(([, level]) => level !== undefined);
  const key = JSON.stringify(levels.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const declared = { levels, key, text: levels.map((entry) => entry.join('=')).join(', ') };
  known.set(permissions, declared);
  return declared;
}

/** The permissions that have a level; one that is undefined would vanish on the way to GitHub. */
export function toLevels(permissions: Exclude<Permissions, 'all'>): Levels {
  return read(permissions).levels;
}

/** Whether a handler with these permissions needs a token at all. */
export function needsToken(permissions: Permissions): boolean {
  return permissions === 'all' || toLevels(permissions).length > 0;
}

/**
 * Settles what a handler's token reaches for one delivery.
 *
 * @throws ServiceFault `no_repository` where the event has none: an empty list must never be sent,
 *         for it could mean all. `too_many_repositories` where it has over 500; `repositories_invalid` where
 *         a function returned something else.
 */
export function toGrant(
  permissions: Permissions,
  selection: RepositorySelection<JsonObject>,
  payload: JsonObject,
): Grant {
  if (selection === 'installation') return { permissions, repositories: 'installation' };
  if (selection === 'event') {
    const ids = findEventRepositories(payload);
    return { permissions, repositories: ids.length === 1 ? ids : toList(ids) };
  }
  const picked: unknown = selection({ payload });
  if (picked === 'installation') return { permissions, repositories: 'installation' };
  return { permissions, repositories: toList(picked) };
}

function findEventRepositories(payload: JsonObject): readonly number[] {
  const { repository, repositories, repositories_added: added } = payload;
  if (isObject(repository)) return [repository['id']].filter(isId);
  const lists = [repositories, added].filter(Array.isArray);
  const candidates: readonly unknown[] = lists.find((list) => list.length > 0) ?? [];
  const ids = [...new Set(candidates.map((candidate) => readField(candidate, 'id')).filter(isId))];
  if (ids.length > MAX_REPOSITORIES) {
    throw new ServiceFault(
      'too_many_repositories',
      'No token can be limited to the repositories of the event.',
      {
        detail: `${ids.length} of them; declare repositories: 'installation', or a function that picks ${MAX_REPOSITORIES}`,
      },
    );
  }
  return ids;
}

function toList(picked: unknown): RepositoryList {
  const list: readonly unknown[] = Array.isArray(picked) ? [...new Set(picked)] : [undefined];
  if (list.length === 0) {
    throw new ServiceFault(
      'no_repository',
      "The event has no repository, so no token was minted. A handler that means the whole installation says repositories: 'installation'.",
    );
  }
  if (list.length > MAX_REPOSITORIES)
    throw invalid(`${list.length} repositories; a token takes ${MAX_REPOSITORIES}`);
  if (list.every(isId)) return list.toSorted((a, b) => a - b);
  if (list.every(isName)) return list.toSorted();
  throw invalid('not a list of ids, nor of names without their owner');
}

function invalid(what: string): ServiceFault {
  return new ServiceFault('repositories_invalid', `A handler's repositories are unusable: ${what}.`);
}

/** An owner in the name would be refused by GitHub, and cutting it off could reach another owner's repository. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.-]{1,100}$/.test(value);
}

/** Levels of permissions, from the least to the most. Any other word that GitHub may have is like itself alone. */
const LEVELS = ['read', 'write', 'admin'];

/** Whether one level of a permission includes another. */
export function covers(granted: string | undefined, asked: string): boolean {
  if (granted === asked) return true;
  return LEVELS.includes(asked) && LEVELS.indexOf(granted ?? '') > LEVELS.indexOf(asked);
}

/** Grants are the same when their keys are: levels count (`admin` is not `write`), order does not. */
export function toGrantKey({ permissions, repositories }: Grant): string {
  return `${read(permissions).key} ${JSON.stringify(repositories)}`;
}

/** For people: `issues=write, checks=write`. */
export function describePermissions(permissions: Permissions): string {
  return read(permissions).text;
}

/** For people: `issues=write on 186853002`, `all on installation`. */
export function describeGrant({ permissions, repositories }: Grant): string {
  const reach = repositories === 'installation' ? repositories : repositories.slice(0, 20).join(',');
  return `${describePermissions(permissions)} on ${reach}`;
}
