/** Which deliveries the handlers of this folder get. */
import { isCovering } from '../../lib/dispatch/load-handler.ts';
import type { CommandIo } from '../io/io.ts';
import { loadHandlers } from './handlers.ts';

export interface AppHandlers {
  /** Names of the handlers that get such a delivery; none where nobody claims it. */
  match(event: string, action: string | null): readonly string[];
}

/** @throws CommandError Where the handlers do not load. */
export async function loadAppHandlers(io: CommandIo): Promise<AppHandlers> {
  const { entries } = await loadHandlers(io);
  return {
    match(event, action) {
      const delivered = action === null ? event : `${event}.${action}`;
      return entries.filter(({ key }) => isCovering(key, delivered)).map(({ handler }) => handler.name);
    },
  };
}
