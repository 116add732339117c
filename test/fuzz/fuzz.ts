/** `npm run fuzz`: 100,000 inputs for each parser of strangers' bytes. `-- --runs N` makes it longer, `-- --seed N` repeats it. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { TARGETS } from './targets.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, runs: { type: 'string', default: '100000' } },
});
const seed = Number(values.seed ?? randomInt(1_000_000_000));
console.log(`seed ${seed}, ${values.runs} inputs for each of ${TARGETS.length} parsers`);
for (const { name, run } of TARGETS) {
  const startedMs = performance.now();
  const harm = run(seed, Number(values.runs));
  const ms = Math.round(performance.now() - startedMs);
  console.log(harm === undefined ? `ok      ${ms} ms: ${name}` : `FAILED  ${name}: ${harm}`);
  if (harm !== undefined) process.exitCode = 1;
}
