/** What becomes of a failure: recorded, counted, and told where nobody will come back to it. */
import type { Attempted } from './attempt.ts';
import { describeFailure, type Run } from './run.ts';
import { planNext } from './schedule.ts';
import type { Closing, Failure } from './store.ts';

/** After an attempt: the failure is closed, or waits for the next one. */
export async function settle(claimed: Failure, attempted: Attempted, run: Run): Promise<void> {
  const { tally, log } = run;
  switch (attempted) {
    case 'pulled':
      if (await close(claimed, 'pulled', run)) tally.pulled += 1;
      return;
    case 'lost':
      run.onStep('lost', claimed);
      if (!(await close(claimed, 'lost', run))) return;
      tally.lost += 1;
      log.error('delivery lost', { ...describeFailure(claimed), attempts: claimed.attempts });
      return;
    case 'asked':
      tally.asked += 1;
      break;
    case 'refused':
    case 'outage':
    case 'pull_failed':
      log.warn('ask', { ...describeFailure(claimed), outcome: 'failed', reason: attempted });
  }
  const attempts = claimed.attempts + 1;
  const next = planNext(attempts, claimed.deliveredAtMs, run.now());
  await run.store.postpone(claimed, { attempts, ...next });
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
