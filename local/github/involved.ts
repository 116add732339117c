/** Who is assigned or asked for a review: `emulate` refuses the whole request where it does not know somebody. */
import { isObject, parseJson } from '../../lib/json/json.ts';
import type { HttpRequest } from '../http/server.ts';
import type { EmulatedAccount } from './emulated-account.ts';
import { type Reply, refuse } from './replies.ts';
import type { Repository } from './repositories.ts';
import { letIn } from './scene-threads.ts';

type Asked = Pick<HttpRequest, 'method' | 'body'>;

/**
 * What GitHub makes of unknown people: an assignee is left out without a word, a reviewer refused. Source: GitHub docs,
 * "Add assignees to an issue", "Request reviewers for a pull request".
 *
 * @param more What follows the number in the path.
 * @returns The body to pass on, or the refusal.
 */
export async function prepareInvolved(
  { method, body }: Asked,
  more: string,
  repository: Repository,
  account: EmulatedAccount,
): Promise<Pick<Asked, 'body'> | Reply> {
  const field =
    method === 'POST' ? { '/assignees': 'assignees', '/requested_reviewers': 'reviewers' }[more] : undefined;
  const request = field === undefined ? undefined : parseJson(body);
  const asked = field !== undefined && isObject(request) ? request[field] : undefined;
  if (field === undefined || !isObject(request) || !Array.isArray(asked)) return { body };
  const logins = asked.filter((login) => typeof login === 'string');
  const known = logins.filter((login) => account.knows(login));
  if (field === 'reviewers' && known.length < logins.length) {
    return refuse(
      422,
      `Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the ${repository.fullName} repository.`,
    );
  }
  for (const login of known) await letIn(login, repository, { account });
  return { body: JSON.stringify({ ...request, [field]: known }) };
}
