/** The second step: claims the handler's work in the ledger, so that nobody else is at it. */
import type { Clock } from '../async/clock.ts';
import { LEASE_MARGIN_MS } from '../async/limits.ts';
import { ServiceFault } from '../faults.ts';
import type { Claimed, Ledger, LedgerAnswer } from '../ledger/ledger.ts';
import type { HandlerOutcome } from './outcome.ts';
import type { Job } from './job.ts';
import type { Ended } from './step.ts';

/** What a claim needs: the ledger, and whose deliveries these are. */
export interface ClaimDeps {
  /** Absent inline where no table is configured: nothing is claimed, and a copy is handled again. */
  readonly ledger: Ledger | undefined;
  readonly ledgerScope: { readonly host: string; readonly appId: string };
  readonly clock: Clock;
}

/**
 * @returns The claim, or the outcome where the handler is done already.
 * @throws ServiceFault `in_progress`, `attempts_exhausted`, and what `Ledger.claim` throws.
 */
export async function claimWork(
  name: string,
  job: Job,
  ledger: Ledger,
  deps: Omit<ClaimDeps, 'ledger'>,
): Promise<{ readonly claim: Claimed } | Ended> {
  const answer = await ledger.claim(toRequest(name, job, deps), job.deadline.upstream);
  return answer.state === 'claimed'
    ? { claim: answer }
    : { ended: tellClaim(name, answer, deps.clock.now()) };
}

function toRequest(
  name: string,
  { delivery, deadline, carrier }: Job,
  { ledgerScope }: Pick<ClaimDeps, 'ledgerScope'>,
) {
  const { host, appId } = ledgerScope;
  return {
    key: { host, appId, hookId: delivery.hookId, deliveryId: delivery.id, handler: name },
    leaseUntil: new Date(deadline.atMs + LEASE_MARGIN_MS),
    ...carrier,
  };
}

/**
 * What a handler is told that may not be claimed. Pure.
 *
 * @throws ServiceFault `in_progress`, `attempts_exhausted`
 */
export function tellClaim(
  name: string,
  answer: Exclude<LedgerAnswer, Claimed>,
  nowMs: number,
): HandlerOutcome {
  switch (answer.state) {
    case 'done':
      return { name, outcome: 'duplicate' };
    case 'skipped':
      return { name, outcome: 'skipped', reason: answer.reason };
    case 'given_up':
      throw new ServiceFault('attempts_exhausted', 'The handler failed too often.', {
        detail: answer.reason === 'attempts_exhausted' ? undefined : answer.reason,
      });
    case 'abandoned': {
      const fault = new ServiceFault(
        'to_run_alone',
        'A process died while this handler ran, or just before.',
        {
          retryAfterSeconds: 1,
        },
      );
      // Nothing was claimed: the number is for whoever decides which of several runs first.
      const { attempts: attempt } = answer;
      return { name, outcome: 'failed', reason: fault.reason, fault, attempt, final: false };
    }
    case 'busy': {
      const waitMs = answer.until.getTime() - nowMs;
      throw new ServiceFault('in_progress', 'A copy of this delivery is at work.', {
        retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
      });
    }
  }
}
