/**
 * What the ledger keeps of a delivery that came out of the queue and that no handler wanted: GitHub was answered
 * `queued`, and nothing else would show that a worker saw to it. One record for the delivery, beside none of a handler. Pure.
 */
import type { LedgerKey, LedgerRecord } from './ledger.ts';
import { LEDGER_FORMAT } from './record.ts';

/** What stands in the place of a handler's name. No handler can have this name by accident. */
const EVERY_HANDLER = '(ignored)';

export function toIgnoredKey(delivery: Omit<LedgerKey, 'handler'>): LedgerKey {
  return { ...delivery, handler: EVERY_HANDLER };
}

export function isIgnoredKey({ handler }: Pick<LedgerKey, 'handler'>): boolean {
  return handler === EVERY_HANDLER;
}

export function toIgnored(nowMs: number): LedgerRecord {
  return {
    v: LEDGER_FORMAT.written,
    state: 'done',
    fence: 1,
    nonce: null,
    attempts: 0,
    started: null,
    alone: null,
    carrier: null,
    messages: [],
    leaseUntilMs: 0,
    endedAtMs: nowMs,
    askedAtMs: null,
    reason: 'ignored',
  };
}
