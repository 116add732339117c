/** The upgrade by a tarball: whether the one in `vendor/` is what is installed, and its installation. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readField } from '../../lib/json/json.ts';
import { CommandError } from '../command-error.ts';

const VENDORED = 'vendor/hookmint.tgz';
/** What npm itself knows of the folder it is in, with a lockfile and without. */
const INSTALLED = 'node_modules/.package-lock.json';

/** Set for the installation that this one starts: it must not start another. */
const RUNS_INSIDE = 'HOOKMINT_TAKES_VENDORED';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @param app The app's folder.
 * @throws CommandError Where npm cannot install it, which it has told then; and under `npm ci`, which installs what
 *         package-lock.json names or nothing.
 */
export async function takeVendored(app: string, env: Environment): Promise<void> {
  if (env[RUNS_INSIDE] !== undefined) return;
  const tarball = await readFile(join(app, VENDORED)).catch(() => undefined);
  const installed = await readInstalledIntegrity(app);
  if (tarball === undefined || installed === undefined) return;
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  if (integrity === installed) return;
  if (env['npm_command'] === 'ci') {
    throw new CommandError(
      `${VENDORED} is another one than package-lock.json names: run npm install, and commit package-lock.json.`,
    );
  }
  console.log(`${VENDORED} is another one than what is installed: installing it.`);
  const npm = spawn('npm', ['install', `file:${VENDORED}`, '--no-audit', '--no-fund'], {
    cwd: app,
    env: { ...env, [RUNS_INSIDE]: '1' },
    stdio: 'inherit',
    shell: process.platform === 'win32', // where npm is a batch file
  });
  const [code]: unknown[] = await once(npm, 'close');
  if (code !== 0) throw new CommandError(`npm install file:${VENDORED} failed: see above.`);
}

/** @returns undefined where another package manager installed it, or it did not come from a tarball of ours. */
async function readInstalledIntegrity(app: string): Promise<string | undefined> {
  const text = await readFile(join(app, INSTALLED), 'utf8').catch(() => '{}');
  const entry = readField(readField(JSON.parse(text), 'packages'), 'node_modules/hookmint');
  const resolved = readField(entry, 'resolved');
  const integrity = readField(entry, 'integrity');
  return resolved === `file:${VENDORED}` && typeof integrity === 'string' ? integrity : undefined;
}
