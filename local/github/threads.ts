/**
 * Issues and pull requests under the numbers that were asked for. `emulate` counts from 1 and cannot be told otherwise,
 * so each thread has a number that is shown and one that is `emulate`'s ("inner").
 */
import type { IssueSpec, PullSpec } from './types.ts';

export interface Thread {
  readonly number: number;
  readonly inner: number;
  readonly kind: 'issue' | 'pull';
  /** What it was made from; absent where it came through the API. */
  readonly issue?: IssueSpec;
  readonly pull?: PullSpec;
  /** Of a pull request that is locked, with the reason that was given; `emulate` locks only issues. */
  readonly lock?: { readonly reason: string | null } | null;
  /** Logins, of a pull request; `emulate` assigns only issues. */
  readonly assignees?: readonly string[];
}

export interface Threads {
  add(repositoryId: number, thread: Thread): void;
  at(repositoryId: number, number: number): Thread | undefined;
  /** What of a pull request is kept here. */
  change(repositoryId: number, number: number, changes: Pick<Thread, 'lock' | 'assignees'>): void;
  /** One that is met for the first time came through the API, and gets the next free number. */
  withInner(repositoryId: number, inner: number, kind: Thread['kind']): Thread;
}

export function createThreads(): Threads {
  const threads = new Map<number, Thread[]>();
  const of = (repositoryId: number): Thread[] => threads.get(repositoryId) ?? [];
  const add: Threads['add'] = (repositoryId, thread) =>
    void threads.set(repositoryId, [...of(repositoryId), thread]);
  return {
    add,
    change(repositoryId, number, changes) {
      const changed = of(repositoryId).map((thread) =>
        thread.number === number ? { ...thread, ...changes } : thread,
      );
      threads.set(repositoryId, changed);
    },
    at: (repositoryId, number) => of(repositoryId).find((thread) => thread.number === number),
    withInner(repositoryId, inner, kind) {
      const known = of(repositoryId).find((thread) => thread.inner === inner);
      if (known) return known;
      const number = Math.max(0, ...of(repositoryId).map((thread) => thread.number)) + 1;
      const thread: Thread = { number, inner, kind };
      add(repositoryId, thread);
      return thread;
    },
  };
}
