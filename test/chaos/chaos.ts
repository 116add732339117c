/**
 * `npm run chaos`: the fault campaign in full. `-- --seed N` repeats one, `-- --deliveries N` makes it
 * longer or shorter. More than 2,000 are rounds of so many, each with the next seed, in a process of its own and
 * accounted for by itself: what an interrupted run has shown stays shown. `-- --side-by-side N` runs so many rounds at
 * once. Exits with 1 where anything is unaccounted for.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { CampaignResult } from './campaign.ts';
import type { Round } from './round-messages.ts';
import { runRounds } from './rounds.ts';
import { addUp, showTally } from './tally.ts';

const DELIVERIES = 2_000;

/** The stand-ins keep everything, and their scans grow with it. */
const DELIVERIES_OF_A_ROUND = 2_000;

/** What two cores can do. */
const SIDE_BY_SIDE = 2;

/** So many lines are shown of what is unaccounted for. */
const MAX_SHOWN = 50;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    deliveries: { type: 'string' },
    'side-by-side': { type: 'string' },
  },
});
const seed = toNumber(values.seed, randomInt(1_000_000_000));
const deliveries = toNumber(values.deliveries, DELIVERIES);

console.log(`seed ${seed}, ${deliveries} deliveries`);
const startedMs = performance.now();
const results: CampaignResult[] = [];
const unaccounted: string[] = [];
let done = 0;
await runRounds(toRounds(), {
  sideBySide: toNumber(values['side-by-side'], SIDE_BY_SIDE),
  onProgress: (round, { sent, waiting, killed }) =>
    console.log(
      `  seed ${round.seed}: ${sent} delivered, ${waiting} messages in the queue, ${killed} processes killed`,
    ),
  onResult(round, result) {
    results.push(result);
    done += round.deliveries;
    const missing = result.unaccounted.map((line) => `seed ${round.seed}: ${line}`);
    unaccounted.push(...missing);
    console.log(showTally(done, addUp(results)));
    for (const line of missing.slice(0, MAX_SHOWN)) console.log(`UNACCOUNTED  ${line}`);
    const verdict = unaccounted.length === 0 ? 'all accounted for' : `${unaccounted.length} UNACCOUNTED FOR`;
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    console.log(
      `${verdict} after ${seconds} s; this round again with --seed ${round.seed} --deliveries ${round.deliveries}`,
    );
  },
});
process.exitCode = unaccounted.length === 0 ? 0 : 1;

function toRounds(): readonly Round[] {
  const count = Math.ceil(deliveries / DELIVERIES_OF_A_ROUND);
  return Array.from({ length: count }, (_, index) => ({
    seed: seed + index,
    deliveries: Math.min(DELIVERIES_OF_A_ROUND, deliveries - index * DELIVERIES_OF_A_ROUND),
  }));
}

function toNumber(text: string | undefined, otherwise: number): number {
  const number = text === undefined ? otherwise : Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`a whole number above 0 is needed, not ${text}`);
}
