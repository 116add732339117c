/** Tries the handlers of this folder with a delivery and its recording. */
import { isCovering } from '../../lib/dispatch/load-handler.ts';
import type { JsonObject } from '../../lib/json/json.ts';
import { withHandlers } from '../app/handlers.ts';
import { CommandError } from '../command-error.ts';
import type { CommandIo } from '../io/io.ts';
import { compareHandlers, type Comparison } from './compare-handlers.ts';
import { onLoopbackOnly } from './loopback-only.ts';
import type { Recording } from './record-fixture.ts';

/** @returns null where they do not load, which is told: the recording stands all the same. */
export async function tryHandlers(
  original: JsonObject,
  recording: Recording,
  io: CommandIo,
): Promise<readonly Comparison[] | null> {
  try {
    return await io.showing('Trying the handlers with it', () =>
      withHandlers(io, ({ entries }) => {
        const claiming = entries.filter(({ key }) => isCovering(key, recording.event));
        const handlers = new Map(claiming.map(({ handler }) => [handler.name, handler]));
        return onLoopbackOnly(() => compareHandlers([...handlers.values()], original, recording));
      }),
    );
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    io.tell(...error.message.split('\n'), 'No handler was tried with the recording.');
    return null;
  }
}
