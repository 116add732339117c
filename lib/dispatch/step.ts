/** One step on the way of a handler: its value, or the outcome that ends the handler there. */
import type { Signal } from '../async/abort.ts';
import type { HandlerOutcome } from './outcome.ts';

/** The handler goes no further. */
export interface Ended {
  readonly ended: HandlerOutcome;
}

/** The time of a handler, which ends whichever of its steps is under way: they are taken one after the other. */
export interface StepTime {
  readonly signal: Signal;
  /** The promise, or a rejection with the signal's reason as soon as that aborts. */
  race<T>(work: Promise<T>): Promise<T>;
  /** Stops listening. */
  end(): void;
}

/** Listens once for all steps: to listen takes as long as a step whose work is there already. */
export function startStepTime(signal: Signal): StepTime {
  let lose: ((reason: unknown) => void) | undefined;
  const onAbort = (): void => lose?.(signal.reason);
  signal.addEventListener('abort', onAbort);
  return {
    signal,
    race: (work) =>
      new Promise((resolve, reject) => {
        lose = reject;
        work.then(resolve, reject);
        if (signal.aborted) onAbort();
      }),
    end: () => signal.removeEventListener('abort', onAbort),
  };
}

/**
 * Takes a step. When the time is up the step has ended, whether or not its work heeds the signal: what
 * the work comes to later changes nothing any more.
 *
 * @param toOutcome What a failure makes of the handler.
 */
export async function takeStep<T>(
  work: () => Promise<T>,
  time: StepTime,
  toOutcome: (error: unknown) => HandlerOutcome,
): Promise<T | Ended> {
  try {
    return await time.race(work());
  } catch (error) {
    return { ended: toOutcome(error) };
  }
}

/** The same for a step that waits for nothing. It is not begun when the time is up. */
export function takeStepNow<T>(
  work: () => T,
  { signal }: StepTime,
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
