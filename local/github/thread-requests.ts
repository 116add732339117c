/** Requests about one issue or pull request, under the number that it was given here. */
import type { HttpRequest } from '../http/server.ts';
import type { EmulatedAccount } from './emulated-account.ts';
import { prepareInvolved } from './involved.ts';
import { answerPullAsIssue } from './pulls-as-issues.ts';
import { notFound, paginate, type Reply, reply } from './replies.ts';
import type { Repository } from './repositories.ts';
import { notServed } from './served.ts';
import { showAsIssue } from './show.ts';
import type { Thread, Threads } from './threads.ts';
import type { PullFileSpec } from './types.ts';

export type StateRequest = Pick<HttpRequest, 'method' | 'query' | 'body'> & { readonly accept?: string };

/** @param path Below the repository, with `emulate`'s own numbers. */
export type Pass = (request: StateRequest, repository: Repository, path: string) => Promise<Reply>;

/** `/issues/12/labels`, taken apart. */
export interface ThreadPath {
  readonly kind: 'issues' | 'pulls';
  readonly number: number;
  /** `/labels`, or empty. */
  readonly more: string;
}

interface ThreadDeps {
  readonly repository: Repository;
  readonly account: EmulatedAccount;
  readonly threads: Threads;
  readonly pass: Pass;
  readonly url: string;
}

/** @returns undefined for a path below a repository that is about no single thread. */
export function readThreadPath(rest: string): ThreadPath | undefined {
  const [matched, kind, number, more = ''] = /^\/(issues|pulls)\/(\d+)(\/.*)?$/.exec(rest) ?? [];
  if (matched === undefined) return undefined;
  return { kind: kind === 'issues' ? 'issues' : 'pulls', number: Number(number), more };
}

export async function answerThread(
  request: StateRequest,
  { kind, number, more }: ThreadPath,
  deps: ThreadDeps,
): Promise<Reply> {
  const { repository, account, threads, pass, url } = deps;
  const thread = threads.at(repository.id, number);
  if (!thread) return notFound();
  if (more === '/files' && request.method === 'GET' && thread.kind === 'pull') {
    return listFiles(
      thread.pull?.files,
      `${url}/repos/${repository.fullName}/pulls/${number}/files`,
      request,
    );
  }
  const isPullAsIssue = kind === 'issues' && thread.kind === 'pull';
  const ours = isPullAsIssue ? await answerOwn(request, thread, more, deps) : undefined;
  if (ours) return ours;
  const prepared = await prepareInvolved(request, more, repository, account);
  if ('status' in prepared) return prepared;
  const asIssue = isPullAsIssue && more === '';
  const path = `/${asIssue ? 'pulls' : kind}/${thread.inner}${more}`;
  const answered = await pass({ ...request, ...prepared }, repository, path);
  if (answered.status >= 400) return answered;
  if (asIssue) return { ...answered, body: showAsIssue(answered.body) };
  // Source: OpenAPI, `issues/add-assignees` and `pulls/request-reviewers`; `emulate` says 200.
  const creates = request.method === 'POST' && (more === '/assignees' || more === '/requested_reviewers');
  return creates ? { ...answered, status: 201 } : answered;
}

function answerOwn(
  request: StateRequest,
  thread: Thread,
  more: string,
  { repository, account, threads, pass }: ThreadDeps,
): Promise<Reply | undefined> {
  return answerPullAsIssue(request, more, {
    thread,
    knows: (login) => account.knows(login),
    change: (changes) => threads.change(repository.id, thread.number, changes),
    pass: (method, path, fields) => {
      const body = method === 'GET' ? '' : JSON.stringify(fields);
      return pass({ method, query: new URLSearchParams(), body }, repository, path);
    },
  });
}

/** `emulate` makes files up: those that nobody wrote down are not served. */
function listFiles(files: readonly PullFileSpec[] | undefined, url: string, { query }: StateRequest): Reply {
  const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}/files';
  if (files === undefined) return notServed({ method: 'GET', path: url }, route);
  const { page, headers } = paginate(files, url, query);
  const shown = page.map(({ filename, status = 'modified', additions = 0, deletions = 0, patch }) => {
    return { filename, status, additions, deletions, changes: additions + deletions, patch };
  });
  return reply(200, shown, headers);
}
