/**
 * `npm run model`: every order of everything that may happen to a few deliveries, by the product's own decisions.
 * `-- --most N` sees more worlds of each scenario, or fewer. Exits with 1 where something happens that must not.
 */
import { parseArgs } from 'node:util';
import { RULES } from './rules.ts';
import { LARGE_SCENARIOS, SMALL_SCENARIOS } from './scenarios.ts';
import { search } from './search.ts';

/** A million worlds take some two minutes and a gigabyte. */
const MOST = 1_000_000;

const { values } = parseArgs({ options: { most: { type: 'string', default: String(MOST) } } });
let total = 0;
for (const { name, bounds } of [...SMALL_SCENARIOS, ...LARGE_SCENARIOS]) {
  const startedMs = performance.now();
  const { states, ends, finished, violation } = search(bounds, RULES, Number(values.most));
  total += states;
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  const how = finished ? 'all of them' : 'not all';
  console.log(`${String(states).padStart(9)} states, ${ends} ends, ${seconds} s, ${how}: ${name}`);
  if (violation === undefined) continue;
  console.log(`VIOLATION  ${violation.what}\n  ${violation.trace.join('\n  ')}`);
  process.exitCode = 1;
}
console.log(`${total} states in all`);
