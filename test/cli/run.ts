/** Runs a command as the command line does, without a process: its streams are held, its time is moved by hand. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type Clock, SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { type ExitCode, runCommand } from '../../cli/run-command.ts';

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Whether a person sits there. Default: nobody. */
  readonly isTTY?: boolean;
  readonly clock?: Clock;
}

export interface Ended {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly ended: Promise<Ended>;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Keys, as they come from a keyboard: `\u0003` is Ctrl-C, `\r` is Return. */
  press(keys: string): void;
  /** What Ctrl-C does where no question is asked. */
  interrupt(): void;
}

/** An app's folder. */
export interface Folder {
  readonly path: string;
  write(file: string, text: string): Promise<void>;
  read(file: string): Promise<string>;
  /** A module that exports all that another one does. */
  link(file: string, target: string): Promise<void>;
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  start(args: readonly string[], options?: RunOptions): RunningCommand;
  remove(): Promise<void>;
}

export async function makeFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'hookmint-command-'));
  const start = (args: readonly string[], options: RunOptions = {}) => startCommand(path, args, options);
  return {
    path,
    write: (file, text) => writeFile(join(path, file), text),
    async link(file, target) {
      await mkdir(dirname(join(path, file)), { recursive: true });
      await writeFile(join(path, file), `export * from ${JSON.stringify(target)};\n`);
    },
    read: (file) => readFile(join(path, file), 'utf8'),
    run: (args, options) => start(args, options).ended,
    start,
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

/** Runs a command in a folder that is there already. */
export function runIn(folder: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return startCommand(folder, args, options).ended;
}

function startCommand(
  folder: string,
  args: readonly string[],
  { env = {}, isTTY = false, clock = SYSTEM_CLOCK }: RunOptions,
): RunningCommand {
  const stdin = Object.assign(new PassThrough(), { isTTY, setRawMode() {} });
  const out = hold(isTTY);
  const err = hold(isTTY);
  const interrupts = new Set<() => void>();
  const code = runCommand(args, {
    folder,
    env,
    stdin,
    stdout: out.stream,
    stderr: err.stream,
    clock,
    onInterrupt(callback) {
      interrupts.add(callback);
      return () => interrupts.delete(callback);
    },
    openBrowser: () => {},
    endProcess() {},
  });
  return {
    ended: code.then((ended) => ({ code: ended, stdout: out.text(), stderr: err.text() })),
    stdout: out.text,
    stderr: err.text,
    press: (keys) => void stdin.write(keys),
    interrupt: () => interrupts.forEach((callback) => callback()),
  };
}

function hold(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 100 });
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return { stream, text: () => text };
}
