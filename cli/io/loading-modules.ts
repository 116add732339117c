/** Work that loads the app's own modules: what those print is no part of an answer. */
import { Console } from 'node:console';
import type { Surroundings } from './surroundings.ts';

/** Runs it with `console` on standard error. A module may leave a timer running: the command then ends the process. */
export async function loadingModules<T>(
  { stderr, endProcess }: Pick<Surroundings, 'stderr' | 'endProcess'>,
  work: () => Promise<T>,
): Promise<T> {
  endProcess();
  const own = globalThis.console;
  globalThis.console = new Console(stderr, stderr);
  try {
    return await work();
  } finally {
    globalThis.console = own;
  }
}
