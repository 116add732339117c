/**
 * Turns `emulate`'s JSON into what the caller was promised: the ids, numbers, authors and pull request figures of the
 * specification in place of its own. No I/O.
 */
import { isObject, type JsonObject, readText, toObject } from '../../lib/json/json.ts';
import type { People } from './people.ts';
import type { Repositories } from './repositories.ts';
import type { Thread, Threads } from './threads.ts';
import type { AppSpec, PullSpec } from './types.ts';

interface ShowDeps {
  readonly app: AppSpec;
  readonly url: string;
  readonly people: People;
  readonly repositories: Repositories;
  readonly threads: Threads;
}

export type Show = (value: unknown) => unknown;

const THREAD_URL = /\/(?:repos\/)?([\w.-]+\/[\w.-]+)\/(issues|pulls|pull)\/(\d+)(?!\d)/;

export function createShow({ app, url, people, repositories, threads }: ShowDeps): Show {
  function threadOf(address: string): Thread | undefined {
    const [matched, fullName = '', kind, inner] = THREAD_URL.exec(address) ?? [];
    const repository = matched === undefined ? undefined : repositories.named(fullName);
    return (
      repository && threads.withInner(repository.id, Number(inner), kind === 'issues' ? 'issue' : 'pull')
    );
  }

  function showUrl(address: string): string {
    const thread = address.startsWith(url) ? threadOf(address) : undefined;
    if (!thread) return address;
    return address.replace(THREAD_URL, (path) => path.replace(/\d+$/, String(thread.number)));
  }

  function correct(shown: JsonObject, original: JsonObject): JsonObject {
    const login = readText(shown, 'login');
    if (login !== undefined && 'id' in shown) return { ...shown, ...people.describe(login) };
    const repository = repositories.named(readText(shown, 'full_name') ?? '');
    if (repository && 'id' in shown) return { ...shown, id: repository.id, private: repository.private };
    if ('check_suite' in shown && shown['app'] === null)
      return { ...shown, app: { id: app.id, slug: app.slug } };
    const thread = 'number' in shown ? threadOf(readText(original, 'url') ?? '') : undefined;
    return thread ? { ...shown, ...showThread(shown, thread) } : shown;
  }

  function showThread(shown: JsonObject, thread: Thread): JsonObject {
    const { number, kind, issue, pull } = thread;
    const ours = kind === 'pull' ? showOurs(thread, people) : {};
    if (!issue) return { number, ...ours };
    const authorship = {
      number,
      ...ours,
      user: people.describe(issue.user ?? 'ghost'),
      author_association: issue.authorAssociation ?? 'NONE',
    };
    return pull && 'head' in shown
      ? { ...authorship, ...showPull(toObject(shown['head']), pull) }
      : authorship;
  }

  return function show(value): unknown {
    if (Array.isArray(value)) return value.map(show);
    if (!isObject(value)) return value;
    const shown = Object.entries(value).map(([key, item]) => {
      return [key, typeof item === 'string' && /url$|^href$/.test(key) ? showUrl(item) : show(item)];
    });
    return correct(Object.fromEntries(shown), value);
  };
}

/** What of a pull request is kept in its thread. */
function showOurs({ lock, assignees = [] }: Thread, people: People): JsonObject {
  const described = assignees.map((login) => people.describe(login));
  return {
    locked: Boolean(lock),
    active_lock_reason: lock?.reason ?? null,
    assignee: described[0] ?? null,
    assignees: described,
  };
}

function showPull(head: JsonObject, pull: PullSpec): JsonObject {
  const sum = (key: 'additions' | 'deletions'): number =>
    (pull.files ?? []).reduce((total, file) => total + (file[key] ?? 0), 0);
  const owner = readText(head, 'label')?.split(':')[0] ?? '';
  return {
    head: { ...head, ref: pull.head.ref, label: `${owner}:${pull.head.ref}` },
    additions: pull.additions ?? sum('additions'),
    deletions: pull.deletions ?? sum('deletions'),
    changed_files: pull.changedFiles ?? pull.files?.length ?? 0,
  };
}

/** A pull request as the issues endpoints show it. */
export function showAsIssue(value: unknown): JsonObject {
  const pull = toObject(value);
  const kept = [
    'id',
    'node_id',
    'number',
    'title',
    'user',
    'labels',
    'state',
    'locked',
    'assignee',
    'assignees',
  ];
  const more = [
    'milestone',
    'active_lock_reason',
    'comments',
    'created_at',
    'updated_at',
    'closed_at',
    'body',
    'author_association',
  ];
  return {
    ...Object.fromEntries(
      [...kept, ...more, 'html_url', 'comments_url', 'draft'].map((key) => [key, pull[key]]),
    ),
    url: pull['issue_url'],
    pull_request: { url: pull['url'], html_url: pull['html_url'], merged_at: pull['merged_at'] },
  };
}
