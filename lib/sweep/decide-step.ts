/** What a run of the sweep does with an open failure. Pure; times in milliseconds. */
import { isPastLog, planNext } from './schedule.ts';
import type { Failure, Schedule } from './store.ts';

interface Circumstances {
  readonly nowMs: number;
  /** Whether any handler wants such a delivery. */
  readonly claimed: boolean;
  /** Whether all that GitHub's log shows is recorded: without that, nothing is given up that it may still show. */
  readonly scanFinished: boolean;
}

/**
 * `wait`: until it is due, or a run that has it ends. `keep`: it is over, but not ended yet. `unclaimed`: to be closed,
 * since no handler wants it any more.
 */
export type SweepStep = 'wait' | 'ask' | 'give_up' | 'unclaimed' | 'keep';

/** Decides by the clock and the record alone; whoever takes the step claims the failure first. */
export function decideStep(failure: Failure, { nowMs, claimed, scanFinished }: Circumstances): SweepStep {
  const { nextAtMs, leaseUntilMs = 0, exhausted, deliveredAtMs } = failure;
  if (nextAtMs > nowMs || leaseUntilMs > nowMs) return 'wait';
  const forgotten = isPastLog(deliveredAtMs, nowMs);
  // The handler may come back, as after a deployment that is taken back.
  if (!claimed) return forgotten ? 'unclaimed' : 'keep';
  if (!exhausted) return 'ask';
  return scanFinished || forgotten ? 'give_up' : 'keep';
}

/** The schedule once it is asked for, now. */
export function planAsk({ attempts, deliveredAtMs }: Failure, nowMs: number): Schedule {
  const asks = attempts + 1;
  return { attempts: asks, askedAtMs: nowMs, ...planNext(asks, deliveredAtMs, nowMs) };
}

/**
 * The schedule once it is pulled, now. A pull counts as an ask and notes none: GitHub sends nothing after it, so that
 * what arrives then is a person's.
 */
export function planPull(failure: Failure, nowMs: number): Schedule {
  return { ...planAsk(failure, nowMs), askedAtMs: failure.askedAtMs };
}
