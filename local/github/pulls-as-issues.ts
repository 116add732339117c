/**
 * What GitHub does to a pull request as to the issue that it also is, and `emulate` only to issues: locks, assignees, and
 * a change of all at once.
 */
import { isObject, parseJson, readText } from '../../lib/json/json.ts';
import type { HttpRequest } from '../http/server.ts';
import { type Reply, reply } from './replies.ts';
import { notServed } from './served.ts';
import { showAsIssue } from './show.ts';
import type { Thread } from './threads.ts';

type Asked = Pick<HttpRequest, 'method' | 'body'>;

interface PullDeps {
  readonly thread: Thread;
  readonly change: (changes: Pick<Thread, 'lock' | 'assignees'>) => void;
  /** Whether somebody is known here; others are never assigned. */
  readonly knows: (login: string) => boolean;
  /** Passes a request on, to a path below the repository, with `emulate`'s own number. */
  readonly pass: (method: string, path: string, body: object) => Promise<Reply>;
}

/**
 * @param more What follows the number in the path.
 * @returns undefined for what `emulate` does to pull requests as well.
 */
export async function answerPullAsIssue(
  { method, body }: Asked,
  more: string,
  deps: PullDeps,
): Promise<Reply | undefined> {
  const { thread, change } = deps;
  const request = toFields(body);
  if (more === '/lock') {
    change({ lock: method === 'PUT' ? { reason: readText(request, 'lock_reason') ?? null } : null });
    return reply(204);
  }
  if (more === '/assignees' && (method === 'POST' || method === 'DELETE')) {
    const named = toLogins(request['assignees']).filter((login) => deps.knows(login));
    const others = (thread.assignees ?? []).filter((login) => !named.includes(login));
    change({ assignees: method === 'POST' ? [...others, ...named] : others });
    return showNow(deps, method === 'POST' ? 201 : 200);
  }
  return more === '' && method === 'PATCH' ? update(request, deps) : undefined;
}

/** Labels and people apart from title, text and state, which are the pull request's own. */
async function update(
  { labels, assignees, milestone, ...own }: Readonly<Record<string, unknown>>,
  deps: PullDeps,
): Promise<Reply> {
  const { inner } = deps.thread;
  if (milestone !== undefined && milestone !== null) {
    const route = 'PATCH /repos/{owner}/{repo}/issues/{issue_number}';
    return notServed({ method: 'PATCH', path: `a milestone of pull request ${deps.thread.number}` }, route);
  }
  if (Array.isArray(labels)) await deps.pass('PUT', `/issues/${inner}/labels`, { labels });
  if (assignees !== undefined) {
    deps.change({ assignees: toLogins(assignees).filter((login) => deps.knows(login)) });
  }
  const changed = await deps.pass('PATCH', `/pulls/${inner}`, own);
  return changed.status < 400 ? showNow(deps, changed.status) : changed;
}

async function showNow({ thread, pass }: PullDeps, status: number): Promise<Reply> {
  const { body, ...rest } = await pass('GET', `/pulls/${thread.inner}`, {});
  return { ...rest, status, body: showAsIssue(body) };
}

function toFields(body: string): Readonly<Record<string, unknown>> {
  const parsed = parseJson(body);
  return isObject(parsed) ? parsed : {};
}

function toLogins(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((login) => typeof login === 'string') : [];
}
