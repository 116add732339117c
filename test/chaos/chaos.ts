/**
 * `npm run chaos`: the fault campaign in full. `-- --seed N` repeats one, `-- --deliveries N` makes it
 * longer or shorter. Exits with 1 where anything is unaccounted for.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.ts';
import { showTally } from './tally.ts';

const DELIVERIES = 2_000;

/** So many lines are shown of what is unaccounted for. */
const MAX_SHOWN = 50;

const { values } = parseArgs({ options: { seed: { type: 'string' }, deliveries: { type: 'string' } } });
const seed = toNumber(values.seed, randomInt(1_000_000_000));
const deliveries = toNumber(values.deliveries, DELIVERIES);

console.log(`seed ${seed}, ${deliveries} deliveries`);
const result = await runCampaign({
  seed,
  deliveries,
  onProgress: ({ sent, waiting, killed }) =>
    console.log(`  ${sent} delivered, ${waiting} messages in the queue, ${killed} processes killed`),
});
console.log(showTally(deliveries, result));
const { unaccounted } = result;
for (const line of unaccounted.slice(0, MAX_SHOWN)) console.log(`UNACCOUNTED  ${line}`);
console.log(
  unaccounted.length === 0
    ? `all accounted for; repeat it with --seed ${seed}`
    : `${unaccounted.length} UNACCOUNTED FOR; repeat it with --seed ${seed}`,
);
// Not left to Node: what the build and the stand-ins have open could keep it from ending.
process.exit(unaccounted.length === 0 ? 0 : 1);

function toNumber(text: string | undefined, otherwise: number): number {
  const number = text === undefined ? otherwise : Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`a whole number above 0 is needed, not ${text}`);
}
