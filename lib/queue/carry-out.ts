/** Does with a record what was decided about it. */
import type { BoundLog } from '../log/log.ts';
import type { QueueReader, QueueRecord } from './queue.ts';
import { toDelaySeconds, type Verdict } from './retry.ts';

/** What it takes to put a message off, or to bury it. */
export interface CarryOutDeps {
  readonly queue: QueueReader;
  /** In [0, 1). */
  readonly random: () => number;
  /** Bound to the record. */
  readonly log: BoundLog;
}

/** @returns false for a record that goes back to the queue. Never throws. */
export async function carryOut(record: QueueRecord, verdict: Verdict, deps: CarryOutDeps): Promise<boolean> {
  const { queue, random, log } = deps;
  switch (verdict.kind) {
    case 'done':
      return true;
    case 'again':
      await queue.postpone(record, verdict.delaySeconds);
      return false;
    case 'dead':
      try {
        await queue.bury(record, verdict.reason);
      } catch (error) {
        log.error('record goes back', { error });
        await queue.postpone(record, toDelaySeconds(record.receiveCount, random()));
        return false;
      }
      log.error('dead letter', { reason: verdict.reason });
      return true;
  }
}
