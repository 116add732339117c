/** All handlers of one delivery, side by side: none waits for another, none stops another. */
import type { Tracer } from '../tracing/tracer.ts';
import { copyPayload } from './copy-payload.ts';
import type { Job } from './job.ts';
import type { HandlerOutcome } from './outcome.ts';
import type { Route } from './route.ts';
import { runHandler, type RunDeps } from './run-handler.ts';
import { traceHandler } from './trace-handler.ts';

/** Runs the handlers of these routes. What failed is an outcome; outcomes are in the order of the routes. */
export type Dispatch = (routes: readonly Route[], job: Job) => Promise<readonly HandlerOutcome[]>;

interface DispatchDeps extends RunDeps {
  /** Absent where nobody asked for traces. */
  readonly tracer?: Tracer | undefined;
}

/** Each handler gets a payload of its own, so that what one does to it reaches no other. */
export function createDispatch(deps: DispatchDeps): Dispatch {
  return (routes, job) => {
    deps.app.notice(job.delivery);
    const payloads = routes.map((_, index) => (index === 0 ? job.payload : copyPayload(job.payload)));
    return Promise.all(
      routes.map((route, index) =>
        traceHandler(deps.tracer, job, () =>
          runHandler(route, { ...job, payload: payloads[index] ?? job.payload }, deps),
        ),
      ),
    );
  };
}
