/** Every order of everything that may happen to a few deliveries, within small bounds; `npm run model` has larger ones. */
import { describe, expect, it } from 'vitest';
import { PLANTED } from './planted.ts';
import { RULES } from './rules.ts';
import { SMALL_SCENARIOS } from './scenarios.ts';
import { search } from './search.ts';

const MOST_STATES = 100_000;

function boundsOf(wanted: string) {
  const scenario = SMALL_SCENARIOS.find(({ name }) => name === wanted);
  if (scenario === undefined) throw new Error(`no scenario is called ${wanted}`);
  return scenario.bounds;
}

describe('at most once for a success, no attempt too many, nothing lost, and everything ends', () => {
  it.each(SMALL_SCENARIOS)('$name', ({ name, bounds }) => {
    const { states, finished, violation } = search(bounds, RULES, MOST_STATES);
    expect(violation).toBeUndefined();
    expect(finished).toBe(true);
    console.log(`${states} states: ${name}`);
  });
});

describe('the search finds that', () => {
  it.each(PLANTED)('$fault', ({ scenario, found, rules }) => {
    const { violation } = search(boundsOf(scenario), { ...RULES, ...rules }, MOST_STATES);
    expect(violation?.what).toMatch(found);
  });
});
