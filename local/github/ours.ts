/** What of a repository is kept here and not by `emulate`: who may do what, statuses, reactions. */
import { readText } from '../../lib/json/json.ts';
import type { HttpRequest } from '../http/server.ts';
import { notFound, type Reply } from './replies.ts';
import type { Repository } from './repositories.ts';
import { findSubject } from './reactions.ts';
import type { World } from './world.ts';

/**
 * @param rest What follows `/repos/OWNER/NAME` in the path.
 * @returns undefined for all that is not kept here.
 */
export async function answerOurs(
  request: HttpRequest,
  repository: Repository,
  rest: string,
  world: World,
): Promise<Reply | undefined> {
  const { collaborators, statuses, reactions, state } = world;
  const read = (path: string): Promise<Reply> =>
    state.answer({ method: 'GET', query: new URLSearchParams(), body: '' }, repository, path);

  const subject = findSubject(rest);
  if (subject !== undefined) {
    const answer = reactions.answer(request, repository, rest);
    return answer && (await read(subject)).status === 404 ? notFound() : answer;
  }
  return (
    collaborators.answer(request, repository) ??
    statuses.answer(request, repository, rest, async (ref) =>
      readText((await read(`/commits/${ref}`)).body, 'sha'),
    )
  );
}
