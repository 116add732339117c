/**
 * `npm run chaos`: the fault campaign in full. `-- --seed N` repeats one, `-- --deliveries N` makes it
 * longer or shorter. More than 2,000 are rounds of so many, one after the other, each with the next seed and
 * accounted for by itself: what an interrupted run has shown stays shown. Exits with 1 where anything is
 * unaccounted for.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type CampaignResult, runCampaign } from './campaign.ts';
import { addUp, showTally } from './tally.ts';

const DELIVERIES = 2_000;

/** The stand-ins keep everything, and their scans grow with it. */
const DELIVERIES_OF_A_ROUND = 2_000;

/** So many lines are shown of what is unaccounted for. */
const MAX_SHOWN = 50;

const { values } = parseArgs({ options: { seed: { type: 'string' }, deliveries: { type: 'string' } } });
const seed = toNumber(values.seed, randomInt(1_000_000_000));
const deliveries = toNumber(values.deliveries, DELIVERIES);

console.log(`seed ${seed}, ${deliveries} deliveries`);
const results: CampaignResult[] = [];
const unaccounted: string[] = [];
for (let done = 0; done < deliveries; done += DELIVERIES_OF_A_ROUND) {
  const round = {
    seed: seed + results.length,
    deliveries: Math.min(DELIVERIES_OF_A_ROUND, deliveries - done),
  };
  const result = await runCampaign({
    ...round,
    onProgress: ({ sent, waiting, killed }) =>
      console.log(`  ${sent} delivered, ${waiting} messages in the queue, ${killed} processes killed`),
  });
  results.push(result);
  const missing = result.unaccounted.map((line) => `seed ${round.seed}: ${line}`);
  unaccounted.push(...missing);
  console.log(showTally(done + round.deliveries, addUp(results)));
  for (const line of missing.slice(0, MAX_SHOWN)) console.log(`UNACCOUNTED  ${line}`);
  const verdict = unaccounted.length === 0 ? 'all accounted for' : `${unaccounted.length} UNACCOUNTED FOR`;
  console.log(`${verdict}; this round again with --seed ${round.seed} --deliveries ${round.deliveries}`);
}
// Not left to Node: what the build and the stand-ins have open could keep it from ending.
process.exit(unaccounted.length === 0 ? 0 : 1);

function toNumber(text: string | undefined, otherwise: number): number {
  const number = text === undefined ? otherwise : Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`a whole number above 0 is needed, not ${text}`);
}
