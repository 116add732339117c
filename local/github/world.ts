/** Everything the endpoints share: who there is, what they granted, and where contents are kept. */
import { createPublicKey, KeyObject } from 'node:crypto';
import { type AppHook, createAppHook } from './app-hook.ts';
import { createDeliveries } from './delivery-log.ts';
import { createInstallations, type Installations } from './installations.ts';
import { type Collaborators, createCollaborators } from './collaborators.ts';
import { createOrganizations, type Organizations } from './organizations.ts';
import { createReactions, type Reactions } from './reactions.ts';
import { createStatuses, type Statuses } from './statuses.ts';
import { createPeople, type People } from './people.ts';
import { createRepositories, type Repositories } from './repositories.ts';
import { createWrittenAnswers, type WrittenAnswers } from './responses.ts';
import { createState, type State } from './state.ts';
import { createTokens, type Tokens } from './tokens.ts';
import type { AppSpec, GitHubOptions, RepositorySpec, TokenStyle } from './types.ts';

export interface World {
  /** Whose GitHub this is. */
  readonly app: AppSpec;
  /** The App's registered public keys, as they are now. */
  readonly keys: KeyObject[];
  readonly url: string;
  readonly tokenStyle: TokenStyle;
  readonly startedAt: Date;
  now(): number;
  readonly people: People;
  readonly repositories: Repositories;
  readonly installations: Installations;
  readonly tokens: Tokens;
  readonly state: State;
  readonly collaborators: Collaborators;
  readonly organizations: Organizations;
  readonly statuses: Statuses;
  readonly reactions: Reactions;
  readonly written: WrittenAnswers;
  readonly deliveries: ReturnType<typeof createDeliveries>;
  readonly hook: AppHook;
  /** Makes this the GitHub of another App, one that was registered from a manifest. */
  become(app: AppSpec, keys: readonly KeyObject[]): void;
}

/** Who is there from the beginning did not come a moment ago: what is new is treated otherwise. */
const INSTALLED_BEFORE_MS = 24 * 60 * 60_000;

export function createWorld(options: GitHubOptions, url: string, now: () => number): World {
  const { app } = options;
  const people = createPeople(app, options.users ?? [], url);
  const repositories = createRepositories();
  const installations = createInstallations({ people, repositories, now });
  const installedAt = new Date(now() - INSTALLED_BEFORE_MS);
  for (const installation of options.installations ?? []) installations.add(installation, installedAt);
  const kept = { bot: `${app.slug}[bot]`, people, url, now };
  const organizations = createOrganizations(options.organizations ?? [], kept);
  const collaborators = createCollaborators({ ...kept, organizations });
  const reactions = createReactions(kept);
  const statuses = createStatuses(kept);
  const state = createState({ app, url, people, repositories, reactions });
  const tokens = createTokens({ appId: app.id, lifetimeSeconds: options.tokenLifetimeSeconds ?? 3600, now });
  let current = app;
  const keys = app.publicKeys.map(toPublicKey);
  const world: World = {
    get app() {
      return current;
    },
    keys,
    url,
    tokenStyle: options.tokenStyle ?? 'stateless',
    startedAt: new Date(now()),
    now,
    people,
    repositories,
    installations,
    tokens,
    state,
    collaborators,
    organizations,
    statuses,
    reactions,
    written: createWrittenAnswers(options.responses, options.graphql),
    deliveries: createDeliveries({ url, now, kept: options.keptDeliveries }),
    hook: createAppHook(options.hook),
    become(next, nextKeys) {
      current = next;
      keys.splice(0, keys.length, ...nextKeys);
    },
  };
  for (const repository of options.repositories ?? []) addRepository(repository, world);
  return world;
}

/** A new repository, or more for one that is there. */
export function addRepository(
  spec: RepositorySpec,
  { state, repositories, collaborators, statuses }: World,
): void {
  // A commit that has a status is there.
  const commits = [...(spec.commits ?? []), ...(spec.statuses ?? []).map(({ sha }) => sha)];
  state.add({ ...spec, commits });
  const repository = repositories.named(spec.full_name);
  if (repository === undefined) return;
  collaborators.add(repository, spec.collaborators ?? {});
  for (const status of spec.statuses ?? []) statuses.add(repository, status);
}

export function toPublicKey(key: KeyObject | string): KeyObject {
  return key instanceof KeyObject ? key : createPublicKey(key);
}
