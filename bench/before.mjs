/** hookmint as it was before it was made fast with a ledger and a queue: built from git, with the work that everybody does. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';

const COMMIT = '31c9f385af2091ab05efd7293b00ce39bcc3f31d';
const ROOT = join(import.meta.dirname, '..');

/** Runs in the folder of that release: its build reads the table of handlers that its own benchmark used. */
const BUILD = `
  import { buildFunctions } from './build.mjs';
  await buildFunctions({ handlers: 'bench/handlers/index.mjs', outdir: 'dist' });
`;

/**
 * @param {string} folder Where it goes.
 * @returns {Promise<{ webhook: string, worker: string }>} Its functions.
 * @throws Error Where the commit is not in this clone, or the packages that it was made with are not installed.
 */
export async function buildBefore(folder) {
  const source = join(folder, 'before');
  await mkdir(source);
  const archive = spawnSync('git', ['archive', '--format=tar', COMMIT], {
    cwd: ROOT,
    maxBuffer: 256 * 1024 * 1024,
  });
  if (archive.status !== 0)
    throw new Error(`this clone has no commit ${COMMIT} to compare with: git fetch --unshallow`);
  execFileSync('tar', ['-xf', '-', '-C', source], { input: archive.stdout });
  await refuseOtherVersions(source);
  await symlink(join(ROOT, 'node_modules'), join(source, 'node_modules'));
  execFileSync(process.execPath, ['--input-type=module', '--eval', BUILD], {
    cwd: source,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const functions = join(source, 'dist/functions');
  return { webhook: join(functions, 'webhook.mjs'), worker: join(functions, 'worker.mjs') };
}

/**
 * What it was made of must be what is installed: otherwise its packages would be compared as well.
 *
 * @param {string} source
 */
async function refuseOtherVersions(source) {
  const { dependencies } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
  for (const [name, version] of Object.entries(dependencies)) {
    const file = join(ROOT, 'node_modules', name, 'package.json');
    const installed = JSON.parse(await readFile(file, 'utf8')).version;
    if (installed !== version)
      throw new Error(
        `${name} is ${installed} here and was ${version}: run \`npm ci\` in a worktree of ${COMMIT}`,
      );
  }
}
