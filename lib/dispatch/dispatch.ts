/** All handlers of one delivery, side by side: none waits for another, none stops another. */
import type { Payload } from '../delivery/payload.ts';
import { freezeAll } from '../json/freeze-all.ts';
import type { Job } from './job.ts';
import type { HandlerOutcome } from './outcome.ts';
import type { Route } from './route.ts';
import { runHandler, type RunDeps } from './run-handler.ts';

export type Dispatch = (routes: readonly Route[], job: Job) => Promise<readonly HandlerOutcome[]>;

export function createDispatch(deps: RunDeps): Dispatch {
  return (routes, job) => {
    deps.app.notice(job.delivery);
    const payloads = toOwnPayloads(job.payload, routes.length);
    return Promise.all(
      routes.map((route, index) =>
        runHandler(route, { ...job, payload: payloads[index] ?? job.payload }, deps),
      ),
    );
  };
}

/** One for each handler: what one does to it, the next does not see. */
function toOwnPayloads(payload: Payload, count: number): readonly Payload[] {
  if (count < 2) return [payload];
  try {
    return Array.from({ length: count }, (_, index) => (index === 0 ? payload : structuredClone(payload)));
  } catch {
    // Nested too deep to be copied: they share one that nobody can change.
    freezeAll(payload);
    return [];
  }
}
