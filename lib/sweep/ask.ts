/**
 * Sees to the open failures that are due: asks GitHub to deliver again, or pulls what is too large to be
 * delivered. Each is claimed and counted before anything is done, so that of two runs only one does it,
 * and so that what a run dies at has an end.
 */
import { attempt, createAsking, type Asking } from './attempt.ts';
import { decideStep, planAsk, type SweepStep } from './decide-step.ts';
import { toFairOrder } from './fair-order.ts';
import { readOpen } from './read-open.ts';
import type { Progress, Run } from './run.ts';
import { close, giveUp, isEnd, settle } from './settle.ts';
import type { Failure } from './store.ts';
import { LEASE_MS, PACE_MS } from './time-limits.ts';

interface Known {
  /** Whether all that GitHub's log shows is recorded: without that, nothing is given up that it may still show. */
  readonly scanFinished: boolean;
  /** Whether GitHub failed already in this run. */
  readonly outage: boolean;
}

/** @throws ServiceFault What the log and the store throw, but not a few outages, nor what is wrong with one entry. */
export async function askForOpen({ scanFinished, outage }: Known, run: Run): Promise<Progress> {
  const { failures, finished } = await readOpen(run);
  const asking = createAsking(outage);
  const ask = (failure: Failure): Promise<Progress> => askFor(failure, asking, run);

  const steps = new Map(failures.map((failure) => [failure, toStep(failure, scanFinished, run)]));
  const having = (...wanted: readonly SweepStep[]): readonly Failure[] =>
    failures.filter((failure) => wanted.includes(steps.get(failure) ?? 'keep'));
  const toAsk = toFairOrder(having('ask'));
  // Endings are cheap, and come before what was asked for already: that can be more than there is time for.
  const inOrder = [
    await seeTo(toAsk.filter(isFirstAsk), ask, run),
    await seeTo(having('give_up', 'unclaimed'), (failure) => end(failure, steps.get(failure), run), run),
    await seeTo(
      toAsk.filter((failure) => !isFirstAsk(failure)),
      ask,
      run,
    ),
  ];
  for (const failure of having('wait')) run.onStep('wait', failure);
  return finished && inOrder.every((progress) => progress === 'finished') ? 'finished' : 'out_of_time';
}

function toStep(failure: Failure, scanFinished: boolean, { now, claims }: Run): SweepStep {
  return decideStep(failure, { nowMs: now(), claimed: claims(failure.event, failure.action), scanFinished });
}

async function seeTo(
  failures: readonly Failure[],
  step: (failure: Failure) => Promise<Progress>,
  run: Run,
): Promise<Progress> {
  for (const failure of failures) {
    if (run.isTimeUp() || (await step(failure)) === 'out_of_time') return 'out_of_time';
  }
  return 'finished';
}

function isFirstAsk({ attempts }: Failure): boolean {
  return attempts === 0;
}

async function end(failure: Failure, step: SweepStep | undefined, run: Run): Promise<Progress> {
  if (step === 'unclaimed') await close(failure, 'unclaimed', run);
  else await giveUp(failure, run);
  return 'finished';
}

async function askFor(failure: Failure, asking: Asking, run: Run): Promise<Progress> {
  const { now, signal, store } = run;
  const waitMs = asking.lastAskMs + PACE_MS - now();
  if (waitMs > 0) await run.pause(waitMs, signal);
  if (run.isTimeUp()) return 'out_of_time';
  const next = planAsk(failure, now());
  const claimed = await store.claim(failure, now() + LEASE_MS, next);
  if (claimed === undefined) return 'finished';
  const before = { ...claimed, attempts: failure.attempts };
  const attempted = await attempt(before, asking, run).catch(async (error: unknown) => {
    // Whether the ask arrived is open when the time is up: it stays counted.
    if (!signal.aborted) await store.giveBack(claimed, failure).catch(() => {}); // the lease ends by itself
    throw error;
  });
  await settle(before, attempted, run);
  if (isEnd(attempted)) return 'finished';
  // What was refused brings no delivery.
  const { askedAtMs } = attempted === 'refused' ? failure : next;
  await store.giveBack(claimed, { ...next, askedAtMs });
  return 'finished';
}
