/** Who installed the App, with what permissions and on which repositories. */
import type { People, Person } from './people.ts';
import type { Repositories, Repository } from './repositories.ts';
import type { InstallationSpec, Permissions } from './types.ts';

export interface Installation {
  readonly id: number;
  readonly account: Person;
  readonly permissions: Permissions;
  /** Names in lower case, without owner. */
  readonly selected: 'all' | ReadonlySet<string>;
  readonly suspendedAt: Date | undefined;
  readonly createdAt: Date;
}

export interface Installations {
  /** @param createdAt Now, where nothing is said. */
  add(spec: InstallationSpec, createdAt?: Date): Installation;
  get(id: number): Installation | undefined;
  all(): readonly Installation[];
  remove(id: number): void;
  /** @throws Error where there is no such installation. */
  change(id: number, change: Partial<Pick<Installation, 'permissions' | 'suspendedAt' | 'selected'>>): void;
  ofAccount(login: string): Installation | undefined;
  repositoriesOf(installation: Installation): readonly Repository[];
  /** A selected repository stays selected under its new name. */
  follow(renamed: Repository, oldName: string): void;
}

export function createInstallations(deps: {
  readonly people: People;
  readonly repositories: Repositories;
  readonly now: () => number;
}): Installations {
  const byId = new Map<number, Installation>();

  const change: Installations['change'] = (id, changes) => {
    const installation = byId.get(id);
    if (!installation) throw new Error(`no installation ${id}`);
    byId.set(id, { ...installation, ...changes });
  };
  return {
    change,
    add({ id, account, permissions, repositories, suspended = false }, createdAt = new Date(deps.now())) {
      const installation: Installation = {
        id,
        permissions,
        account: deps.people.add(account),
        selected: repositories === 'all' ? 'all' : new Set(repositories.map((name) => name.toLowerCase())),
        suspendedAt: suspended ? new Date(deps.now()) : undefined,
        createdAt,
      };
      byId.set(id, installation);
      return installation;
    },
    get: (id) => byId.get(id),
    all: () => [...byId.values()],
    remove: (id) => void byId.delete(id),
    ofAccount: (login) =>
      [...byId.values()].find(({ account }) => account.login.toLowerCase() === login.toLowerCase()),
    repositoriesOf: (installation) =>
      deps.repositories.all().filter((repository) => includes(installation, repository)),
    follow({ owner, name }, oldName) {
      for (const { id, account, selected } of byId.values()) {
        if (selected === 'all' || account.login.toLowerCase() !== owner.toLowerCase()) continue;
        if (!selected.has(oldName.toLowerCase())) continue;
        change(id, { selected: new Set([...selected, name.toLowerCase()]) });
      }
    },
  };
}

/** Whether the repository is the account's own and selected, as things are now. */
export function includes({ account, selected }: Installation, { owner, name }: Repository): boolean {
  const own = account.login.toLowerCase() === owner.toLowerCase();
  return own && (selected === 'all' || selected.has(name.toLowerCase()));
}
