/** The accounts of `emulate` with what was added to their repositories. Both are made when they are first asked for. */
import type { EmulatedAccount } from './emulated-account.ts';
import type { People } from './people.ts';
import type { Reactions } from './reactions.ts';
import type { Repositories, Repository } from './repositories.ts';
import { createRepository, fillRepository } from './scene.ts';
import type { Shas } from './shas.ts';
import type { Threads } from './threads.ts';
import type { AppSpec, IssueSpec, PullSpec, RepositorySpec } from './types.ts';

export interface Contents {
  accountOf(repository: Repository): Promise<EmulatedAccount>;
  /** A new repository, or more for one that is there. */
  add(spec: RepositorySpec): void;
  /** Makes what was added to a repository since it was last asked for; each wish waits for the one before. */
  settle(repository: Repository): Promise<void>;
  /** When everything that was added is there. */
  ready(): Promise<void>;
  rename(from: Repository, to: Repository): Promise<void>;
  close(): Promise<void>;
}

interface ContentsDeps {
  readonly app: AppSpec;
  readonly url: string;
  readonly people: People;
  readonly repositories: Repositories;
  readonly reactions: Pick<Reactions, 'add'>;
  readonly shas: Shas;
  readonly threads: Threads;
}

export function createContents(deps: ContentsDeps): Contents {
  const { app, url, people, repositories } = deps;
  const accounts = new Map<string, Promise<EmulatedAccount>>();
  /** By repository: what was added and not made yet, and the making of all before it. */
  const wanted = new Map<number, RepositorySpec[]>();
  const filled = new Map<number, Promise<void>>();

  function accountOf({ owner }: Repository): Promise<EmulatedAccount> {
    const key = owner.toLowerCase();
    const account = accounts.get(key) ?? start(owner);
    accounts.set(key, account);
    return account;
  }

  /** Loaded when first needed: `emulate` takes a third of a second, and many tests never get here. */
  async function start(owner: string): Promise<EmulatedAccount> {
    const { startAccount } = await import('./emulated-account.ts');
    return startAccount(owner, { slug: app.slug, host: new URL(url).host, logins: people.logins() });
  }

  function settle(repository: Repository): Promise<void> {
    const wishes = wanted.get(repository.id) ?? [];
    wanted.delete(repository.id);
    const before = filled.get(repository.id);
    if (wishes.length === 0) return before ?? Promise.resolve();
    const made = fill(repository, wishes, before);
    filled.set(repository.id, made);
    return made;
  }

  async function fill(repository: Repository, wishes: readonly RepositorySpec[], before?: Promise<void>) {
    await before;
    const scene = { ...deps, account: await accountOf(repository) };
    for (const [index, spec] of wishes.entries()) {
      if (before === undefined && index === 0) await createRepository(spec, repository, scene);
      await fillRepository(spec, repository, scene);
    }
  }

  return {
    accountOf,
    settle,
    add(spec) {
      for (const login of findPeople(spec)) people.withLogin(login);
      const repository = repositories.named(spec.full_name) ?? repositories.add(spec);
      wanted.set(repository.id, [...(wanted.get(repository.id) ?? []), spec]);
    },
    async ready() {
      for (const repository of repositories.all()) await settle(repository);
    },
    async rename(from, to) {
      await settle(from);
      const account = await accountOf(from);
      await account.asOwner('PATCH', `/repos/${from.fullName}`, { name: to.name });
    },
    async close() {
      for (const account of accounts.values()) await (await account).close();
    },
  };
}

/** Whoever is named anywhere: an account takes them only when it starts. */
function findPeople({ issues = [], pulls = [], collaborators = {} }: RepositorySpec): readonly string[] {
  const threads: readonly (IssueSpec & Partial<PullSpec>)[] = [...issues, ...pulls];
  const involved = threads.flatMap(
    ({ user = 'ghost', assignees = [], requestedReviewers = [], comments = [] }) => [
      user,
      ...assignees,
      ...requestedReviewers,
      ...comments.flatMap((comment) => (comment.user === undefined ? [] : [comment.user])),
    ],
  );
  return [...involved, ...Object.keys(collaborators)];
}
