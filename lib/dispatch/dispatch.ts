/** All handlers of one delivery, side by side: none waits for another, none stops another. */
import type { Payload } from '../webhook/parse.ts';
import type { HandlerOutcome } from './outcome.ts';
import type { Route } from './route.ts';
import { runHandler, type RunDeps, type Work } from './run-handler.ts';

export type Dispatch = (routes: readonly Route[], work: Work) => Promise<readonly HandlerOutcome[]>;

export function createDispatch(deps: RunDeps): Dispatch {
  return (routes, work) =>
    Promise.all(
      routes.map((route, index) => {
        // Each has a payload of its own: what one does to it, the next does not see.
        const payload = index === 0 ? work.payload : copy(work.payload);
        return runHandler(route, { ...work, payload }, deps);
      }),
    );
}

/** What is nested too deep to be copied is shared. */
function copy(payload: Payload): Payload {
  try {
    return structuredClone(payload);
  } catch {
    return payload;
  }
}
