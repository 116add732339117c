/**
 * An app in a folder of its own, with its own `.env`, `.hookmint` and handlers, and the local commands run in it as
 * people run them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import { PROJECT, TEST_APP } from './build.ts';

/** The package's sources. */
const SOURCES = ['package.json', 'tsconfig.json', 'cli', 'lib', 'local'];

/** Shorter than a test's time, so that a test that waits in vain shows what came instead. */
const UNTIL_MS = 110_000;

type Environment = Readonly<Record<string, string>>;

export interface LocalProject {
  readonly folder: string;
  write(file: string, text: string): Promise<void>;
  read(file: string): Promise<string>;
  /** Permission bits, as `600`. */
  modeOf(file: string): Promise<string>;
  /** Runs a command to its end. */
  run(command: string, options?: { args?: readonly string[]; env?: Environment }): Promise<Ended>;
  /** `npm start` on a free port, up to where it says what can be done next. */
  start(env?: Environment, args?: readonly string[]): Promise<LocalServer>;
  remove(): Promise<void>;
}

interface Ended {
  readonly code: number | null;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

export interface LocalServer {
  readonly url: string;
  readonly port: string;
  readonly output: () => string;
  /** Waits for a text in what was printed since `from`, a length of the output. */
  until(text: string, from?: number): Promise<void>;
  stop(signal: 'SIGINT' | 'SIGTERM'): Promise<number | null>;
}

/** The test app, with the compiled package. */
export async function makeProject(): Promise<LocalProject> {
  const folder = await makeFolder();
  return openProject(folder, join(inject('package'), 'cli/bin.mjs'));
}

/** The test app, with the package's sources beside it, which its commands run from: a test may change them. */
export async function copyProject(): Promise<LocalProject> {
  const folder = await makeFolder();
  for (const path of SOURCES) await cp(join(PROJECT, path), join(folder, path), { recursive: true });
  return openProject(folder, join(folder, 'cli/bin.mjs'));
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hookmint-project-'));
  await cp(join(TEST_APP, 'functions'), join(folder, 'functions'), { recursive: true });
  await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n');
  return folder;
}

function openProject(folder: string, bin: string): LocalProject {
  const servers: LocalServer[] = [];

  return {
    folder,
    async write(file, text) {
      // One change, as most editors make it: a server that looks meanwhile does not meet an empty file.
      const whole = `${folder}-${randomUUID()}`;
      await writeFile(whole, text);
      await rename(whole, join(folder, file));
    },
    read: (file) => readFile(join(folder, file), 'utf8'),
    modeOf: async (file) => ((await stat(join(folder, file))).mode & 0o777).toString(8),
    async run(command, { args = [], env = {} } = {}) {
      const { child, output } = launch([bin, command, ...args], folder, env);
      const code = await ended(child);
      return { code, output: output() };
    },
    async start(env = {}, args = []) {
      const server = await startServer([bin, 'dev', ...args], folder, env);
      servers.push(server);
      return server;
    },
    async remove() {
      await Promise.all(servers.map((server) => server.stop('SIGTERM')));
      await rm(folder, { recursive: true });
    },
  };
}

async function startServer(args: readonly string[], folder: string, env: Environment): Promise<LocalServer> {
  const { child, output } = launch(args, folder, { PORT: '0', ...env });
  const exit = ended(child);
  const until = async (text: string, from = 0): Promise<void> => {
    const lastMs = performance.now() + UNTIL_MS;
    while (!output().slice(from).includes(text)) {
      if (child.exitCode !== null) throw new Error(`ended without '${text}':\n${output()}`);
      if (performance.now() > lastMs)
        throw new Error(`no '${text}' in what came since:\n${output().slice(from)}`);
      await sleep(20);
    }
  };
  await until('Ctrl-C ends it');
  const [, url = '', port = ''] = /^listening on (http:\/\/127\.0\.0\.1:(\d+))$/m.exec(output()) ?? [];
  return {
    url,
    port,
    output,
    until,
    async stop(signal) {
      child.kill(signal);
      return exit;
    },
  };
}

/** As the scripts of package.json do. Nothing of this process' environment but the path goes along, and how to collect garbage. */
function launch(args: readonly string[], folder: string, env: Environment) {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', GOGC: process.env['GOGC'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return { child, output: () => text };
}

async function ended(child: ChildProcess): Promise<number | null> {
  const [code]: (number | null)[] = await once(child, 'close');
  return code ?? null;
}
