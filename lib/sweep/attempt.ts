/** One attempt at one failure, claimed by this run: the ask, or the pull where an ask cannot help. */
import { ServiceFault } from '../faults.ts';
import { MAYBE_TOO_LARGE_FOR_THE_QUEUE, TOO_LARGE_FOR_THE_DOOR, TOO_LARGE_REASON } from './good-answer.ts';
import { describeFailure, type Run } from './run.ts';
import type { Failure } from './store.ts';

export type Attempted = 'asked' | 'refused' | 'outage' | 'pulled' | 'pull_failed' | 'lost';

/** What the attempts of one run have in common. */
export interface Asking {
  lastAskMs: number;
  /** How many asks in a row found GitHub down. */
  outages: number;
}

/** So many asks in a row may find GitHub down, and count as asks; the next ends the run. */
const MAX_OUTAGES = 2;

/** @param outage Whether GitHub failed already in this run. */
export function createAsking(outage: boolean): Asking {
  return { lastAskMs: -Infinity, outages: outage ? MAX_OUTAGES : 0 };
}

/** @throws ServiceFault What ends the run; the failure is given back first. */
export async function attempt(claimed: Failure, asking: Asking, run: Run): Promise<Attempted> {
  try {
    const result = await (mayBeTooLarge(claimed) ? pullOrAsk : ask)(claimed, asking, run);
    asking.outages = 0;
    return result;
  } catch (error) {
    // Whether the ask arrived is open when the time is up: it is made again when the lease has ended.
    if (run.signal.aborted) throw error;
    const down = error instanceof ServiceFault && error.code === 'github_unavailable';
    if (down && asking.outages < MAX_OUTAGES) {
      asking.outages += 1;
      return 'outage';
    }
    await run.store.release(claimed).catch(() => {}); // the lease ends by itself
    throw error;
  }
}

function mayBeTooLarge({ statusCode }: Failure): boolean {
  return statusCode === TOO_LARGE_FOR_THE_DOOR || statusCode === MAYBE_TOO_LARGE_FOR_THE_QUEUE;
}

async function pullOrAsk(claimed: Failure, asking: Asking, run: Run): Promise<Attempted> {
  const detail = await run.deliveryLog.detail(claimed.logId, run.signal);
  if (detail === undefined) return 'lost';
  const tooLarge = claimed.statusCode === TOO_LARGE_FOR_THE_DOOR || detail.reason === TOO_LARGE_REASON;
  if (!tooLarge) return ask(claimed, asking, run);
  const { payload } = detail;
  if (payload === undefined) return 'lost';
  run.onStep('pull', claimed);
  const { logId, guid, event, action } = claimed;
  try {
    const pulled = await run.pull({ logId, guid, event, action, detail: { ...detail, payload } }, run.signal);
    return pulled === 'done' ? 'pulled' : 'pull_failed';
  } catch (error) {
    const limited = error instanceof ServiceFault && error.code === 'app_rate_limited';
    if (run.signal.aborted || limited) throw error;
    run.log.error('pull', { ...describeFailure(claimed), outcome: 'failed', error });
    return 'pull_failed';
  }
}

async function ask(claimed: Failure, asking: Asking, run: Run): Promise<Attempted> {
  const { deliveryLog, signal } = run;
  run.onStep('ask', claimed);
  asking.lastAskMs = run.now();
  const answer = await deliveryLog.redeliver(claimed.logId, signal);
  if (answer === 'asked') return 'asked';
  if (answer === 'gone') return 'lost';
  const detail = await deliveryLog.detail(claimed.logId, signal);
  return detail?.payload === undefined ? 'lost' : 'refused';
}
