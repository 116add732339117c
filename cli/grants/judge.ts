/** What a handler declares against what its routes need. No I/O. */
import table from '../../lib/permissions/endpoints.json' with { type: 'json' };
import type { FoundCall } from './find-calls.ts';

/** Levels by name. */
export type Levels = Readonly<Record<string, string>>;

export interface Judgement {
  readonly needed: Levels;
  /** What must be declared as well; a level that is too low counts. */
  readonly missing: Levels;
  /** What no route needs; a level that is too high counts. */
  readonly surplus: Levels;
  /** Calls of which no need can be told, with the reason. */
  readonly unknown: readonly string[];
}

type Need = { readonly alternatives: readonly Levels[] } | { readonly reason: string };

const LEVELS = ['read', 'write', 'admin'];

/** Choices that are weighed against each other at a time: more than any handler's routes leave. */
const MAX_CHOICES = 500;

const FREE: Need = { alternatives: [{}] };

const NEEDS: ReadonlyMap<string, Need> = new Map<string, Need>([
  ...Object.entries(table.needs).flatMap(([accepted, routes]) => {
    const alternatives = accepted
      .split('; ')
      .map((each): Levels => Object.fromEntries(each.split(',').map((part) => part.split('='))));
    return routes.map((route) => [toKey(route), { alternatives }] as const);
  }),
  ...table.none.map((route) => [toKey(route), FREE] as const),
  ...table.unpublished.map((route) => [toKey(route), { reason: 'nobody published what it needs' }] as const),
  ...table.userOnly.map((route) => [toKey(route), { reason: 'not for installation tokens' }] as const),
]);

/** @param declared `'all'`: whatever the installation granted. */
export function judge(declared: Levels | 'all', calls: readonly FoundCall[]): Judgement {
  const needs = calls.map((call) => ({ call, need: findNeed(call) }));
  const unknown = needs.flatMap(({ call: { where, text }, need }) =>
    'reason' in need ? [`${where}: ${need.reason === '' ? text : `${text}: ${need.reason}`}`] : [],
  );
  const alternatives = needs.flatMap(({ need }) => ('alternatives' in need ? [need.alternatives] : []));
  const held = declared === 'all' ? {} : declared;
  const needed = choose(alternatives, held);
  if (declared === 'all') return { needed, missing: {}, surplus: {}, unknown };
  const missing = beyond(needed, held);
  const surplus = beyond(held, needed);
  // A token has to be asked for with some permission, and calls that need none still need a token.
  const isForFree =
    alternatives.length > 0 && Object.keys(needed).length === 0 && held['metadata'] === 'read';
  if (!isForFree) return { needed, missing, surplus, unknown };
  const { metadata: _, ...others } = surplus;
  return { needed, missing, surplus: others, unknown };
}

function findNeed({ route }: FoundCall): Need {
  if (route === undefined) return { reason: '' };
  return NEEDS.get(toKey(route)) ?? { reason: 'no such route is published' };
}

/** The route without the names of its parameters, which Octokit spells in ways of its own. */
function toKey(route: string): string {
  return route
    .replace(/\{\?[^}]*\}$/, '')
    .replace('{base}...{head}', '{}')
    .replaceAll(/\{[^}]*\}/g, '{}');
}

/**
 * One alternative of each route, so that all together add least to what is declared, and among those are the
 * least.
 */
function choose(routes: readonly (readonly Levels[])[], declared: Levels): Levels {
  const distinct = new Map(routes.map((alternatives) => [JSON.stringify(alternatives), alternatives]));
  let choices: readonly Levels[] = [{}];
  for (const alternatives of distinct.values()) {
    const sensible = withoutLesser(alternatives, declared);
    const next = choices.flatMap((choice) => sensible.map((each) => merge(choice, each)));
    const weighed = [...new Map(next.map((choice) => [toText(choice), choice])).values()];
    choices = weighed
      .toSorted((a, b) => compareWeights(weigh(a, declared), weigh(b, declared)))
      .slice(0, MAX_CHOICES);
  }
  return choices[0] ?? {};
}

/**
 * Where one alternative is more of another (`contents` and `workflows`, to write a workflow's file), the path alone
 * decides which of them is asked for: whoever holds the larger one may need it.
 */
function withoutLesser(alternatives: readonly Levels[], declared: Levels): readonly Levels[] {
  const held = alternatives.filter((each) => weighLevels(beyond(each, declared)) === 0);
  return alternatives.filter(
    (each) => !held.some((larger) => larger !== each && weighLevels(beyond(each, larger)) === 0),
  );
}

function weigh(choice: Levels, declared: Levels): readonly [number, number] {
  return [weighLevels(beyond(choice, declared)), weighLevels(choice)];
}

function compareWeights([a, a2]: readonly [number, number], [b, b2]: readonly [number, number]): number {
  return a - b || a2 - b2;
}

function weighLevels(levels: Levels): number {
  return Object.values(levels).reduce((sum, level) => sum + 1 + LEVELS.indexOf(level), 0);
}

function merge(a: Levels, b: Levels): Levels {
  return { ...a, ...beyond(b, a) };
}

/** What of the one goes beyond the other. */
function beyond(levels: Levels, others: Levels): Levels {
  return Object.fromEntries(
    Object.entries(levels).filter(
      ([name, level]) => others[name] === undefined || LEVELS.indexOf(level) > LEVELS.indexOf(others[name]),
    ),
  );
}

function toText(levels: Levels): string {
  return JSON.stringify(Object.entries(levels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
