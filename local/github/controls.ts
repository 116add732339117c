/** What a test or `npm start` does to a running stand-in, past its API: what happens at GitHub without the App. */
import { createSeen } from './seen.ts';
import type { GitHub } from './types.ts';
import { addRepository, toPublicKey, type World } from './world.ts';

type Controls = Omit<GitHub, 'url' | 'calls' | 'faults' | 'advance' | 'close'>;

export function createControls(world: World): Controls {
  const { installations, tokens, repositories, state, keys } = world;
  return {
    tokens: tokens.issued,
    seen: createSeen(world),
    deliveries: world.deliveries,
    hook: world.hook,
    suspend: (id) => installations.change(id, { suspendedAt: new Date(world.now()) }),
    unsuspend: (id) => installations.change(id, { suspendedAt: undefined }),
    uninstall(id) {
      installations.remove(id);
      tokens.revokeInstallation(id);
    },
    grant: (id, permissions) => installations.change(id, { permissions }),
    async take({ users = [], organizations = [], installations: installed = [], ...changed }) {
      world.written.replace(changed.responses, changed.graphql);
      for (const user of users) world.people.add(user);
      world.organizations.replace(organizations);
      for (const installation of installed) installations.add(installation);
      for (const repository of changed.repositories ?? []) addRepository(repository, world);
      await state.ready();
    },
    install: (installation) => void installations.add(installation),
    async addRepository(repository) {
      addRepository(repository, world);
      await state.ready();
    },
    revoke: (token) => tokens.revoke(token),
    async rename(oldFullName, newFullName) {
      const before = repositories.named(oldFullName);
      const renamed = repositories.rename(oldFullName, newFullName);
      if (!before) return;
      installations.follow(renamed, before.name);
      await state.rename(before, renamed);
    },
    registerKey: (key) => void keys.push(toPublicKey(key)),
    removeKey(key) {
      const index = keys.findIndex((known) => known.equals(toPublicKey(key)));
      if (index >= 0) keys.splice(index, 1);
    },
    lag: (lag) => tokens.lag(lag),
  };
}
