/** The worker's peak memory with a payload that it reads back from GitHub's log, of 512 MB as it is deployed. */
import { startChild } from '../child.mjs';
import { createBatch } from '../deliveries.mjs';
import { toTable } from '../table.mjs';
import { toMegabytes } from '../units.mjs';
import { toContender } from '../versus.mjs';
import { takeChecked } from './check.mjs';

/** GitHub sends 25 at most. */
const SIZES_MB = /** @type {const} */ ([18, 25]);

/** @typedef {(typeof SIZES_MB)[number]} Size */

/**
 * Peak memory in bytes, by megabytes of the payload; NaN where the process died of it.
 *
 * @typedef {Record<'now' | 'before', Record<Size, number>>} Large
 */

/**
 * @param {Parameters<typeof import('../versus.mjs').measureVersus>[0]} bench
 * @param {import('../versus.mjs').Sides} sides
 * @returns {Promise<Large>}
 */
export async function measureLarge(bench, sides) {
  /** @type {Large} */
  const large = { now: { 18: Number.NaN, 25: Number.NaN }, before: { 18: Number.NaN, 25: Number.NaN } };
  for (const side of /** @type {const} */ (['now', 'before'])) {
    for (const megabytes of SIZES_MB) {
      console.log(`the worker ${side}, with a payload of ${megabytes} MB`);
      large[side][megabytes] = await measurePeak(bench, sides, { side, megabytes });
    }
  }
  return large;
}

/**
 * @param {Parameters<typeof measureLarge>[0]} bench
 * @param {import('../versus.mjs').Sides} sides
 * @param {{ side: 'now' | 'before', megabytes: Size }} which
 */
async function measurePeak(bench, sides, { side, megabytes }) {
  const scenario = { title: '', bundle: 'worker', needs: ['key', 'ledger', 'queue'], comments: 1 };
  const contender = toContender(bench, sides, {
    side,
    name: `large-${megabytes}`,
    scenario: /** @type {import('../versus.mjs').Scenario} */ ({ ...scenario, each: 1, invocations: 1 }),
  });
  await bench.standIns.takeCounts();
  const child = await startChild(contender, bench);
  try {
    const { peakRssBytes } = await child.invoke(createBatch(1, { logId: toLogId(side, megabytes) }));
    await takeChecked(contender, bench.standIns, 1);
    return peakRssBytes;
  } catch (error) {
    // The release before ran out of memory here; this one must not.
    if (side === 'now') throw error;
    return Number.NaN;
  } finally {
    await child.close();
  }
}

/**
 * The stand-in makes the payload by it; each side has a delivery of its own.
 *
 * @param {'now' | 'before'} side
 * @param {Size} megabytes
 */
function toLogId(side, megabytes) {
  return `${megabytes * 1_000_000 + (side === 'now' ? 1 : 2)}`;
}

/** @param {Large} large */
export function describeLarge({ now, before }) {
  return [
    '## Payloads of megabytes',
    'Peak memory, in MB, of the worker that reads one delivery back from GitHub’s log and runs its handler, in a process started as with 512 MB. Its payload is the worst of its size: paths of a few letters. A dash: the process died of it.',
    toTable(
      ['', 'before', 'now', 'ratio'],
      SIZES_MB.map((megabytes) => [
        `${megabytes} MB`,
        toCell(before[megabytes]),
        toCell(now[megabytes]),
        Number.isNaN(before[megabytes]) ? '–' : (now[megabytes] / before[megabytes]).toFixed(2),
      ]),
    ),
  ];
}

/** @param {number} bytes */
function toCell(bytes) {
  return Number.isNaN(bytes) ? '–' : toMegabytes(bytes);
}
