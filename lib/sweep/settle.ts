/** What becomes of a failure: recorded, counted, and told where nobody will come back to it. */
import type { Attempted } from './attempt.ts';
import { describeFailure, type Run } from './run.ts';
import type { Closing, Failure } from './store.ts';

/** Whether a failure is closed after such an attempt: otherwise it waits for the next one. */
export function isEnd(attempted: Attempted): boolean {
  return attempted === 'pulled' || attempted === 'lost';
}

/**
 * Counts and tells what an attempt came to, and closes what is over.
 *
 * @param failure As it was before the attempt.
 */
export async function settle(failure: Failure, attempted: Attempted, run: Run): Promise<void> {
  const { tally, log } = run;
  switch (attempted) {
    case 'pulled':
      if (await close(failure, 'pulled', run)) tally.pulled += 1;
      return;
    case 'lost':
      run.onStep('lost', failure);
      if (!(await close(failure, 'lost', run))) return;
      tally.lost += 1;
      log.error('delivery lost', { ...describeFailure(failure), attempts: failure.attempts });
      return;
    case 'asked':
      tally.asked += 1;
      return;
    case 'unexpected':
      return; // told with its error
    case 'refused':
    case 'outage':
    case 'pull_failed':
      log.warn('ask', { ...describeFailure(failure), outcome: 'failed', reason: attempted });
  }
}

/** After the last ask: nobody comes back to it, and that is said once. */
export async function giveUp(failure: Failure, run: Run): Promise<void> {
  run.onStep('give_up', failure);
  if (!(await close(failure, 'gave_up', run))) return;
  run.tally.gaveUp += 1;
  run.log.error('delivery given up', { ...describeFailure(failure), attempts: failure.attempts });
}

/** @returns Whether it was this run that closed it: what is reported is reported once. */
export async function close({ guid }: Failure, as: Closing, { tally, store }: Run): Promise<boolean> {
  const entry = tally.open.get(guid);
  if (entry === undefined) return false;
  tally.open.delete(guid);
  return store.close(entry, as);
}
