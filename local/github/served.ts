/**
 * What the stand-in serves, and what it says of all else. An answer in GitHub's name that is not GitHub's would be
 * believed by a handler and by its author: so what is not served has a status and a text of its own.
 */
import type { HttpRequest } from '../http/server.ts';
import { isRead } from './permissions.ts';
import { type Reply, reply } from './replies.ts';
import { createRouteTable } from './routes.ts';

/** Routes below `/repos/{owner}/{repo}` whose state `emulate` keeps. */
const KEPT = createRouteTable(
  Object.entries({
    '': 'GET PATCH',
    '/branches': 'GET',
    '/branches/{branch}': 'GET',
    '/branches/{branch}/protection': 'GET PUT DELETE',
    '/branches/{branch}/protection/enforce_admins': 'GET',
    '/branches/{branch}/protection/required_pull_request_reviews': 'GET PATCH',
    '/branches/{branch}/protection/required_status_checks': 'GET PATCH',
    '/check-runs': 'POST',
    '/check-runs/{check_run_id}': 'GET PATCH',
    '/check-runs/{check_run_id}/annotations': 'GET',
    '/check-runs/{check_run_id}/rerequest': 'POST',
    '/check-suites': 'POST',
    '/check-suites/preferences': 'PATCH',
    '/check-suites/{check_suite_id}': 'GET',
    '/check-suites/{check_suite_id}/check-runs': 'GET',
    '/check-suites/{check_suite_id}/rerequest': 'POST',
    '/comments': 'GET',
    '/comments/{comment_id}': 'GET PATCH DELETE',
    '/commits': 'GET',
    '/commits/{commit_sha}/comments': 'GET POST',
    '/commits/{ref}': 'GET',
    '/commits/{ref}/check-runs': 'GET',
    '/commits/{ref}/check-suites': 'GET',
    '/compare/{basehead}': 'GET',
    '/contents': 'GET',
    '/contents/': 'GET',
    '/contents/{path}': 'GET PUT DELETE',
    '/forks': 'GET',
    '/git/blobs': 'POST',
    '/git/blobs/{file_sha}': 'GET',
    '/git/commits': 'POST',
    '/git/commits/{commit_sha}': 'GET',
    '/git/matching-refs/{ref}': 'GET',
    '/git/ref/{ref}': 'GET',
    '/git/refs': 'POST',
    '/git/refs/{ref}': 'PATCH DELETE',
    '/git/tags': 'POST',
    '/git/tags/{tag_sha}': 'GET',
    '/git/trees': 'POST',
    '/git/trees/{tree_sha}': 'GET',
    '/issues': 'GET POST',
    '/issues/comments': 'GET',
    '/issues/comments/{comment_id}': 'GET PATCH DELETE',
    '/issues/{issue_number}': 'GET PATCH',
    '/issues/{issue_number}/assignees': 'POST DELETE',
    '/issues/{issue_number}/comments': 'GET POST',
    '/issues/{issue_number}/events': 'GET',
    '/issues/{issue_number}/labels': 'GET POST PUT DELETE',
    '/issues/{issue_number}/labels/{name}': 'DELETE',
    '/issues/{issue_number}/lock': 'PUT DELETE',
    '/issues/{issue_number}/timeline': 'GET',
    '/labels': 'GET POST',
    '/labels/{name}': 'GET PATCH DELETE',
    '/milestones': 'GET POST',
    '/milestones/{milestone_number}': 'GET PATCH DELETE',
    '/milestones/{milestone_number}/labels': 'GET',
    '/pulls': 'GET POST',
    '/pulls/comments': 'GET',
    '/pulls/comments/{comment_id}': 'GET PATCH DELETE',
    '/pulls/{pull_number}': 'GET PATCH',
    '/pulls/{pull_number}/comments': 'GET POST',
    '/pulls/{pull_number}/commits': 'GET',
    '/pulls/{pull_number}/files': 'GET',
    '/pulls/{pull_number}/merge': 'PUT',
    '/pulls/{pull_number}/requested_reviewers': 'POST DELETE',
    '/pulls/{pull_number}/reviews': 'GET POST',
    '/pulls/{pull_number}/reviews/{review_id}': 'GET PUT',
    '/pulls/{pull_number}/reviews/{review_id}/comments': 'GET',
    '/pulls/{pull_number}/reviews/{review_id}/dismissals': 'PUT',
    '/pulls/{pull_number}/reviews/{review_id}/events': 'POST',
    '/pulls/{pull_number}/update-branch': 'PUT',
    '/readme': 'GET',
    '/releases': 'GET POST',
    '/releases/latest': 'GET',
    '/releases/tags/{tag}': 'GET',
    '/releases/{release_id}': 'GET PATCH DELETE',
    '/tags': 'GET',
    '/topics': 'GET PUT',
  }).flatMap(([path, methods]) =>
    methods.split(' ').map((method) => [`${method} /repos/{owner}/{repo}${path}`, true] as const),
  ),
);

/** Whether a request about a repository is answered from what `emulate` keeps. */
export function isKept(method: string, path: string): boolean {
  return KEPT.find(isRead(method) ? 'GET' : method, path) !== undefined;
}

/**
 * The answer to what the stand-in does not serve: 501, which GitHub never sends, with the route, and with where to write
 * what it is to answer.
 *
 * @param route As GitHub's documentation has it; undefined where it has none.
 */
export function notServed({ method, path }: Pick<HttpRequest, 'method' | 'path'>, route?: string): Reply {
  if (route !== undefined) {
    return toNotServed(route, `The stand-in for GitHub does not serve ${route}.`, 'responses');
  }
  const asked = `${method} ${path}`;
  return toNotServed(
    asked,
    `GitHub's documentation has no route for ${asked}, and the stand-in has no answer to it.`,
    'responses',
  );
}

/** The same for a GraphQL request: its operations are answered by name. */
export function operationNotServed(operation: string | undefined): Reply {
  const text =
    operation === undefined
      ? 'The stand-in for GitHub answers GraphQL by the name of the operation, and this one has none: write query NAME { … }.'
      : `The stand-in for GitHub has no answer to the GraphQL operation ${operation}.`;
  return toNotServed(`POST /graphql ${operation ?? ''}`.trim(), text, 'graphql');
}

function toNotServed(route: string, text: string, key: 'responses' | 'graphql'): Reply {
  const where = `Write its answer under "${key}" in functions/fixtures/world.json, or give it to run(…) as \`respond\`.`;
  return reply(501, { message: `${text} ${where}` }, { 'x-not-served': route });
}
