/** The handlers of the app in this folder, as far as they say which deliveries are theirs. */
import { resolve } from 'node:path';
import { isCovering } from '../../lib/dispatch/load-handler.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../io/io.ts';
import { loadingModules } from '../io/loading-modules.ts';

export interface AppHandlers {
  /** Names of the handlers that get such a delivery; none where nobody claims it. */
  match(event: string, action: string | null): readonly string[];
}

/** @throws CommandError Where the handlers do not load. */
export async function loadAppHandlers(io: CommandIo): Promise<AppHandlers> {
  const entries = await loadingModules(io, async () => {
    const { HANDLER_TABLE, loadHandlerTable } = await import('../../lib/build/build-functions.ts');
    const loaded = await loadHandlerTable(io.folder, resolve(io.folder, HANDLER_TABLE), HANDLER_TABLE).catch(
      (error: unknown) => {
        throw new CommandError(
          `The handlers of this folder do not load: ${error instanceof Error ? error.message : String(error)}`,
          { cause: error },
        );
      },
    );
    return loaded.entries.map(({ key, handler }) => ({ key, name: handler.name }));
  });
  return {
    match(event, action) {
      const delivered = action === null ? event : `${event}.${action}`;
      return entries.filter(({ key }) => isCovering(key, delivered)).map(({ name }) => name);
    },
  };
}
