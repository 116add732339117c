/** A built function in a new process that notes what it loads. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const HOST = fileURLToPath(new URL('cold.mjs', import.meta.url));

interface Message {
  readonly files: readonly string[];
  readonly builtins?: readonly string[];
  readonly answers?: readonly Answer[];
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface Invoked {
  readonly answers: readonly Answer[];
  /** Of the function: `webhook.mjs`, and its chunks without the hash in their names. */
  readonly modules: readonly string[];
  readonly bytes: number;
  /** Node's own, beyond those of an empty process. */
  readonly builtins: readonly string[];
}

/** Resolves when init has ended. */
export async function startColdFunction(bundle: string, env: Readonly<Record<string, string>>) {
  const child = fork(HOST, [pathToFileURL(bundle).href], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`the function's process ended with ${code}`);
  });
  failed.catch(() => {});
  const next = async (): Promise<Message> => {
    const [message]: Message[] = await Promise.race([once(child, 'message'), failed]);
    if (message === undefined) throw new Error('the function said nothing');
    return message;
  };
  await next();
  return {
    /** All at the same time. */
    async invoke(events: readonly object[]): Promise<Invoked> {
      child.send(events);
      const { files, builtins = [], answers = [] } = await next();
      const own = files.map((url) => fileURLToPath(url)).filter((file) => file.startsWith(dirname(bundle)));
      return {
        answers,
        builtins,
        modules: own.map((file) => basename(file).replace(/-[A-Z0-9]{8}(?=\.mjs$)/, '')),
        bytes: sumOf(own),
      };
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}

/** Bytes. */
export function sumOf(files: readonly string[]): number {
  return files.reduce((total, file) => total + statSync(file).size, 0);
}
