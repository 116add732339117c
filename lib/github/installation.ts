/** Which installation a payload belongs to, where it does not say so itself: looked up by what it names. */
import { ServiceFault } from '../faults.ts';
import { isId, type JsonObject, readField, readText } from '../json/json.ts';
import type { CallAsApp } from './app-calls.ts';

/** Who a payload is about, and where the installation there can be asked for. */
interface Owner {
  readonly path: string;
  /** Names go from one account to another, ids do not; undefined where the payload has none. */
  readonly id: number | undefined;
}

/** Whether there is anything in a payload that an installation can be looked up by. */
export function namesInstallation(payload: JsonObject): boolean {
  return findOwner(payload) !== undefined;
}

/**
 * Looks up the installation of the repository, organization, enterprise or account that a payload names.
 *
 * @returns undefined where the payload names none, the App is not installed there, or the name belongs to
 *          another account by now.
 * @throws ServiceFault `github_unexpected`, and any code of `CallAsApp`.
 */
export async function lookUpInstallation(
  call: CallAsApp,
  payload: JsonObject,
  signal: AbortSignal,
): Promise<number | undefined> {
  const owner = findOwner(payload);
  if (owner === undefined) return undefined;
  const { status, body } = await call({ method: 'GET', path: owner.path }, signal);
  if (status === 404) return undefined;
  const id = status === 200 ? readField(body, 'id') : undefined;
  const ownerId = readField(readField(body, 'account'), 'id') ?? readField(body, 'target_id');
  if (isId(id) && owner.id === undefined) return id;
  if (isId(id) && isId(ownerId)) return owner.id === ownerId ? id : undefined;
  const message = 'GitHub did not say which installation a delivery belongs to.';
  throw new ServiceFault('github_unexpected', message, { detail: `look-up: ${status}` });
}

/** The fault of a delivery that no installation was found for. */
export function noInstallation(): ServiceFault {
  return new ServiceFault(
    'no_installation',
    'The delivery belongs to no installation of the App, so there is no token.',
  );
}

function findOwner(payload: JsonObject): Owner | undefined {
  const { repository, organization, enterprise, account, marketplace_purchase: purchase } = payload;
  const [owner, name] = readRepository(repository);
  if (isSegment(owner) && isSegment(name)) {
    return toOwner(`/repos/${owner}/${name}/installation`, readField(repository, 'owner'));
  }
  const login = readText(organization, 'login');
  if (isSegment(login)) return toOwner(`/orgs/${login}/installation`, organization);
  const slug = readText(enterprise, 'slug');
  if (isSegment(slug)) return toOwner(`/enterprises/${slug}/installation`, enterprise);
  const holder = account ?? readField(purchase, 'account');
  const user = readText(holder, 'login');
  return isSegment(user) ? toOwner(`/users/${user}/installation`, holder) : undefined;
}

function toOwner(path: string, owner: unknown): Owner {
  const id = readField(owner, 'id');
  return { path, id: isId(id) ? id : undefined };
}

function readRepository(repository: unknown): readonly (string | undefined)[] {
  const fullName = readText(repository, 'full_name');
  return (
    fullName?.split('/') ?? [readText(readField(repository, 'owner'), 'login'), readText(repository, 'name')]
  );
}

/** A name goes into the path of a call with the App's JWT: `..` would make it another call. */
function isSegment(name: string | undefined): name is string {
  return name !== undefined && /^[\w.-]{1,100}$/.test(name) && !/^\.+$/.test(name);
}
