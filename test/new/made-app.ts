/** An app as `npm run new` makes it, and the commands that people type in it. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

export interface Ended {
  readonly code: unknown;
  /** Standard output and standard error. */
  readonly output: string;
}

/** Answers come from the cache where it has them. A registry is asked for the rest, and its silence fails the test. */
export const INSTALL = [
  'install',
  '--prefer-offline',
  '--no-audit',
  '--no-fund',
  // A registry that has trouble is asked again soon: npm would wait for more than a minute, also for what is optional.
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-maxtimeout=5000',
];

/** In a folder of its own, which `remove` takes away with everything in it. */
export async function createWorkplace() {
  const folder = await mkdtemp(join(tmpdir(), 'hookmint-new-'));
  return { folder, remove: () => rm(folder, { recursive: true }) };
}

/** Runs a command to its end, in an environment that is nobody's `npm run`. */
export function run(cwd: string, command: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env: cleanEnvironment(), maxBuffer: 1e7 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, output: `${stdout}${stderr}` }),
    );
  });
}

/** The same without any network, loopback neither, where this system lets us take it away. */
export function runOffline(cwd: string, command: string, args: readonly string[]): Promise<Ended> {
  return canUnshare() ? run(cwd, 'unshare', ['-rn', command, ...args]) : run(cwd, command, args);
}

/** `npm start` on a free port. */
export async function startLocally(cwd: string) {
  const env = { ...cleanEnvironment(), PORT: '0' };
  const child = spawn('npm', ['start'], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const url = await waitForUrl(child, () => output).catch(async (error: unknown) => {
    await stop(child);
    throw error;
  });
  return { url, output: () => output, stop: () => stop(child) };
}

/** SHA-256 by file, of every file of a folder that is not installed, built or git's own. */
export async function digestFiles(folder: string): Promise<Record<string, string>> {
  const files = await listFiles(folder, ['node_modules', 'dist', '.serverless', '.hookmint']);
  const digests = await Promise.all(
    files.map(async (file) => {
      const hash = createHash('sha256').update(await readFile(join(folder, file)));
      return [file, hash.digest('hex')] as const;
    }),
  );
  return Object.fromEntries(digests);
}

/** Paths of all files in a folder. What is left out is not looked into: something that ends may be tidying up there. */
async function listFiles(folder: string, leftOut: readonly string[] = []): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const lists = entries
    .filter(({ name }) => !leftOut.includes(name))
    .map(async (entry) => {
      if (!entry.isDirectory()) return [entry.name];
      const inside = await listFiles(join(folder, entry.name));
      return inside.map((file) => join(entry.name, file));
    });
  return (await Promise.all(lists)).flat();
}

/** As a terminal has it: nothing of the npm that runs these tests, and none of this repository's tools on the path. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(?:npm_(?:package|lifecycle|command|execpath|node|config_local)|INIT_CWD|NODE|VITEST|TEST$)/;
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name));
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((each) => !each.includes('node_modules'));
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter), NO_COLOR: '1' };
}

function canUnshare(): boolean {
  try {
    execFileSync('unshare', ['-rn', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function waitForUrl(child: ChildProcess, output: () => string): Promise<string> {
  const ended = once(child, 'exit').then(() => {
    throw new Error(`npm start ended:\n${output()}`);
  });
  for (;;) {
    const url = /^listening on (\S+)$/m.exec(output())?.[1];
    if (url !== undefined && output().includes('Ctrl-C ends it')) return url;
    await Promise.race([ended, once(child.stdout ?? child, 'data')]);
  }
}

/** The whole group: npm, its shell, and what they started. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const exited = once(child, 'exit');
  process.kill(-child.pid, 'SIGTERM');
  await exited;
}
