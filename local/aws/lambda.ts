/**
 * A built function in a process of its own, as Lambda has it: its own environment, its own output,
 * and nothing of the caller's modules. Unlike Lambda it takes invocations side by side.
 */
import { fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

export interface LambdaFunction {
  /**
   * Resolves when every line that the function wrote before its answer is in `lines`.
   *
   * @param timeoutMs For this invocation alone, in place of what the function's configuration says.
   * @throws Error where the function threw or its process ended.
   */
  invoke(event: unknown, timeoutMs?: number): Promise<unknown>;
  /** Everything that the process wrote so far, line by line. */
  readonly lines: readonly string[];
  /** The exit code, once the process has ended. */
  readonly exited: Promise<number | null>;
  close(): Promise<void>;
}

interface LambdaOptions {
  /** Path of the built module, which exports `handler`. */
  readonly bundle: string;
  readonly env: Readonly<Record<string, string>>;
  /** What the function's configuration would say. */
  readonly timeoutMs?: number;
  readonly onLine?: (line: string) => void;
}

interface Message {
  readonly ready?: true;
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: string;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

const HOST = fileURLToPath(new URL('lambda-host.mjs', import.meta.url));

/** Resolves when the function has finished its init; rejects, with its output, where that fails. */
export async function startLambda({
  bundle,
  env,
  timeoutMs: configuredMs = 10_000,
  onLine,
}: LambdaOptions): Promise<LambdaFunction> {
  const lines: string[] = [];
  const pending = new Map<number, Pending>();
  const child = fork(HOST, [pathToFileURL(bundle).href], {
    env: { PATH: process.env['PATH'] ?? '', AWS_LAMBDA_FUNCTION_VERSION: '1', ...env },
    execArgv: ['--enable-source-maps'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      onLine?.(line);
    });
  }
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      for (const { reject } of pending.values())
        reject(new Error(`the function's process ended with ${code}`));
      pending.clear();
      resolve(code);
    });
  });

  await new Promise<void>((resolve, reject) => {
    child.on('message', ({ ready, id, result, error }: Message) => {
      const waiting = id === undefined ? undefined : pending.get(id);
      if (id !== undefined) pending.delete(id);
      // What the process wrote before it sent this is in its pipes, which are read in the same turn of the event loop.
      setImmediate(() => {
        if (ready === true) resolve();
        else if (error === undefined) waiting?.resolve(result);
        else waiting?.reject(new Error(error));
      });
    });
    exited.then((code) => reject(new Error(`init failed with ${code}:\n${lines.join('\n')}`)), reject);
  });

  let nextId = 1;
  return {
    lines,
    exited,
    invoke: (event, timeoutMs = configuredMs) =>
      new Promise((resolve, reject) => {
        const id = nextId;
        nextId += 1;
        pending.set(id, { resolve, reject });
        child.send({ id, event, timeoutMs }, (error) => error === null || reject(error));
      }),
    async close() {
      // Not `disconnect`: after that Node emits no 'close', and a handler in an endless loop would live on.
      child.kill();
      await exited;
    },
  };
}
