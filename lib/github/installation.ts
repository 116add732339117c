/** Which installation a delivery belongs to: from its payload, or looked up. */
import { ServiceFault } from '../faults.ts';
import { isId, type JsonObject, readField, readText } from '../json/json.ts';
import type { CallAsApp } from './app-calls.ts';

/** Whether there is anything in a payload that an installation can be looked up by. */
export function namesInstallation(payload: JsonObject): boolean {
  return toLookupPath(payload) !== undefined;
}

/**
 * Looks up the installation of the repository, organization or account that a payload names.
 *
 * @throws ServiceFault `no_installation` where it names none, or the App is not installed there; and
 *         any code of `CallAsApp`.
 */
export async function findInstallationId(
  call: CallAsApp,
  payload: JsonObject,
  signal: AbortSignal,
): Promise<number> {
  const path = toLookupPath(payload);
  const response = path === undefined ? undefined : await call({ method: 'GET', path }, signal);
  if (response === undefined || response.status === 404) {
    throw noInstallation();
  }
  const id = response.status === 200 ? readId(response.body) : null;
  if (id !== null) return id;
  throw new ServiceFault(
    'github_unexpected',
    'GitHub did not say which installation a delivery belongs to.',
    {
      detail: `look-up: ${response.status}`,
    },
  );
}

export function noInstallation(): ServiceFault {
  return new ServiceFault(
    'no_installation',
    'The delivery belongs to no installation of the App, so there is no token.',
  );
}

function toLookupPath(payload: JsonObject): string | undefined {
  const [owner, repository] = readRepository(payload['repository']);
  if (isSegment(owner) && isSegment(repository)) return `/repos/${owner}/${repository}/installation`;
  const organization = readText(payload['organization'], 'login');
  if (isSegment(organization)) return `/orgs/${organization}/installation`;
  const account = readText(
    payload['account'] ?? readField(payload['marketplace_purchase'], 'account'),
    'login',
  );
  return isSegment(account) ? `/users/${account}/installation` : undefined;
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

function readId(value: unknown): number | null {
  const id = readField(value, 'id');
  return isId(id) ? id : null;
}
