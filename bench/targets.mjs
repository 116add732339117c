/** What hookmint is to reach, as ratios within one run, with Secrets Manager on its side only. Pure. */
import { HANDLERS, INSTALLATIONS, MEMORY_MB } from './scenarios/installations.mjs';
import { MEGABYTE, toMegabytes } from './units.mjs';

const PROBOT_14 = ['probot-14-minimal', 'probot-14-adapter'];

/** @typedef {{ what: string, target: string, measured: string, met: boolean }} Target */

/**
 * @param {readonly import('./summary.mjs').Summary[]} summaries
 * @param {Pick<import('./report.mjs').Run, 'installations' | 'versus' | 'large'>} run
 * @returns {Target[]}
 */
export function compareWithTargets(summaries, { installations, versus, large }) {
  const by = Object.fromEntries(summaries.map((summary) => [summary.name, summary]));
  const hookmint = by.hookmint;
  const unclaimed = ['hookmint', 'hookmint-queued'].map((name) => by[name]?.unclaimed);

  /** @typedef {(summary: import('./summary.mjs').Summary | undefined) => number | undefined} Read */
  /**
   * Our figure over the best of theirs.
   *
   * @param {Read} read
   * @param {readonly string[]} names
   * @param {'most' | 'least'} [best]
   */
  const ratio = (read, names, best = 'least') => {
    const theirs = names.map((name) => read(by[name]) ?? Number.NaN);
    return (read(hookmint) ?? Number.NaN) / (best === 'least' ? Math.min(...theirs) : Math.max(...theirs));
  };
  /** @type {Read} */
  const cold = (summary) => summary?.cold?.totalMs;
  /** @type {Read} */
  const rate = (summary) => summary?.warm?.perSecond;
  /** @type {Read} */
  const first512 = (summary) => summary?.limited512?.firstMs;
  /** @type {Read} */
  const first128 = (summary) => summary?.limited128?.firstMs;

  /** @type {Read} */
  const warm = (summary) => summary?.warm?.p50Ms['8 kB'];
  const worker = versus.worker?.ratio.wall ?? Number.NaN;

  return [
    cpu('CPU of a warm delivery, inline with the ledger, over before', 0.5, versus['warm-ledger']),
    cpu('CPU of a warm delivery in the worker, over before', 0.5, versus.worker),
    atLeast('deliveries per second of one worker process over before', 2, 1 / worker),
    cpu('CPU of a warm delivery in the queued public function, over before', 0.6, versus.queued),
    cpu('CPU of INIT, inline with the ledger, over before', 0.7, versus.init),
    atMost('cold, spawn to answer, inline, over the `fetch` floor', 1.2, ratio(cold, ['floor-fetch'])),
    atMost('cold, spawn to answer, inline, over the better Probot 14', 0.8, ratio(cold, PROBOT_14)),
    atMost('warm p50 of 8 kB, inline, over the `node:https` floor', 1.35, ratio(warm, ['floor-https'])),
    atMost('warm p50 of 8 kB, inline, over the `fetch` floor', 0.9, ratio(warm, ['floor-fetch'])),
    atLeast('deliveries per second, inline, over the `fetch` floor', 1.1, ratio(rate, ['floor-fetch'])),
    atLeast('deliveries per second, inline, over the better Probot 14', 1.8, ratio(rate, PROBOT_14, 'most')),
    atMost(
      'first delivery at 512 MB, inline with the ledger, over the `fetch` floor',
      0.15,
      (first512(by['hookmint-ledger']) ?? Number.NaN) / (first512(by['floor-fetch']) ?? Number.NaN),
    ),
    atMost('first delivery at 128 MB, inline, over the `fetch` floor', 0.3, ratio(first128, ['floor-fetch'])),
    none(
      'mints for unclaimed events',
      unclaimed.map((found) => found?.mints),
    ),
    none(
      'handlers loaded for unclaimed events',
      unclaimed.map((found) => found?.handlerLoads),
    ),
    withinMemory(installations),
    atMost('peak memory of the worker, payload of 18 MB, over before', 0.7, large.now[18] / large.before[18]),
    {
      what: 'peak memory of the worker, payload of 25 MB',
      target: '≤ 400 MB',
      measured: `${toMegabytes(large.now[25])} MB`,
      met: large.now[25] <= 400 * MEGABYTE,
    },
  ];
}

/**
 * @param {string} what
 * @param {number} limit
 * @param {number} ratio
 * @returns {Target}
 */
function atMost(what, limit, ratio) {
  return { what, target: `≤ ${limit}`, measured: ratio.toFixed(2), met: ratio <= limit };
}

/**
 * @param {string} what
 * @param {number} limit
 * @param {import('./versus.mjs').Compared | undefined} compared
 */
function cpu(what, limit, compared) {
  return atMost(what, limit, compared?.ratio.cpu ?? Number.NaN);
}

/**
 * @param {string} what
 * @param {number} limit
 * @param {number} ratio
 * @returns {Target}
 */
function atLeast(what, limit, ratio) {
  return { what, target: `≥ ${limit}`, measured: ratio.toFixed(2), met: ratio >= limit };
}

/**
 * @param {string} what
 * @param {readonly (number | undefined)[]} counts
 * @returns {Target}
 */
function none(what, counts) {
  return { what, target: '0', measured: counts.join(' and '), met: counts.every((count) => count === 0) };
}

/**
 * @param {import('./scenarios/installations.mjs').Installations} installations
 * @returns {Target}
 */
function withinMemory({ peakRssBytes }) {
  return {
    what: `peak memory, ${INSTALLATIONS.toLocaleString('en')} installations × ${HANDLERS} handlers`,
    target: `≤ ${MEMORY_MB} MB`,
    measured: `${(peakRssBytes / MEGABYTE).toFixed(0)} MB`,
    met: peakRssBytes <= MEMORY_MB * MEGABYTE,
  };
}
