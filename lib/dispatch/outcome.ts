/** What became of a delivery and of each of its handlers. Pure. */
import type { FailureStatus, ServiceFault } from '../faults.ts';
import { cutText, toPlainText } from '../log/plain-text.ts';
import { redact } from '../log/redact.ts';
import type { Settlement } from '../ledger/ledger.ts';

/** What became of one handler. `ignored`: its `when` said no; `duplicate`: the ledger has it that it is done. */
export type HandlerOutcome =
  | { readonly name: string; readonly outcome: 'handled' | 'ignored' | 'duplicate' }
  | { readonly name: string; readonly outcome: 'skipped'; readonly reason: string }
  | FailedHandler;

interface FailedHandler {
  readonly name: string;
  readonly outcome: 'failed';
  readonly reason: string;
  readonly fault: ServiceFault;
  /** Which attempt it was; undefined where nothing was claimed. */
  readonly attempt?: number | undefined;
  /** Trying again is of no use. */
  readonly final: boolean;
}

/** The one of its handlers that weighs most. */
export type DeliveryOutcome = 'handled' | 'skipped' | 'duplicate' | 'ignored' | 'failed';

/** The most severe first: a delivery is what the worst of its handlers made of it. */
const FAILURES: readonly FailureStatus[] = [503, 502, 500];
const ENDINGS = ['handled', 'skipped', 'duplicate', 'ignored'] as const;

interface DeliveryResult {
  readonly outcome: DeliveryOutcome;
  /** Of the worst handler, where it failed. */
  readonly fault?: ServiceFault;
}

/**
 * Of failures the worst status decides, and among equal ones the longest `Retry-After`. Without handlers: `ignored`.
 */
export function summarise(handlers: readonly HandlerOutcome[]): DeliveryResult {
  const faults = handlers.flatMap((handler) => (handler.outcome === 'failed' ? [handler.fault] : []));
  for (const status of faults.length > 0 ? FAILURES : []) {
    const same = faults.filter((fault) => fault.disposition === status);
    const [worst] = same.toSorted((a, b) => (b.retryAfterSeconds ?? 0) - (a.retryAfterSeconds ?? 0));
    if (worst !== undefined) return { outcome: 'failed', fault: worst };
  }
  return {
    outcome: ENDINGS.find((ending) => handlers.some(({ outcome }) => outcome === ending)) ?? 'ignored',
  };
}

/**
 * How loud to log what became of handlers: `warn` where all that failed only wait for a known time, and
 * nobody has anything to mend.
 */
export function toLogLevel(handlers: readonly HandlerOutcome[]): 'info' | 'warn' | 'error' {
  const failures = handlers.filter((handler) => handler.outcome === 'failed');
  if (failures.length === 0) return 'info';
  return failures.every(({ fault }) => isWaiting(fault)) ? 'warn' : 'error';
}

/** Longest reason that GitHub's page shows without hiding the rest of the answer. */
const MAX_REASON_LENGTH = 200;

/** A text of a handler's, fit for an answer. */
export function toReason(text: unknown, secrets: Iterable<string>): string {
  return cutText(toPlainText(redact(String(text), secrets)), MAX_REASON_LENGTH);
}

/** The attempt that a fault ended: which one, and how many there are. */
export interface Attempt {
  readonly number: number;
  readonly most: number;
}

/** What a fault makes of a handler: `skipped` where trying again cannot help. */
export function toFaultOutcome(name: string, fault: ServiceFault, attempt?: Attempt): HandlerOutcome {
  const reason = cutText(toPlainText(fault.reason), MAX_REASON_LENGTH);
  if (fault.disposition === 'skipped') return { name, outcome: 'skipped', reason };
  const last = attempt !== undefined && attempt.number >= attempt.most && !isWaiting(fault);
  return { name, outcome: 'failed', reason, fault, attempt: attempt?.number, final: last || fault.isFinal };
}

/** How the ledger records the outcome of a handler that was claimed. */
export function toSettlement(outcome: HandlerOutcome): Settlement {
  switch (outcome.outcome) {
    case 'handled':
    case 'ignored':
    case 'duplicate':
      return { state: 'done' };
    case 'skipped':
      return { state: 'skipped', reason: outcome.reason };
    case 'failed':
      if (outcome.final) return { state: 'given_up', reason: outcome.reason };
      return { state: 'failed', reason: outcome.reason, counts: !isWaiting(outcome.fault) };
  }
}

/** Waiting for a known time is no failure of the handler: it costs none of its attempts. */
function isWaiting({ retryAfterSeconds }: ServiceFault): boolean {
  return retryAfterSeconds !== undefined;
}
