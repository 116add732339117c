/** The handlers of the app in this folder, loaded as the functions load them. */
import { resolve } from 'node:path';
import type { LoadedTable } from '../../lib/build/build-functions.ts';
import { CommandError } from '../command-error.ts';
import { loadingModules } from '../io/loading-modules.ts';
import type { Surroundings } from '../io/surroundings.ts';

/** @throws CommandError Where one of them does not load, or is no good. */
export async function loadHandlers(
  surroundings: Pick<Surroundings, 'folder' | 'stderr' | 'endProcess'>,
): Promise<LoadedTable> {
  return withHandlers(surroundings, (loaded) => Promise.resolve(loaded));
}

/**
 * The same, for work that runs them: what they import when they run is there until its end.
 *
 * @throws CommandError As `loadHandlers`; and what the work throws.
 */
export async function withHandlers<T>(
  surroundings: Pick<Surroundings, 'folder' | 'stderr' | 'endProcess'>,
  work: (loaded: LoadedTable) => Promise<T>,
): Promise<T> {
  return loadingModules(surroundings, async () => {
    const { HANDLER_TABLE, withHandlerTable } = await import('../../lib/build/build-functions.ts');
    const { folder } = surroundings;
    let isLoaded = false;
    const noting = (loaded: LoadedTable): Promise<T> => {
      isLoaded = true;
      return work(loaded);
    };
    const app = { app: folder, table: resolve(folder, HANDLER_TABLE), shownAs: HANDLER_TABLE };
    return withHandlerTable(app, noting).catch((error: unknown) => {
      throw isLoaded ? error : explain(error);
    });
  });
}

function explain(error: unknown): CommandError {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  const because = cause instanceof Error ? `\n  because: ${cause.message}` : '';
  return new CommandError(`The handlers of this folder do not load: ${message}${because}`, { cause: error });
}
