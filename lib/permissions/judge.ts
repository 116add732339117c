/** What is declared against what routes need: for tools, never for a function. Pure. */
import type { Levels } from './needs.ts';

/** The least that the routes of a handler need, held against what it declares. */
export interface Judgement {
  readonly needed: Levels;
  /** What must be declared as well; a level that is too low counts. */
  readonly missing: Levels;
  /** What no route needs; a level that is too high counts. */
  readonly surplus: Levels;
}

const LEVELS = ['read', 'write', 'admin'];

/** Choices that are weighed against each other at a time: more than any handler's routes leave. */
const MAX_CHOICES = 500;

/**
 * @param declared `'all'`: whatever the installation granted.
 * @param routes   For each route the alternatives of which one must be held whole; `{}` for one that needs nothing.
 */
export function judge(declared: Levels | 'all', routes: readonly (readonly Levels[])[]): Judgement {
  const held = declared === 'all' ? {} : declared;
  const needed = choose(routes, held);
  if (declared === 'all') return { needed, missing: {}, surplus: {} };
  const missing = beyond(needed, held);
  const surplus = beyond(held, needed);
  // A token has to be asked for with some permission, and calls that need none still need a token.
  const isForFree = routes.length > 0 && Object.keys(needed).length === 0 && held['metadata'] === 'read';
  if (!isForFree) return { needed, missing, surplus };
  const { metadata: _, ...others } = surplus;
  return { needed, missing, surplus: others };
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
