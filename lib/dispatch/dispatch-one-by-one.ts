/** All handlers of one delivery, one after the other: for what may kill its process. */
import { freezeAll } from '../json/freeze-all.ts';
import { copyPayload } from './copy-payload.ts';
import type { Dispatch } from './dispatch.ts';
import type { Job } from './job.ts';
import type { HandlerOutcome } from './outcome.ts';
import type { Route } from './route.ts';

interface Options {
  readonly dispatch: Dispatch;
  /**
   * Whether the payload is too large to be there twice. Its handlers then share one that none of them can
   * change; otherwise each has its own, as always.
   */
  readonly large: boolean;
}

/** One handler that kills the process spends no attempt of another: none has others beside it. */
export async function dispatchOneByOne(
  routes: readonly Route[],
  job: Job,
  { dispatch, large }: Options,
): Promise<readonly HandlerOutcome[]> {
  const last = routes.length - 1;
  const shared = large && last > 0 ? freezeAll(job.payload) : undefined;
  const outcomes: HandlerOutcome[] = [];
  for (const [index, route] of routes.entries()) {
    // The last one may have what the others had copies of.
    const payload = shared ?? (index < last ? copyPayload(job.payload) : job.payload);
    outcomes.push(...(await dispatch([route], { ...job, payload })));
  }
  return outcomes;
}
