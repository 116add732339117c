/** Who is behind a login: the ids that fixtures carry, and made-up ones for everybody else. */
import type { JsonObject } from '../../lib/json/json.ts';
import type { AppSpec, UserSpec } from './types.ts';

type PersonType = 'Organization' | 'User' | 'Enterprise' | 'Bot';

export interface Person {
  readonly login: string;
  readonly id: number;
  readonly type: PersonType;
}

export interface People {
  /** Whoever asks for a login gets the same person for it, known before or not. */
  withLogin(login: string): Person;
  add(person: { readonly login: string; readonly id?: number; readonly type?: PersonType }): Person;
  knows(login: string): boolean;
  /** Logins of everybody who is known by now. */
  logins(): readonly string[];
  /** GitHub's `simple-user`, as far as anybody reads it. */
  describe(login: string): JsonObject;
}

/** Where made-up ids begin: above the ids in common fixtures. */
const FIRST_ID = 900_000_001;

export function createPeople(app: AppSpec, users: readonly UserSpec[], url: string): People {
  const people = new Map<string, Person>();

  const add: People['add'] = ({ login, id, type }) => {
    const known = people.get(login.toLowerCase());
    const person: Person = {
      login,
      id: id ?? known?.id ?? FIRST_ID + people.size,
      type: type ?? known?.type ?? (login.endsWith('[bot]') ? 'Bot' : 'User'),
    };
    people.set(login.toLowerCase(), person);
    return person;
  };
  const withLogin = (login: string): Person => people.get(login.toLowerCase()) ?? add({ login });

  add({ login: `${app.slug}[bot]` });
  for (const user of users) add(user);
  return {
    add,
    withLogin,
    logins: () => [...people.values()].map(({ login }) => login),
    knows: (login) => people.has(login.toLowerCase()),
    describe(asked) {
      const { login, id, type } = withLogin(asked);
      return {
        login,
        id,
        node_id: Buffer.from(`${type}${id}`).toString('base64url'),
        avatar_url: `${url}/avatars/${id}`,
        url: `${url}/users/${encodeURIComponent(login)}`,
        html_url: `${url}/${encodeURIComponent(login)}`,
        type,
        site_admin: false,
      };
    },
  };
}
