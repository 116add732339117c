/**
 * Who and what stands in for whom: the same for the same one, through a payload and between recordings. What is kept
 * for that names the originals, so it stays in `.hookmint/`, which git never sees.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { isObject, readText } from '../../lib/json/json.ts';

/** By kind: the original, and its stand-in. Ids are decimal digits. */
const KINDS = ['person', 'organization', 'bot', 'repository', 'email', 'id', 'guid'] as const;
type Kind = (typeof KINDS)[number];
const ACCOUNTS: readonly Kind[] = ['person', 'organization', 'bot'];

export interface Kept {
  /** What texts are scrambled with. */
  readonly key: string;
  readonly names: Readonly<Record<Kind, Readonly<Record<string, string>>>>;
}

export interface StandIns {
  readonly key: string;
  /** @param type `Organization`, `Bot`; everybody else is a person. Whoever has a stand-in keeps it. */
  login(login: string, type?: string): string;
  repository(name: string): string;
  email(address: string): string;
  /** @param taken Ids of the original payload, which no stand-in may be. */
  id(digits: string, taken: ReadonlySet<string>): string;
  guid(guid: string): string;
  /** Of an account that was given a stand-in, whatever its type; GitHub's own are theirs. undefined for any other. */
  account(login: string): string | undefined;
  /** Of what was given a stand-in; undefined for what was not. */
  known(kind: Kind, original: string): string | undefined;
  /** Lets one stand for another, unless it has a stand-in already. */
  assign(kind: Kind, original: string, standIn: string): void;
  toKept(): Kept;
}

const PEOPLE = ['octocat', 'monalisa', 'hubot', 'defunkt', 'mojombo', 'pjhyett', 'codertocat', 'octobaby'];
const ORGANIZATIONS = ['octo-org', 'octo-inc', 'github-space'];
const REPOSITORIES = ['widgets', 'gadgets', 'gizmos', 'sprockets', 'doodads'];

/** GitHub's own: they are nobody, and handlers know them by name. */
const OF_GITHUB: ReadonlySet<string> = new Set([
  'ghost',
  'web-flow',
  'github',
  'github-actions[bot]',
  'dependabot[bot]',
  'github-merge-queue[bot]',
]);

/** The first integer that a number does not hold exactly. */
const UNSAFE = 2n ** 53n;

export function createStandIns(kept: Kept = createEmpty()): StandIns {
  const maps = new Map<Kind, Map<string, string>>(
    KINDS.map((kind) => [kind, new Map(Object.entries(kept.names[kind]))]),
  );
  const mapOf = (kind: Kind): Map<string, string> => maps.get(kind) ?? new Map<string, string>();
  const take = (
    kind: Kind,
    original: string,
    make: (isTaken: (name: string) => boolean) => string,
  ): string => {
    const map = mapOf(kind);
    const known = map.get(original);
    if (known !== undefined) return known;
    const used = new Set(map.values());
    const made = make((name) => used.has(name) || name === original);
    map.set(original, made);
    return made;
  };
  const choose = (names: readonly string[], stem: string) => (isTaken: (name: string) => boolean) =>
    names.find((name) => !isTaken(name)) ?? count((nth) => `${stem}-${nth}`, isTaken);

  const account = (login: string): string | undefined =>
    OF_GITHUB.has(login)
      ? login
      : ACCOUNTS.map((kind) => mapOf(kind).get(login)).find((found) => found !== undefined);

  return {
    key: kept.key,
    account,
    login(login, type) {
      // Of whatever type it is said to be here: one account has one stand-in.
      const known = account(login);
      if (known !== undefined) return known;
      if (type === 'Organization') return take('organization', login, choose(ORGANIZATIONS, 'octo-org'));
      if (type === 'Bot' || login.endsWith('[bot]')) {
        return take('bot', login, (isTaken) => count((nth) => `octo-bot-${nth}[bot]`, isTaken));
      }
      return take('person', login, choose(PEOPLE, 'octocat'));
    },
    repository: (name) => take('repository', name, choose(REPOSITORIES, 'widgets')),
    email: (address) =>
      take('email', address, (isTaken) => count((nth) => `person-${nth}@example.com`, isTaken)),
    id: (digits, taken) =>
      take('id', digits, (isTaken) => countIds(digits, (id) => isTaken(id) || taken.has(id))),
    guid: (guid) => take('guid', guid, () => randomUUID()),
    known: (kind, original) => mapOf(kind).get(original),
    assign(kind, original, standIn) {
      const known = ACCOUNTS.includes(kind) ? account(original) : mapOf(kind).get(original);
      if (known === undefined) mapOf(kind).set(original, standIn);
    },
    toKept: () => ({ key: kept.key, names: toNames(mapOf) }),
  };
}

/** @returns undefined for what is none. */
export function parseKept(value: unknown): Kept | undefined {
  const key = readText(value, 'key');
  const names = isObject(value) ? value['names'] : undefined;
  if (key === undefined || !isObject(names)) return undefined;
  return {
    key,
    names: toNames((kind) => {
      const entries = Object.entries(isObject(names[kind]) ? names[kind] : {});
      return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
    }),
  };
}

function createEmpty(): Kept {
  return { key: randomBytes(32).toString('hex'), names: toNames(() => new Map()) };
}

function toNames(mapOf: (kind: Kind) => ReadonlyMap<string, string>): Kept['names'] {
  const of = (kind: Kind) => Object.fromEntries(mapOf(kind));
  return {
    person: of('person'),
    organization: of('organization'),
    bot: of('bot'),
    repository: of('repository'),
    email: of('email'),
    id: of('id'),
    guid: of('guid'),
  };
}

function count(toName: (nth: number) => string, isTaken: (name: string) => boolean): string {
  for (let nth = 1; ; nth += 1) if (!isTaken(toName(nth))) return toName(nth);
}

/** As many digits, and as exact: what a number cannot hold stays so. */
function countIds(digits: string, isTaken: (id: string) => boolean): string {
  const least = 10n ** BigInt(digits.length - 1);
  const isUnsafe = BigInt(digits) >= UNSAFE;
  const first = isUnsafe && least < UNSAFE ? UNSAFE : least;
  for (let id = first + 1n; ; id += 1n) if (!isTaken(String(id))) return String(id);
}
