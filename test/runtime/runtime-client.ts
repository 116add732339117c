/**
 * AWS's own runtime client, `aws-lambda-ric`, in a folder of its own: it is built from source, takes a
 * minute and a compiler, and only this test needs it.
 */
import { access, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './run-command.ts';

const FOLDER = fileURLToPath(new URL('client', import.meta.url));
const CLIENT = join(FOLDER, 'node_modules', 'aws-lambda-ric', 'index.mjs');

/** What the build of the client calls, and the Debian package that brings it. */
const TOOLS: readonly { readonly command: string; readonly debian: string }[] = [
  { command: 'cmake', debian: 'cmake' },
  { command: 'g++', debian: 'g++' },
  { command: 'make', debian: 'make' },
  { command: 'python3', debian: 'python3' },
  { command: 'tar', debian: 'tar' },
  { command: 'xz', debian: 'xz-utils' },
];

/**
 * Installs the client where it is missing or older than its lockfile. Tools that its build lacks come
 * from the machine's packages where we may install them.
 *
 * @returns Path of the client.
 * @throws Error that says what to install where we may not.
 */
export async function installRuntimeClient(): Promise<string> {
  if (await isInstalled()) return CLIENT;
  if (process.platform !== 'linux')
    throw new Error(
      "AWS's runtime client runs on Linux only: run this test in a container, or let CI do it.",
    );
  await installTools();
  console.log("Building AWS's runtime client in test/runtime/client; it takes a minute …");
  await runCommand('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: FOLDER,
    env: { ...process.env, ...(await toHeaders()) },
  });
  if (!(await isInstalled()))
    throw new Error(
      "AWS's runtime client was not built: does npm run install scripts here, or is ignore-scripts set?",
    );
  return CLIENT;
}

/** npm writes its own lockfile last; the addon is what the install scripts build. */
async function isInstalled(): Promise<boolean> {
  const modified = async (file: string): Promise<number> =>
    (await stat(join(FOLDER, file)).catch(() => undefined))?.mtimeMs ?? Number.NaN;
  const installed = await modified('node_modules/.package-lock.json');
  const built = await exists(join(FOLDER, 'node_modules', 'aws-lambda-ric', 'rapid-client.node'));
  return built && installed >= (await modified('package-lock.json'));
}

async function installTools(): Promise<void> {
  const found = await Promise.all(TOOLS.map(({ command }) => isOnPath(command)));
  const missing = TOOLS.filter((_, index) => found[index] === false);
  if (missing.length === 0) return;
  const packages = missing.map(({ debian }) => debian);
  if (process.getuid?.() !== 0 || !(await isOnPath('apt-get'))) {
    const commands = missing.map(({ command }) => command).join(', ');
    throw new Error(
      `AWS's runtime client is built from source, and the machine has no ${commands}. ` +
        `Install them (on Debian and Ubuntu: sudo apt-get install ${packages.join(' ')}) and run this again.`,
    );
  }
  console.log(`Installing what the build needs: ${packages.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await runCommand('apt-get', ['update', '-qq'], { env });
  await runCommand('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env });
}

/** Node's own headers, which stand beside it: otherwise node-gyp downloads them. */
async function toHeaders(): Promise<Readonly<Record<string, string>>> {
  const prefix = resolve(process.execPath, '..', '..');
  return (await exists(join(prefix, 'include', 'node', 'node_api.h'))) ? { npm_config_nodedir: prefix } : {};
}

async function isOnPath(command: string): Promise<boolean> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = await Promise.all(folders.map((folder) => exists(join(folder, command))));
  return found.includes(true);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
