/** Everything the endpoints share: who there is, what they granted, and where contents are kept. */
import { createPublicKey, KeyObject } from 'node:crypto';
import { createDeliveries } from './delivery-log.ts';
import { createInstallations, type Installations } from './installations.ts';
import { createPeople, type People } from './people.ts';
import { createRepositories, type Repositories } from './repositories.ts';
import { createWrittenAnswers, type WrittenAnswers } from './responses.ts';
import { createState, type State } from './state.ts';
import { createTokens, type Tokens } from './tokens.ts';
import type { AppSpec, GitHubOptions, TokenStyle } from './types.ts';

export interface World {
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
  readonly written: WrittenAnswers;
  readonly deliveries: ReturnType<typeof createDeliveries>;
}

export function createWorld(options: GitHubOptions, url: string, now: () => number): World {
  const { app } = options;
  const people = createPeople(app, options.users ?? [], url);
  const repositories = createRepositories();
  const installations = createInstallations({ people, repositories, now });
  for (const installation of options.installations ?? []) installations.add(installation);
  const state = createState({ app, url, people, repositories });
  for (const repository of options.repositories ?? []) state.add(repository);
  const tokens = createTokens({ appId: app.id, lifetimeSeconds: options.tokenLifetimeSeconds ?? 3600, now });
  return {
    app,
    keys: app.publicKeys.map(toPublicKey),
    url,
    tokenStyle: options.tokenStyle ?? 'stateless',
    startedAt: new Date(now()),
    now,
    people,
    repositories,
    installations,
    tokens,
    state,
    written: createWrittenAnswers(options.responses, options.graphql),
    deliveries: createDeliveries({ url, now }),
  };
}

export function toPublicKey(key: KeyObject | string): KeyObject {
  return key instanceof KeyObject ? key : createPublicKey(key);
}
