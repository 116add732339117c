/** What hookmint is to reach, as ratios within one run, with Secrets Manager on its side only. Pure. */
import { HANDLERS, INSTALLATIONS, MEMORY_MB } from './scenarios/installations.mjs';
import { MEGABYTE } from './units.mjs';

const PROBOT_14 = ['probot-14-minimal', 'probot-14-adapter'];
const OCTOKIT_PEERS = ['octokit-webhooks', 'octokit-app', ...PROBOT_14, 'probot-13-adapter'];

/** @typedef {{ what: string, target: string, measured: string, met: boolean }} Target */

/**
 * @param {readonly import('./summary.mjs').Summary[]} summaries
 * @param {import('./scenarios/installations.mjs').Installations} installations
 * @returns {Target[]}
 */
export function compareWithTargets(summaries, installations) {
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

  return [
    ...['8 kB', '50 kB'].flatMap((size) => {
      /** @type {Read} */
      const warm = (summary) => summary?.warm?.p50Ms[size];
      return [
        atMost(`warm p50 of ${size} over the \`fetch\` floor`, 0.75, ratio(warm, ['floor-fetch'])),
        atMost(`warm p50 of ${size} over the \`node:https\` floor`, 1.4, ratio(warm, ['floor-https'])),
      ];
    }),
    atLeast('deliveries per second over the `fetch` floor', 1.5, ratio(rate, ['floor-fetch'])),
    atLeast('deliveries per second over the better Probot 14', 3, ratio(rate, PROBOT_14, 'most')),
    atMost('cold, spawn to answer, over the `fetch` floor', 1.3, ratio(cold, ['floor-fetch'])),
    below('cold, spawn to answer, over the better Probot 14', 0.7, ratio(cold, PROBOT_14)),
    below(
      "cold, spawn to answer, over Probot 13's adapter as shipped",
      0.1,
      ratio(cold, ['probot-13-shipped']),
    ),
    atMost('first delivery at 512 MB over the `fetch` floor', 0.4, ratio(first512, ['floor-fetch'])),
    atMost('first delivery at 512 MB over the best Octokit peer', 0.4, ratio(first512, OCTOKIT_PEERS)),
    atMost('first delivery at 128 MB over the `fetch` floor', 0.3, ratio(first128, ['floor-fetch'])),
    atMost('first delivery at 128 MB over the best Octokit peer', 0.3, ratio(first128, OCTOKIT_PEERS)),
    atMost(
      'cold, the queued public function over the inline one',
      1,
      (cold(by['hookmint-queued']) ?? Number.NaN) / (cold(hookmint) ?? Number.NaN),
    ),
    none(
      'mints for unclaimed events',
      unclaimed.map((found) => found?.mints),
    ),
    none(
      'handlers loaded for unclaimed events',
      unclaimed.map((found) => found?.handlerLoads),
    ),
    withinMemory(installations),
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
 * @param {number} ratio
 * @returns {Target}
 */
function below(what, limit, ratio) {
  return { what, target: `< ${limit}`, measured: ratio.toFixed(2), met: ratio < limit };
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
