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
  return loadingModules(surroundings, async () => {
    const { HANDLER_TABLE, loadHandlerTable } = await import('../../lib/build/build-functions.ts');
    const table = resolve(surroundings.folder, HANDLER_TABLE);
    return loadHandlerTable(surroundings.folder, table, HANDLER_TABLE).catch(refuse);
  });
}

function refuse(error: unknown): never {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  const because = cause instanceof Error ? `\n  because: ${cause.message}` : '';
  throw new CommandError(`The handlers of this folder do not load: ${message}${because}`, { cause: error });
}
