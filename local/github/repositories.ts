/** The repositories by id and by every name they ever had. Their contents are elsewhere: `state.ts`. */
import type { RepositorySpec } from './types.ts';

export interface Repository {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly fullName: string;
  readonly private: boolean;
}

export interface Repositories {
  add(spec: RepositorySpec): Repository;
  all(): readonly Repository[];
  withId(id: number): Repository | undefined;
  /** Case does not matter. A former name finds it too: compare `fullName`. */
  named(fullName: string): Repository | undefined;
  /** @throws Error on an unknown repository, a name that is taken, or another owner. */
  rename(oldFullName: string, newFullName: string): Repository;
}

export function createRepositories(): Repositories {
  const byId = new Map<number, Repository>();
  const ids = new Map<string, number>();

  const withId = (id: number | undefined): Repository | undefined =>
    id === undefined ? undefined : byId.get(id);
  const named = (fullName: string): Repository | undefined => withId(ids.get(fullName.toLowerCase()));
  const save = (repository: Repository): Repository => {
    byId.set(repository.id, repository);
    ids.set(repository.fullName.toLowerCase(), repository.id);
    return repository;
  };

  return {
    named,
    withId,
    all: () => [...byId.values()],
    add: (spec) => save({ id: spec.id, ...split(spec.full_name), private: spec.private ?? false }),
    rename(oldFullName, newFullName) {
      const repository = named(oldFullName);
      const target = split(newFullName);
      if (!repository) throw new Error(`no repository ${oldFullName}`);
      if (named(newFullName)?.fullName.toLowerCase() === newFullName.toLowerCase()) {
        throw new Error(`${newFullName} is taken`);
      }
      if (target.owner.toLowerCase() !== repository.owner.toLowerCase()) {
        throw new Error('a repository cannot be moved to another owner here');
      }
      return save({ ...repository, ...target });
    },
  };
}

function split(fullName: string): Pick<Repository, 'owner' | 'name' | 'fullName'> {
  const [owner, name, rest] = fullName.split('/');
  if (!owner || !name || rest !== undefined) throw new Error(`not a repository's full name: ${fullName}`);
  return { owner, name, fullName };
}
