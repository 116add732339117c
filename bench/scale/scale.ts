/**
 * `npm run scale`: runs every world, prints the figures and writes them into docs/scale.md. Minutes; one core.
 * `npm run scale -- door` runs the front door and the sweep alone, in seconds.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { total, toCost } from './cost.ts';
import { toBurstFigures, toOrdinaryFigures, type BurstFigures } from './figures.ts';
import { fillPage } from './page.ts';
import { admit } from './front-door.ts';
import { recover } from './recovery.ts';
import { createRandom } from '../../local/random.ts';
import {
  BURST,
  BURST_SHAPES,
  DELIVERIES_PER_DAY,
  DOORS,
  toBurst,
  toOrdinary,
  toOrdinaryWithCalls,
} from './scenarios.ts';
import { simulate, type Measured, type World } from './simulate.ts';
import {
  group,
  showAges,
  showCost,
  showDoors,
  showMints,
  showOrdinary,
  showRecoveries,
  toTable,
  type Named,
} from './tables.ts';

// A wait throws a fault, and its stack costs more than the wait: `cost.ts` counts the frames that are missing.
Error.stackTraceLimit = 0;

const PAGE = new URL('../../docs/scale.md', import.meta.url);

const startedMs = performance.now();
const random = createRandom(1);
const atTheDoor = new Map([
  [
    'door',
    showDoors(
      DOORS.map(({ name, door }) => ({
        name,
        figures: BURST_SHAPES.map((early) =>
          admit({ deliveries: BURST, durationMs: 60_000, early }, door, () => random.next()),
        ),
      })),
    ),
  ],
  [
    'recovery',
    showRecoveries(
      await Promise.all(
        (['inline', 'queued'] as const).flatMap((shape) =>
          [200, 2_000, BURST].map(async (failures) => ({
            name: `${group(failures)}, ${shape}`,
            figures: await recover(shape, failures),
          })),
        ),
      ),
    ),
  ],
]);
if (process.argv[2] === 'door') {
  for (const [name, table] of atTheDoor) console.log(`\n${name}\n${table}`);
  writeFileSync(PAGE, fillPage(readFileSync(PAGE, 'utf8'), atTheDoor, 'kept'));
  process.exit();
}
const ordinary = await runAll(
  [
    ["`'event'`", toOrdinary('event', {})],
    ["`'event'`, deliveries × 2", toOrdinary('event', { deliveries: 2 })],
    ["`'event'`, deliveries × 4", toOrdinary('event', { deliveries: 4 })],
    ["`'event'`, repositories × 4", toOrdinary('event', { perInstallation: 4 })],
    ["`'installation'`", toOrdinary('installation', {})],
    ["`'installation'`, deliveries × 2", toOrdinary('installation', { deliveries: 2 })],
    ["`'installation'`, deliveries × 4", toOrdinary('installation', { deliveries: 4 })],
  ],
  toOrdinaryFigures,
);

const costs: Named<ReturnType<typeof toCost>>[] = [];
const priced = (name: string) => (measured: Measured) => {
  costs.push({ name, figures: toCost(measured) });
  return toBurstFigures(measured);
};
await runAll([['an ordinary hour', toOrdinaryWithCalls('event')]], priced('an ordinary hour'));
const bursts: Named<BurstFigures>[] = [];
for (const repositories of ['event', 'installation'] as const) {
  for (const concurrency of [10, 50]) {
    const name = `\`'${repositories}'\`, ${concurrency}`;
    const toFigures = concurrency === 10 ? priced(`burst, ${name}`) : toBurstFigures;
    bursts.push(...(await runAll([[name, toBurst(repositories, concurrency)]], toFigures)));
  }
}

const figures = new Map([
  ...atTheDoor,
  ['ordinary', showOrdinary(ordinary)],
  ['ages', showAges(bursts)],
  ['mints', showMints(bursts)],
  ['cost', showCost(costs)],
  ['year', showYear()],
]);
for (const [name, table] of figures) console.log(`\n${name}\n${table}`);
writeFileSync(PAGE, fillPage(readFileSync(PAGE, 'utf8'), figures));
console.log(`\n${((performance.now() - startedMs) / 1000).toFixed(0)} s; docs/scale.md is written`);

async function runAll<T>(
  worlds: readonly (readonly [string, World])[],
  toFigures: (measured: Measured) => T,
): Promise<Named<T>[]> {
  const named: Named<T>[] = [];
  for (const [name, world] of worlds) {
    const beganMs = performance.now();
    const measured = await simulate(world);
    const seconds = ((performance.now() - beganMs) / 1000).toFixed(0);
    console.log(`${name}: ${group(measured.waits.length)} deliveries in ${seconds} s`);
    named.push({ name, figures: toFigures(measured) });
  }
  return named;
}

/** 261 weekdays, 104 days of a weekend with two fifths of that, and a burst on 250 of them. */
function showYear(): string {
  const [hour, burst] = costs.map(({ figures: lines }) => total(lines));
  const calm = DELIVERIES_PER_DAY * (261 + 104 * 0.4);
  const bursting = BURST * 250;
  const usd = (calm * (hour ?? 0) + bursting * (burst ?? 0)) / 1e6;
  return toTable(
    ['a year', 'deliveries', 'USD'],
    [
      ['ordinary', group(calm), ((calm * (hour ?? 0)) / 1e6).toFixed(0)],
      ['250 bursts', group(bursting), ((bursting * (burst ?? 0)) / 1e6).toFixed(0)],
      ['all', group(calm + bursting), usd.toFixed(0)],
    ],
  );
}
