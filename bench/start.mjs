/**
 * `npm run bench`: brings the peers in where they are missing or older than the lockfile, then measures.
 *
 *     npm run bench -- --quick        fewer rounds, some four minutes
 *     npm run bench -- --rounds 20    more of them
 *     npm run bench -- --seed 7       another order of the contenders
 *     npm run bench -- --only warm-ledger,worker,queued,init
 *                                     hookmint against what it was before, told on the terminal
 */
import { spawnSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    rounds: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string' },
  },
});
const rounds = toNumber('--rounds', values.rounds ?? (values.quick ? '3' : '12'), 1);
const seed = toNumber('--seed', values.seed ?? '1', 0);

if (!(await isInstalled())) install();
if (values.only === undefined) {
  const { runBench } = await import('./bench.mjs');
  await runBench({ rounds, seed });
} else {
  const { runOnly } = await import('./only.mjs');
  await runOnly({ only: values.only.split(','), rounds: rounds * 2, seed });
}

/** npm writes a copy of the lockfile last, when everything is in place. */
async function isInstalled() {
  const installed = await toChangedAt('node_modules/.package-lock.json');
  return installed !== undefined && installed >= ((await toChangedAt('package-lock.json')) ?? 0);
}

/** @param {string} file */
async function toChangedAt(file) {
  const found = await stat(new URL(file, import.meta.url)).catch(() => undefined);
  return found?.mtimeMs;
}

function install() {
  console.log('installing what hookmint is compared with');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: import.meta.dirname,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error('`npm ci` in bench/ failed');
}

/**
 * @param {string} name
 * @param {string} text
 * @param {number} least
 */
function toNumber(name, text, least) {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least) return number;
  console.error(`${name} takes a whole number from ${least}, not ${text}`);
  process.exit(1);
}
