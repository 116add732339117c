/** The table, as it takes one call: everything that may become of it. Pure. */
import { isUnchanged, toLedgerItem } from '../../lib/aws/ledger-items.ts';
import type { LedgerRecord } from '../../lib/ledger/ledger.ts';
import type { Step } from '../../lib/ledger/steps.ts';

/** One thing that may become of a call. */
export interface Happened<Result> {
  readonly next: Step<Result>;
  /** What stands in the table afterwards. */
  readonly record: LedgerRecord | undefined;
  /** Whether the write took place. */
  readonly applied: boolean;
  /** Whether an answer was lost. */
  readonly lost: boolean;
  /** The answer, as a text that tells it from others. */
  readonly answer: string;
}

interface Place {
  readonly record: LedgerRecord | undefined;
  readonly sweepAskedAtMs: number | null;
  /** Whether answers may be lost. */
  readonly mayLose: boolean;
}

const KEY = { host: 'host', appId: '1', hookId: '1', deliveryId: '1', handler: '1' };

export function call<Result>(step: Step<Result>, place: Place): readonly Happened<Result>[] {
  const { record, sweepAskedAtMs, mayLose } = place;
  switch (step.call) {
    case 'none':
      return [];
    case 'read_sweep_ask': {
      const next = step.after(sweepAskedAtMs);
      return [{ next, record, applied: false, lost: false, answer: `asked ${sweepAskedAtMs}` }];
    }
    case 'read': {
      const known = { record, applied: false };
      const answer = JSON.stringify(record) ?? 'nothing';
      const heard = { ...known, next: step.after(record), lost: false, answer };
      const unheard = { ...known, next: step.after('unknown'), lost: true, answer: 'unread' };
      return mayLose ? [heard, unheard] : [heard];
    }
    case 'put': {
      const holds = stands(record, step.over);
      const after = holds ? step.record : record;
      const put = holds ? 'written' : 'refused';
      const heard = { next: step.after(put), record: after, applied: holds, lost: false, answer: put };
      if (!mayLose) return [heard];
      const unheard = { next: step.after('unknown'), lost: true, answer: 'unknown' };
      return [
        heard,
        { ...unheard, record, applied: false },
        ...(holds ? [{ ...unheard, record: after, applied: true }] : []),
      ];
    }
  }
}

/** By the condition that the product sends. */
function stands(record: LedgerRecord | undefined, over: LedgerRecord | undefined): boolean {
  if (record === undefined || over === undefined) return record === over;
  const item = toLedgerItem(KEY, record, 0);
  const wanted = Object.entries(isUnchanged(over).ExpressionAttributeValues ?? {});
  return wanted.every(([name, value]) => JSON.stringify(item[name.slice(1)]) === JSON.stringify(value));
}
