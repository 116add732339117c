/** One run: everybody by turns, in an order of its own each round, and the report at its end. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBefore } from './before.mjs';
import { bundleContenders } from './bundles.mjs';
import { createContenders } from './contenders.mjs';
import { createCpuLimiter } from './cpu-limit.mjs';
import { writeReport } from './report.mjs';
import { measureBurst } from './scenarios/burst.mjs';
import { measureCold } from './scenarios/cold.mjs';
import { measureInstallations } from './scenarios/installations.mjs';
import { measureLarge } from './scenarios/large.mjs';
import { measureLimited } from './scenarios/limited.mjs';
import { proveContenders } from './scenarios/proof.mjs';
import { measureThrottled } from './scenarios/throttled.mjs';
import { measureUnclaimed } from './scenarios/unclaimed.mjs';
import { startWarm } from './scenarios/warm.mjs';
import { startStandIns } from './stand-ins.mjs';
import { createShuffle } from './statistics.mjs';
import { measureVersus } from './versus.mjs';
import { measureWhere } from './where.mjs';

/**
 * @typedef {object} Bench
 * @property {string} folder Temporary.
 * @property {import('./bundles.mjs').Bundles} bundles
 * @property {import('./stand-ins.mjs').StandIns} standIns
 * @property {import('./contenders.mjs').Contender[]} contenders
 * @property {ReturnType<typeof createCpuLimiter>} limiter
 * @property {<T>(items: readonly T[]) => T[]} shuffle
 */

/**
 * What was measured of one contender, a value for each round.
 *
 * @typedef {object} Measured
 * @property {import('./scenarios/cold.mjs').Cold[]} cold
 * @property {import('./scenarios/limited.mjs').Limited[]} limited512
 * @property {import('./scenarios/limited.mjs').Limited[]} limited128
 * @property {import('./scenarios/warm.mjs').Block[]} warm
 * @property {import('./scenarios/burst.mjs').Burst[]} burst
 * @property {import('./scenarios/unclaimed.mjs').Unclaimed[]} unclaimed
 */

/** A p99 needs this many. */
const WARM_SAMPLES = 320;

/** @param {{ rounds: number, seed: number }} options */
export async function runBench({ rounds, seed }) {
  process.chdir(join(import.meta.dirname, '..')); // the build's paths begin there
  const startedMs = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'hookmint-bench-'));
  const standIns = await startStandIns(folder);
  try {
    const bundles = await bundleContenders(folder);
    const contenders = createContenders(standIns, bundles);
    const limiter = createCpuLimiter();
    const bench = { folder, bundles, standIns, contenders, limiter, shuffle: createShuffle(seed) };
    console.log(`${contenders.length} contenders, bundled; now they prove that they do the work`);
    const loaded = await proveContenders(bench);
    const { measured, throttledMs, installations } = await measureAll(bench, rounds);
    const sides = { now: bundles.functions, before: await buildBefore(folder) };
    const versus = await measureVersus(bench, sides, { rounds: rounds * 2 });
    const large = await measureLarge(bench, sides);
    const where = await measureWhere(bench, loaded, rounds);
    const minutes = (performance.now() - startedMs) / 60_000;
    const run = {
      bench,
      measured,
      loaded,
      throttledMs,
      installations,
      versus,
      large,
      where,
      rounds,
      seed,
      minutes,
    };
    await writeReport(run);
  } finally {
    standIns.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param {Bench} bench
 * @param {number} rounds
 */
async function measureAll(bench, rounds) {
  /** @type {Record<string, Measured>} */
  const measured = Object.fromEntries(bench.contenders.map(({ name }) => [name, createMeasured()]));
  await inRounds(bench, 'cold', rounds, async (contender, mine) => {
    mine.cold.push(await measureCold(bench, contender));
  });
  await inRounds(bench, 'limited', Math.ceil(rounds / 2), async (contender, mine) => {
    mine.limited512.push(await measureLimited(bench, contender, 512));
  });
  await inRounds(bench, 'limited', Math.ceil(rounds / 3), async (contender, mine) => {
    mine.limited128.push(await measureLimited(bench, contender, 128));
  });
  await inRounds(bench, 'burst', Math.ceil(rounds / 4), async (contender, mine) => {
    mine.burst.push(await measureBurst(bench, contender));
  });
  await inRounds(bench, 'unclaimed', Math.ceil(rounds / 4), async (contender, mine) => {
    mine.unclaimed.push(await measureUnclaimed(bench, contender));
  });
  await measureWarm(rounds * 2);
  const throttledMs = await measureThrottled(bench);
  const installations = await measureInstallations(bench);
  return { measured, throttledMs, installations };

  /**
   * @param {Bench} given
   * @param {import('./contenders.mjs').Scenario} scenario
   * @param {number} count
   * @param {(contender: import('./contenders.mjs').Contender, mine: Measured) => Promise<void>} measure
   */
  async function inRounds({ contenders, shuffle, standIns }, scenario, count, measure) {
    const present = contenders.filter(({ scenarios }) => scenarios.includes(scenario));
    for (let round = 1; round <= count; round += 1) {
      console.log(`${scenario}, round ${round} of ${count}`);
      for (const contender of shuffle(present)) {
        await standIns.takeCounts();
        await measure(contender, measured[contender.name] ?? createMeasured());
      }
    }
  }

  /** @param {number} count */
  async function measureWarm(count) {
    /** @type {Map<string, Awaited<ReturnType<typeof startWarm>>>} */
    const running = new Map();
    try {
      for (const contender of bench.contenders.filter(({ scenarios }) => scenarios.includes('warm'))) {
        running.set(contender.name, await startWarm(bench, contender));
      }
      await inRounds(bench, 'warm', count, async ({ name }, mine) => {
        const block = await running.get(name)?.measure(Math.ceil(WARM_SAMPLES / count));
        if (block) mine.warm.push(block);
      });
    } finally {
      for (const { close } of running.values()) await close();
    }
  }
}

/** @returns {Measured} */
function createMeasured() {
  return { cold: [], limited512: [], limited128: [], warm: [], burst: [], unclaimed: [] };
}
