/** The short form of the fault campaign; `npm run chaos` is the long one. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type CampaignResult, runCampaign } from './campaign.ts';
import { createRandom } from '../../local/random.ts';
import { createCounts } from './counts.ts';
import { createReader } from './lines.ts';
import { showTally } from './tally.ts';
import { createWitness } from './witness.ts';

const SEED = 7;
const DELIVERIES = 150;

describe('a fault campaign', () => {
  let result: CampaignResult;
  beforeAll(async () => {
    result = await runCampaign({ seed: SEED, deliveries: DELIVERIES });
    console.log(`seed ${SEED}\n${showTally(DELIVERIES, result)}`);
  }, 300_000); // what is not done by then counts as lost

  it('leaves nothing unaccounted for', () => {
    expect(result.unaccounted).toEqual([]);
  });

  it('has killed and frozen workers', () => {
    expect(result.counts.get('processes', 'killed')).toBeGreaterThan(0);
    expect(result.counts.get('processes', 'frozen')).toBeGreaterThan(0);
  });

  it.each([
    'faults: calls for an effect',
    'faults: calls as the App',
    'faults: Secrets Manager',
    'faults: SQS',
    'faults: DynamoDB',
    'payloads',
    'copies',
  ])('has met %s', (group) => {
    expect(result.counts.of(group)).not.toEqual([]);
  });

  it('has lost nothing to the dead letters without a reason, and some with one', () => {
    expect(result.deaths.length).toBeGreaterThan(0);
    expect(result.deaths).not.toContain('');
  });
});

describe('the excuse that GitHub did not answer', () => {
  const work = { guid: 'a', handler: 'plain' };

  it('is none where that was planned', () => {
    const witness = createWitness();
    witness.expectUnanswered(work);
    witness.hearUnanswered(work);
    expect(witness.excusesOf(work)).toBe(0);
  });

  it('is one for each time that was not, also where the call arrives afterwards', () => {
    const witness = createWitness();
    witness.hearUnanswered(work);
    witness.see(work);
    witness.expectUnanswered(work);
    witness.hearUnanswered(work);
    witness.see(work);
    expect(witness.excusesOf(work)).toBe(1);
    expect(witness.excusesOf({ ...work, handler: 'keyed' })).toBe(0);
  });
});

it('an end that came after its lease was told, as one that the ledger did not take', () => {
  const witness = createWitness();
  const reader = createReader({ counts: createCounts(), witness });
  const work = { guid: 'a', handler: 'plain' };
  const message = 'lease lost: another owner may have run this handler as well';
  reader.line(JSON.stringify({ message, delivery: 'a', handler: 'plain' }));
  expect(witness.heard(work, 'unrecorded')).toBe(true);
  expect(witness.excusesOf(work)).toBe(0);
});

it('one seed gives the same numbers every time', () => {
  const draw = (seed: number): readonly number[] => {
    const random = createRandom(seed);
    return Array.from({ length: 5 }, () => random.int(1, 1_000));
  };
  expect(draw(1)).toEqual([628, 3, 528, 982, 969]);
  expect(draw(1)).not.toEqual(draw(2));
});
