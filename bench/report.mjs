/** Writes RESULTS.md and results.svg, whole, and prints what matters most. */
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { drawChart } from './chart.mjs';
import { MEMORY_MB, NODE_FLAGS } from './child.mjs';
import * as many from './scenarios/installations.mjs';
import { describeLarge } from './scenarios/large.mjs';
import { median } from './statistics.mjs';
import { summarize } from './summary.mjs';
import { toTable } from './table.mjs';
import { compareWithTargets } from './targets.mjs';
import { toCount, toFigure, toKilobytes, toMegabytes } from './units.mjs';
import { describeMachine, readVersions } from './versions.mjs';
import { describeVersus } from './versus.mjs';
import { describeWhere } from './where.mjs';

/**
 * @typedef {object} Run
 * @property {import('./bench.mjs').Bench} bench
 * @property {Record<string, import('./bench.mjs').Measured>} measured
 * @property {Record<string, import('./scenarios/proof.mjs').LoadedBytes>} loaded
 * @property {number[]} throttledMs
 * @property {import('./scenarios/installations.mjs').Installations} installations
 * @property {Record<string, import('./versus.mjs').Compared>} versus
 * @property {import('./scenarios/large.mjs').Large} large
 * @property {import('./where.mjs').Where} where
 * @property {number} rounds
 * @property {number} seed
 * @property {number} minutes
 */

/** @typedef {import('./summary.mjs').Summary} Summary */

/** @param {Run} run */
export async function writeReport(run) {
  const { bench, measured, loaded, installations } = run;
  const summaries = bench.contenders.flatMap((contender) => {
    const mine = measured[contender.name];
    const bytes = loaded[contender.name];
    return mine && bytes ? [summarize(contender, mine, bytes)] : [];
  });
  const targets = compareWithTargets(summaries, run);
  const text = [
    '# Results of `npm run bench`',
    await describeRun(run),
    '![The same figures as bars](results.svg)',
    '## Targets',
    toTable(
      ['', 'target', 'measured', ''],
      targets.map(({ what, target, measured: found, met }) => [
        what,
        target,
        found,
        met ? 'met' : '**not met**',
      ]),
    ),
    ...describeVersus(run.versus),
    ...describeCold(summaries),
    ...describeLimited(summaries, bench.limiter.pins),
    ...describeWarm(summaries),
    ...describeCalls(summaries),
    ...describeSizes(summaries),
    ...describeThrottling(run.throttledMs),
    ...describeInstallations(installations),
    ...describeLarge(run.large),
    ...describeWhere(run.where),
    '## Versions',
    toTable(['package', 'version'], await readVersions()),
  ].join('\n\n');
  const file = join(import.meta.dirname, 'RESULTS.md');
  const config = await resolveConfig(file);
  await writeFile(file, await format(text, { ...config, parser: 'markdown' }));
  await writeFile(join(import.meta.dirname, 'results.svg'), drawChart(summaries));

  for (const { what, target, measured: found, met } of targets) {
    console.log(`${met ? 'met    ' : 'NOT MET'}  ${found.padStart(7)}  ${target.padEnd(8)}  ${what}`);
  }
  console.log(`bench/RESULTS.md and bench/results.svg after ${run.minutes.toFixed(1)} minutes`);
}

/** @param {Run} run */
async function describeRun({ rounds, seed, minutes }) {
  return [
    `Written by \`npm run bench\`: ${rounds} rounds, seed ${seed}, ${minutes.toFixed(1)} minutes on ${describeMachine()}. `,
    'Medians; in each round everybody takes a turn, in an order of its own. Only ratios carry over to other ',
    `machines. ${describeLoad()}\n\n`,
    'One `issues.opened` delivery: verify, sign, mint, post one comment. The same recorded payload and the same ',
    'GitHub, a stand-in behind TLS that answers at once, for everybody; every answer and every comment is ',
    'checked. hookmint reads its secrets from Secrets Manager through the AWS SDK, over TLS from a stand-in; ',
    'the others find theirs in the environment. Peers are bundled by the same esbuild for the same target, ',
    "minified. Probot's throttling and retries, which wait on timers, are off but where a row says that it is as its ",
    'README has it.',
  ].join('');
}

/** What else went on: on a machine that others use, too, even ratios of CPU are some per cent off. */
function describeLoad() {
  const [, , fifteen = 0] = loadavg();
  return `By its end the load of the last quarter of an hour was ${fifteen.toFixed(1)}, the benchmark's own included.`;
}

/** @param {readonly Summary[]} summaries */
function describeCold(summaries) {
  const floor = find(summaries, 'floor-fetch')?.cold?.totalMs;
  const rows = summaries.flatMap(({ title, cold }) =>
    cold === undefined
      ? []
      : [
          [
            title,
            toFigure(cold.totalMs),
            toRatio(cold.totalMs, floor),
            toFigure(cold.loadMs),
            toFigure(cold.firstMs),
            toFigure(cold.cpuMs),
            toCount(cold.connections),
          ],
        ],
  );
  return [
    '## Cold, on all cores',
    'From the start of the process to the answer of its first delivery, of 8 kB, on the clock of who started it.',
    toTable(
      [
        '',
        'spawn to answer, ms',
        '× `fetch` floor',
        'module load, ms',
        'first delivery, ms',
        'CPU, ms',
        'connections to GitHub',
      ],
      rows,
    ),
  ];
}

/**
 * @param {readonly Summary[]} summaries
 * @param {boolean} pins
 */
function describeLimited(summaries, pins) {
  const floor = find(summaries, 'floor-fetch');
  const rows = summaries.flatMap(({ title, limited512: at512, limited128: at128 }) =>
    at512 === undefined || at128 === undefined
      ? []
      : [
          [
            title,
            toFigure(at512.loadMs),
            toFigure(at512.firstMs),
            toRatio(at512.firstMs, floor?.limited512?.firstMs),
            toFigure(at128.firstMs),
            toRatio(at128.firstMs, floor?.limited128?.firstMs),
            toFigure(at512.cpuMs),
          ],
        ],
  );
  const pinning = pins ? 'kept to one core' : '**not** kept to one core, for want of `taskset`';
  return [
    '## Cold, with the CPU of 512 MB and of 128 MB',
    `INIT runs at full speed, as in Lambda. From its end the process is stopped and continued by signals, 2 ms of work at a time, and ${pinning}, so that it has memory/1769 of a core.`,
    toTable(
      [
        '',
        'INIT, ms',
        '512 MB: first delivery, ms',
        '× `fetch` floor',
        '128 MB: first delivery, ms',
        '× `fetch` floor',
        'CPU of it at 512 MB, ms',
      ],
      rows,
    ),
  ];
}

/** @param {readonly Summary[]} summaries */
function describeWarm(summaries) {
  const floor = find(summaries, 'floor-fetch')?.warm;
  const rows = summaries.flatMap(({ title, warm }) =>
    warm === undefined
      ? []
      : [
          [
            title,
            ...['8 kB', '50 kB', '1 MB'].flatMap((size) => [
              toFigure(warm.p50Ms[size]),
              toRatio(warm.p50Ms[size], floor?.p50Ms[size]),
              toFigure(warm.p99Ms[size]),
            ]),
            toFigure(warm.perSecond),
            toRatio(warm.perSecond, floor?.perSecond),
            toFigure(warm.cpuMs),
          ],
        ],
  );
  return [
    '## Warm',
    'Milliseconds of one delivery at a time, by size of its body; then deliveries per second of 8 kB, ten at a time, and the CPU of each. × is over the `fetch` floor.',
    toTable(
      [
        '',
        '8 kB p50',
        '×',
        'p99',
        '50 kB p50',
        '×',
        'p99',
        '1 MB p50',
        '×',
        'p99',
        'per second',
        '×',
        'CPU of each, ms',
      ],
      rows,
    ),
  ];
}

/** @param {readonly Summary[]} summaries */
function describeCalls(summaries) {
  const rows = summaries.flatMap(({ name, title, burst, unclaimed }) =>
    burst === undefined && unclaimed === undefined
      ? []
      : [
          [
            title,
            toFigure(burst?.totalMs),
            toCount(burst?.mints),
            toCount(unclaimed?.mints),
            name.startsWith('hookmint') ? toCount(unclaimed?.handlerLoads) : 'one bundle',
            toFigure(unclaimed?.p50Ms),
          ],
        ],
  );
  return [
    '## A hundred at once, and unclaimed events',
    'A hundred deliveries of one installation for a new process; and 50 kB of an event that no handler claims.',
    toTable(['', '100 at once, ms', 'mints', 'unclaimed: mints', 'handlers loaded', 'warm p50, ms'], rows),
  ];
}

/** @param {readonly Summary[]} summaries */
function describeSizes(summaries) {
  const rows = summaries.map(({ title, bytes, cold, warm }) => [
    title,
    toKilobytes(bytes.total),
    toKilobytes(bytes.atInit),
    toKilobytes(bytes.byFirstDelivery),
    toMegabytes(cold?.peakRssBytes),
    toMegabytes(warm?.peakRssBytes),
  ]);
  const flags = listFlags(NODE_FLAGS);
  return [
    '## Bundle and memory',
    `The bundle, and what of it Node has loaded by when. Peak memory of the process, started with ${flags}, as Lambda starts Node with ${MEMORY_MB} MB.`,
    toTable(
      [
        '',
        'bundle, kB',
        'loaded at INIT, kB',
        'by the first answer, kB',
        'peak memory after one delivery, MB',
        'after the warm ones, MB',
      ],
      rows,
    ),
  ];
}

/** @param {readonly number[]} timesMs */
function describeThrottling([first, ...later]) {
  return [
    '## Probot 14 as it is shipped',
    `With its throttling and retries on, the first comment of a process took ${toFigure(first)} ms, and each after it ${toFigure(median(later))} ms.`,
  ];
}

/** @param {import('./scenarios/installations.mjs').Installations} installations */
function describeInstallations({ mints, mintsAgain, peakRssBytes, peakHeapBytes, timesMs }) {
  return [
    '## Many installations',
    [
      `hookmint, inline, ${toCount(many.INSTALLATIONS)} installations and ${many.HANDLERS} handlers of one event, each with permissions of its own, `,
      `in a process with ${listFlags(many.NODE_FLAGS)}, as Lambda starts Node with ${many.MEMORY_MB} MB: ${toCount(mints)} tokens minted, `,
      `and when every installation came again ${toCount(mintsAgain)}, so ${toCount(mints - mintsAgain)} were held. `,
      `Peak memory ${toMegabytes(peakRssBytes)} MB, of which heap ${toMegabytes(peakHeapBytes)} MB. `,
      `Every delivery was answered and every comment posted; p50 of the second time ${toFigure(median(timesMs))} ms.`,
    ].join(''),
  ];
}

/** @param {readonly string[]} flags */
function listFlags(flags) {
  return flags.map((flag) => `\`${flag}\``).join(' and ');
}

/**
 * @param {readonly Summary[]} summaries
 * @param {string} name
 */
function find(summaries, name) {
  return summaries.find((summary) => summary.name === name);
}

/**
 * @param {number | undefined} number
 * @param {number | undefined} base
 */
function toRatio(number, base) {
  return number === undefined || base === undefined ? '–' : (number / base).toFixed(2);
}
