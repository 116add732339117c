/**
 * Where the bytes and the time of hookmint go. Every figure of time comes of two processes: one without a profiler
 * says how much CPU there was, another with one how it is shared out.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NODE_FLAGS, startChild } from './child.mjs';
import { PARTS, splitProfile } from './cpu-profile.mjs';
import { createDelivery } from './deliveries.mjs';
import { takeChecked } from './scenarios/check.mjs';
import { APP } from './bundles.mjs';
import { sumByPackage } from './sources.mjs';
import { WEBHOOK_SECRET } from './stand-ins.mjs';
import { median } from './statistics.mjs';
import { toTable } from './table.mjs';
import { toFigure, toKilobytes } from './units.mjs';

/** As in a deployment, where a ledger is the default. */
const DEPLOYED = 'hookmint-ledger';

const WARM = ['hookmint', DEPLOYED, 'floor-https', 'floor-fetch'];
const WARM_UP_DELIVERIES = 600;
const WARM_DELIVERIES = 400;

const SAMPLE_EVERY_US = 100;
const MOST_PACKAGES = 15;

/** What is less everywhere has no row. */
const LEAST_MS = 0.005;

const EVENT = createDelivery(WEBHOOK_SECRET, { bytes: 8_000 });
const PART_NAMES = /** @type {import('./cpu-profile.mjs').Part[]} */ (Object.keys(PARTS));

/** @typedef {import('./cpu-profile.mjs').Shares} Shares */

/**
 * One stretch in all rounds.
 *
 * @typedef {object} Stretch
 * @property {number} mainMs CPU of the main thread.
 * @property {number} othersMs CPU of the other threads.
 * @property {Shares} partsMs What mainMs is made of.
 */

/**
 * @typedef {object} Where
 * @property {[string, number][]} packages
 * @property {{ bootMs: number, init: Stretch, first: Stretch }} cold
 * @property {Record<string, Stretch & { p50Ms: number }>} warm Of one delivery, by contender.
 */

/**
 * @param {import('./bench.mjs').Bench} bench
 * @param {Record<string, import('./scenarios/proof.mjs').LoadedBytes>} loaded
 * @param {number} rounds
 * @returns {Promise<Where>}
 */
export async function measureWhere(bench, loaded, rounds) {
  const cold = await measureRuns(bench, DEPLOYED, { rounds: Math.max(rounds, 3), warm: false });
  /** @type {Where['warm']} */
  const warm = {};
  for (const name of bench.shuffle(WARM)) {
    const runs = await measureRuns(bench, name, { rounds: Math.ceil(rounds / 6), warm: true });
    warm[name] = {
      ...perDelivery(toStretch(runs, 'warm')),
      p50Ms: median(runs.plain.flatMap(({ timesMs }) => timesMs)),
    };
  }
  return {
    packages: sumByPackage(bench.bundles.metafiles, APP, loaded[DEPLOYED]?.files ?? []),
    cold: {
      bootMs: median(cold.plain.map(({ bootMs }) => bootMs)),
      init: toStretch(cold, 'init'),
      first: toStretch(cold, 'first'),
    },
    warm,
  };
}

/**
 * @param {import('./bench.mjs').Bench} bench
 * @param {string} name
 * @param {{ rounds: number, warm: boolean }} options
 */
async function measureRuns(bench, name, { rounds, warm }) {
  /** @type {{ plain: Run[], profiled: Run[] }} */
  const runs = { plain: [], profiled: [] };
  for (let round = 1; round <= rounds; round += 1) {
    console.log(`where the time of ${name} goes, ${warm ? 'warm' : 'cold'}, round ${round} of ${rounds}`);
    runs.plain.push(await run(bench, name, { warm, profile: false }));
    runs.profiled.push(await run(bench, name, { warm, profile: true }));
  }
  return runs;
}

/**
 * @typedef {object} Run
 * @property {number} bootMs
 * @property {number[]} timesMs Of the warm deliveries.
 * @property {Record<'init' | 'first' | 'warm', import('./child.mjs').Span | undefined>} spans
 * @property {import('node:inspector').Profiler.Profile} [profile]
 */

/**
 * @param {import('./bench.mjs').Bench} bench
 * @param {string} name
 * @param {{ warm: boolean, profile: boolean }} options
 * @returns {Promise<Run>}
 */
async function run({ contenders, folder, standIns }, name, { warm, profile }) {
  const contender = contenders.find((one) => one.name === name);
  if (contender === undefined) throw new Error(`${name} is not among the contenders`);
  const file = `${name}.cpuprofile`;
  const flags = [
    `--cpu-prof-dir=${folder}`,
    `--cpu-prof-name=${file}`,
    `--cpu-prof-interval=${SAMPLE_EVERY_US}`,
  ];
  const nodeFlags = profile ? [...NODE_FLAGS, '--cpu-prof', ...flags] : NODE_FLAGS;
  await standIns.takeCounts();
  const child = await startChild(contender, { folder, nodeFlags });
  const first = await child.invoke(EVENT);
  if (warm) await child.invoke(EVENT, { count: WARM_UP_DELIVERIES });
  const measured = warm ? await child.invoke(EVENT, { count: WARM_DELIVERIES }) : undefined;
  await child.end();
  await takeChecked(contender, standIns, warm ? 1 + WARM_UP_DELIVERIES + WARM_DELIVERIES : 1);
  return {
    bootMs: child.boot.allMs,
    timesMs: measured?.timesMs ?? [],
    spans: { init: child.init, first: first.span, warm: measured?.span },
    profile: profile ? JSON.parse(await readFile(join(folder, file), 'utf8')) : undefined,
  };
}

/**
 * @param {{ plain: readonly Run[], profiled: readonly Run[] }} runs
 * @param {keyof Run['spans']} which
 * @returns {Stretch}
 */
function toStretch({ plain, profiled }, which) {
  const spans = plain.flatMap(({ spans: { [which]: span } }) => (span === undefined ? [] : [span]));
  const mainMs = median(spans.map((span) => span.mainMs));
  const shares = profiled.flatMap(({ profile, spans: { [which]: span } }) =>
    profile === undefined || span === undefined ? [] : [splitProfile(profile, span)],
  );
  const medians = PART_NAMES.map((part) => median(shares.map((share) => share[part])));
  const sum = medians.reduce((total, share) => total + share, 0); // medians do not add up to 1
  const partsMs = PART_NAMES.map((part, index) => [part, ((medians[index] ?? 0) / sum) * mainMs]);
  return {
    mainMs,
    othersMs: median(spans.map((span) => span.allMs - span.mainMs)),
    partsMs: Object.fromEntries(partsMs),
  };
}

/**
 * @param {Stretch} stretch Of WARM_DELIVERIES.
 * @returns {Stretch} Of one.
 */
function perDelivery({ mainMs, othersMs, partsMs }) {
  const parts = Object.entries(partsMs).map(([part, ms]) => [part, ms / WARM_DELIVERIES]);
  return {
    mainMs: mainMs / WARM_DELIVERIES,
    othersMs: othersMs / WARM_DELIVERIES,
    partsMs: Object.fromEntries(parts),
  };
}

/** @param {Where} where */
export function describeWhere({ packages, cold: { bootMs, init, first }, warm }) {
  const bytes = packages.reduce((sum, [, one]) => sum + one, 0);
  const rest = packages.slice(MOST_PACKAGES);
  const restBytes = rest.reduce((sum, [, one]) => sum + one, 0);
  const stretches = WARM.flatMap((name) => warm[name] ?? []);
  return [
    '## Where the bytes go',
    'What a cold delivery of hookmint, inline with a ledger, loads, by package.',
    toTable(
      ['', 'kB', '%'],
      [...packages.slice(0, MOST_PACKAGES), [`${rest.length} more`, restBytes], ['all', bytes]].map(
        ([name, size]) => [`${name}`, toKilobytes(Number(size)), toFigure((Number(size) / bytes) * 100)],
      ),
    ),
    '## Where the time of a cold start goes',
    `Milliseconds of CPU of the same, inline with a ledger. The sums are measured without a profiler, and shared out as the profiles of other processes say. A function is compiled when it first runs, and counts as what it belongs to. Node itself takes ${toFigure(bootMs)} ms before INIT.`,
    toTable(['', 'INIT', 'first delivery'], [...listParts([init, first]), ...listSums([init, first])]),
    '## Where the time of a warm delivery goes',
    `Milliseconds of CPU of one delivery of 8 kB, one at a time, made in the same way. ${explainWarm(warm)}`,
    toTable(
      ['', 'hookmint, inline', 'with a ledger', 'floor with `node:https`', 'floor with `fetch`'],
      [
        ...listParts(stretches),
        ...listSums(stretches),
        ['from call to answer, p50', ...stretches.map(({ p50Ms }) => toFigure(p50Ms))],
      ],
    ),
  ];
}

/** @param {readonly Stretch[]} stretches */
function listParts(stretches) {
  const seen = PART_NAMES.filter((part) => stretches.some(({ partsMs }) => partsMs[part] >= LEAST_MS));
  return seen.map((part) => [PARTS[part], ...stretches.map(({ partsMs }) => toFigure(partsMs[part]))]);
}

/** @param {readonly Stretch[]} stretches */
function listSums(stretches) {
  return [
    ['**the main thread**', ...stretches.map(({ mainMs }) => toFigure(mainMs))],
    ['other threads: compiler, collector, DNS', ...stretches.map(({ othersMs }) => toFigure(othersMs))],
  ];
}

/**
 * What stands between hookmint and the floors.
 *
 * @param {Where['warm']} warm
 */
function explainWarm({ hookmint, 'floor-https': https, 'floor-fetch': fetch }) {
  if (hookmint === undefined || https === undefined || fetch === undefined) return '';
  const dearer = PART_NAMES.map((part) => ({ part, ms: hookmint.partsMs[part] - https.partsMs[part] }))
    .filter(({ ms }) => ms > 0)
    .toSorted((one, other) => other.ms - one.ms)
    .slice(0, 5)
    .map(({ part, ms }) => `${PARTS[part]} ${toFigure(ms)}`);
  return [
    `Inline without a ledger takes ${toFigure(hookmint.mainMs - https.mainMs)} ms more than the \`node:https\` floor, `,
    `most of it in: ${dearer.join('; ')}. `,
    `The \`node:https\` floor itself takes ${(https.p50Ms / fetch.p50Ms).toFixed(2)} of the \`fetch\` floor's time from call to answer.`,
  ].join('');
}
