/** What a handler threw, as its outcome. */
import { ServiceFault } from '../faults.ts';
import { toHandlerFault } from '../github/errors.ts';
import { HandlerEnding } from './endings.ts';
import { toFaultOutcome, toReason, type Attempt, type HandlerOutcome } from './outcome.ts';

interface Circumstances {
  /** The handler's. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Texts that no reason may show. */
  readonly secrets: Iterable<string>;
  /** Absent where nothing was claimed. */
  readonly attempt?: Attempt | undefined;
}

/** Never throws: a handler may throw anything, also what cannot be looked at. */
export function toHandlerOutcome(thrown: unknown, circumstances: Circumstances): HandlerOutcome {
  try {
    return toOutcome(thrown, circumstances);
  } catch {
    const fault = new ServiceFault('handler_error', 'The handler threw something that cannot be read.');
    return toOutcome(fault, circumstances);
  }
}

function toOutcome(thrown: unknown, { name, nowMs, secrets, attempt }: Circumstances): HandlerOutcome {
  if (thrown instanceof HandlerEnding && thrown.kind === 'skip') {
    return { name, outcome: 'skipped', reason: toReason(thrown.message, secrets) };
  }
  const fault =
    thrown instanceof HandlerEnding ? toEndingFault(thrown, secrets) : toHandlerFault(thrown, nowMs);
  return toFaultOutcome(name, fault, attempt);
}

function toEndingFault(
  { kind, message, retryAfterSeconds }: HandlerEnding,
  secrets: Iterable<string>,
): ServiceFault {
  const detail = toReason(message, secrets);
  return kind === 'retry'
    ? new ServiceFault('handler_retry', 'The handler asked for a later time.', { detail, retryAfterSeconds })
    : new ServiceFault('handler_gave_up', 'The handler gave up.', { detail });
}
