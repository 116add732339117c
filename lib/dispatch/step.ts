/** One step on the way of a handler: its value, or the outcome that ends the handler there. */
import { raceAbort } from '../async/single-flight.ts';
import type { HandlerOutcome } from './outcome.ts';

/** The handler goes no further. */
export interface Ended {
  readonly ended: HandlerOutcome;
}

/**
 * Takes a step. When the time is up the step has ended, whether or not its work heeds the signal: what
 * the work comes to later changes nothing any more.
 *
 * @param toOutcome What a failure makes of the handler.
 */
export async function takeStep<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  toOutcome: (error: unknown) => HandlerOutcome,
): Promise<T | Ended> {
  try {
    return await raceAbort(work(), signal);
  } catch (error) {
    return { ended: toOutcome(error) };
  }
}

/** The same for a step that waits for nothing. It is not begun when the time is up. */
export function takeStepNow<T>(
  work: () => T,
  signal: AbortSignal,
  toOutcome: (error: unknown) => HandlerOutcome,
): T | Ended {
  try {
    signal.throwIfAborted();
    return work();
  } catch (error) {
    return { ended: toOutcome(error) };
  }
}

export function hasEnded(step: object): step is Ended {
  return 'ended' in step;
}
