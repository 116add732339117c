/** All handlers of one delivery, side by side: none waits for another, none stops another. */
import type { Payload } from '../delivery/payload.ts';
import type { HandlerOutcome } from './outcome.ts';
import type { Route } from './route.ts';
import type { Job } from './job.ts';
import { runHandler, type RunDeps } from './run-handler.ts';

export type Dispatch = (routes: readonly Route[], job: Job) => Promise<readonly HandlerOutcome[]>;

export function createDispatch(deps: RunDeps): Dispatch {
  return (routes, job) =>
    Promise.all(
      routes.map((route, index) => {
        // Each has a payload of its own: what one does to it, the next does not see.
        const payload = index === 0 ? job.payload : copy(job.payload);
        return runHandler(route, { ...job, payload }, deps);
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
