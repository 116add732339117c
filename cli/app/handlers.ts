/** The handlers of the app in this folder, loaded as the functions load them. */
import type { Handler } from '../../lib/dispatch/define-handler.ts';
import { CommandError } from '../command-error.ts';
import { loadingModules } from '../io/loading-modules.ts';
import type { Surroundings } from '../io/surroundings.ts';
import { join } from 'node:path';

/** @throws CommandError Where one of them does not load, or is no good. */
export async function loadHandlers(
  surroundings: Pick<Surroundings, 'folder' | 'stderr' | 'endProcess'>,
): Promise<readonly Handler[]> {
  return loadingModules(surroundings, async () => {
    const { HANDLER_TABLE, loadHandlerTable } = await import('../../lib/build/build-functions.ts');
    const table = join(surroundings.folder, HANDLER_TABLE);
    const loaded = await loadHandlerTable(surroundings.folder, table, HANDLER_TABLE).catch(refuse);
    return loaded.handlers;
  });
}

function refuse(error: unknown): never {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  const because = cause instanceof Error ? `\n  because: ${cause.message}` : '';
  throw new CommandError(`The handlers do not load: ${message}${because}`, { cause: error });
}
