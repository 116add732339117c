/** What a handler threw, as its outcome. */
import { ServiceFault } from '../faults.ts';
import { readCallFault } from '../github/octokit-errors.ts';
import { HandlerEnding } from './endings.ts';
import { toFaultOutcome, toReason, type Attempt, type HandlerOutcome } from './outcome.ts';

interface Circumstances {
  /** The handler's. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Texts that no reason may show. */
  readonly secrets: Iterable<string>;
  /** What the handler's token may do; absent where it has none. */
  readonly permissions?: Readonly<Record<string, string>> | undefined;
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

function toOutcome(thrown: unknown, circumstances: Circumstances): HandlerOutcome {
  const { name, secrets, attempt } = circumstances;
  if (thrown instanceof HandlerEnding && thrown.kind === 'skip') {
    return { name, outcome: 'skipped', reason: toReason(thrown.message, secrets) };
  }
  const fault =
    thrown instanceof HandlerEnding ? toEndingFault(thrown, secrets) : toFault(thrown, circumstances);
  return toFaultOutcome(name, fault, attempt);
}

/** What a call of its own threw at the handler is told as what GitHub said; all else is the handler's error. */
function toFault(thrown: unknown, circumstances: Circumstances): ServiceFault {
  if (thrown instanceof ServiceFault) return thrown;
  const fault = readCallFault(thrown, circumstances);
  return fault ?? new ServiceFault('handler_error', 'The handler threw.', { cause: thrown });
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
