/** Small worlds of `npm run scale`: the product's own worker code in virtual time, with outcomes that can be counted by hand. */
import { describe, expect, it } from 'vitest';
import { PARAMETERS } from '../../infra/parameters.cjs';
import { createClock } from './clock.ts';
import { toBurstFigures } from './figures.ts';
import { admit } from './front-door.ts';
import { GITHUB_LIMITS } from './github.ts';
import { fillPage } from './page.ts';
import { recover } from './recovery.ts';
import { DOORS } from './scenarios.ts';
import { simulate, type World } from './simulate.ts';

const NOON = Date.UTC(2026, 2, 2, 12);
const MINUTE_MS = 60_000;

/** One installation with four repositories; 60 deliveries at once, in batches of one, three at a time. */
const SMALL: World = {
  seed: 7,
  fromMs: NOON,
  untilMs: NOON + MINUTE_MS,
  load: { deliveriesPerDay: 1, burst: { atMs: NOON, deliveries: 60, durationMs: 1 } },
  population: {
    installations: 2,
    noisyShare: 1,
    noisyRepositories: 4,
    leastRepositories: 1,
    mostRepositories: 1,
  },
  handler: { repositories: 'event', writes: 'nothing' },
  lambda: { maximumConcurrency: 3, batchSize: 1, timeoutMs: 60_000 },
  limits: GITHUB_LIMITS,
};

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}

describe('mints', () => {
  it('are one for each environment and repository by default', async () => {
    const { github, lambda, waits, log } = await simulate(SMALL);
    expect(lambda.coldStarts).toBe(3);
    expect(sum(github.mints)).toBe(12);
    expect(waits).toHaveLength(60);
    expect(log).toMatchObject({ cached: 48, minted: 12 });
  });

  it("are one for each environment and installation with 'installation'", async () => {
    const handler = { repositories: 'installation', writes: 'nothing' } as const;
    const { github, lambda, waits } = await simulate({ ...SMALL, handler });
    expect(lambda.coldStarts).toBe(3);
    expect(sum(github.mints)).toBe(3);
    expect(waits).toHaveLength(60);
  });

  it('beyond what GitHub allows in a minute wait for the next one, and nothing is lost', async () => {
    // 20 points: four mints of five points a minute, for twelve at most.
    const { github, sqs, table, waits } = await simulate({
      ...SMALL,
      limits: { ...GITHUB_LIMITS, pointsPerMinute: 20 },
    });
    expect(Math.max(...github.mints.filter((mints) => mints > 0))).toBe(4);
    expect(sum(github.mints)).toBeGreaterThan(4);
    expect(sum(github.mints)).toBeLessThanOrEqual(12);
    expect(sum(github.refusedMints)).toBeGreaterThan(0);
    expect(waits).toHaveLength(60);
    expect(waits.filter(({ seconds }) => seconds >= 60).length).toBeGreaterThan(0);
    expect(waits.filter(({ seconds }) => seconds >= 180)).toEqual([]);
    expect(sqs).toMatchObject({ sends: 60, dead: 0, buried: 0 });
    // A claim and its end for each; three writes and a read more for each mint that GitHub itself refused, and none for
    // those that wait because it did.
    const refused = sum(github.refusedMints);
    expect(sqs.postpones).toBeGreaterThan(refused);
    expect(table.reads).toBe(refused);
    expect(table.writes - 3 * refused).toBe(120);
  });
});

describe('the limits of an installation', () => {
  it('make its deliveries wait, not others’', async () => {
    const measured = await simulate({
      ...SMALL,
      population: { ...SMALL.population, noisyShare: 0.9 },
      handler: { repositories: 'installation', writes: 'labels' },
      limits: { ...GITHUB_LIMITS, pointsPerMinute: 100 },
    });
    const { quiet, noisy, deadLetters } = toBurstFigures(measured);
    // 100 points are 20 writes a minute, for some 54 deliveries; the other six pass at once.
    expect(quiet.max).toBeLessThan(60);
    expect(noisy.max).toBeGreaterThan(120);
    expect(noisy.max).toBeLessThan(180);
    expect(measured.github.refusedCalls.get('points a minute')).toBeGreaterThan(0);
    expect(deadLetters).toBe(0);
  });
});

it('is the same again with the same seed', async () => {
  const [first, second] = [await simulate(SMALL), await simulate(SMALL)];
  expect(second.waits).toEqual(first.waits);
  expect(second.log).toEqual(first.log);
});

describe('virtual time', () => {
  it('brings what is due in its order, and passes in no time', async () => {
    const clock = createClock(NOON);
    const seen: string[] = [];
    for (const [name, ms] of [
      ['third', 2_000_000],
      ['first', 1],
      ['second', 1_000],
    ] as const) {
      clock.after(ms, () => seen.push(`${name} at ${clock.now() - NOON}`));
    }
    await clock.run(() => false);
    expect(seen).toEqual(['first at 1', 'second at 1000', 'third at 2000000']);
  });
});

describe('the page', () => {
  const PAGE = 'before\n<!-- figures: ages -->\nold\n<!-- end of figures -->\nafter\n';

  it('gets the figures between its markers', () => {
    expect(fillPage(PAGE, new Map([['ages', '| new |']]))).toBe(
      'before\n<!-- figures: ages -->\n\n<!-- prettier-ignore -->\n| new |\n\n<!-- end of figures -->\nafter\n',
    );
  });

  it('refuses figures without a place, and a place without figures', () => {
    expect(() => fillPage(PAGE, new Map())).toThrow("asks for 'ages'");
    expect(() =>
      fillPage(
        PAGE,
        new Map([
          ['ages', ''],
          ['mints', ''],
        ]),
      ),
    ).toThrow('no place for mints');
  });
});

describe('the front door', () => {
  const BURST = { deliveries: 10_000, durationMs: MINUTE_MS, early: 0.1 };
  const evenly = (): (() => number) => {
    let at = 0;
    // Every place in the minute once, in an order of no meaning.
    return () => (at = (at + 7_919) % 10_007) / 10_007;
  };

  it('of ten requests a second lets a second’s worth in at once, and then ten a second', () => {
    const door = { perSecond: 10, concurrency: 1_000, warmMs: 1, coldMs: 0 };
    const { refusedAtDoor } = admit(BURST, door, evenly());
    expect(10_000 - refusedAtDoor).toBeGreaterThanOrEqual(600);
    expect(10_000 - refusedAtDoor).toBeLessThanOrEqual(611);
  });

  it('as it is deployed refuses nothing of 10,000 in a minute', () => {
    const [door] = DOORS.filter(({ name }) => name.includes('the default'));
    const settings = door?.door ?? { perSecond: 0, concurrency: 0, warmMs: 0, coldMs: 0 };
    expect(settings).toMatchObject({
      perSecond: 1_000,
      concurrency: Number(PARAMETERS.webhookConcurrency.default),
    });
    expect(admit(BURST, settings, evenly())).toMatchObject({ refusedAtDoor: 0, throttled: 0 });
  });
});

describe('the sweep', () => {
  it('asks for 200 that failed within minutes, and pulls 10,000 in less than half an hour where there is a queue, within GitHub’s limits', async () => {
    for (const { shape, failures, most } of [
      { shape: 'inline', failures: 200, most: 6 },
      { shape: 'inline', failures: 2_000, most: 25 },
      { shape: 'queued', failures: 200, most: 6 },
      { shape: 'queued', failures: 2_000, most: 8 },
      { shape: 'queued', failures: 10_000, most: 22 },
    ] as const) {
      const { minutes, mostAsks, mostReads, refused } = await recover(shape, failures);
      expect(minutes).toBeLessThan(most);
      expect(mostAsks).toBeLessThanOrEqual(180);
      expect(mostReads).toBeLessThanOrEqual(900);
      expect(refused).toBe(0);
    }
  });
});
