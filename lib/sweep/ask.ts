/**
 * Sees to the open failures that are due: asks GitHub to deliver again, or pulls what is too large to be delivered,
 * and each of many where there is a queue. Each is claimed and counted before anything is done, so that of two runs
 * only one does it, and so that what a run dies at has an end.
 */
import { attempt, bringsNothing, createAsking, isPulled, type Asking } from './attempt.ts';
import { decideStep, planAsk, planPull, type SweepStep } from './decide-step.ts';
import { toFairOrder } from './fair-order.ts';
import { readOpen } from './read-open.ts';
import type { Progress, Run } from './run.ts';
import { close, giveUp, isEnd, settle } from './settle.ts';
import type { Failure } from './store.ts';
import { LEASE_MS, MANY, PACE_MS, PULL_PACE_MS, PULLS_SIDE_BY_SIDE } from './time-limits.ts';

interface Known {
  /** Whether all that GitHub's log shows is recorded: without that, nothing is given up that it may still show. */
  readonly scanFinished: boolean;
  /** Whether GitHub failed already in this run. */
  readonly outage: boolean;
}

/** @throws ServiceFault What the log and the store throw, but not a few outages, nor what is wrong with one entry. */
export async function askForOpen({ scanFinished, outage }: Known, run: Run): Promise<Progress> {
  const { failures, finished } = await readOpen(run);
  const steps = new Map(failures.map((failure) => [failure, toStep(failure, scanFinished, run)]));
  const having = (...wanted: readonly SweepStep[]): readonly Failure[] =>
    failures.filter((failure) => wanted.includes(steps.get(failure) ?? 'keep'));
  const toAsk = toFairOrder(having('ask'));
  const asking = createAsking(outage, toAsk.length > MANY ? run.pullOneOfMany : undefined);
  const ask = (failure: Failure): Promise<Progress> => askFor(failure, asking, run);
  const sideBySide = asking.pullOneOfMany === undefined ? 1 : PULLS_SIDE_BY_SIDE;
  // Endings are cheap, and come before what was asked for already: that can be more than there is time for.
  const inOrder = [
    await seeTo(toAsk.filter(isFirstAsk), ask, { run, sideBySide }),
    await seeTo(having('give_up', 'unclaimed'), (failure) => end(failure, steps.get(failure), run), { run }),
    await seeTo(
      toAsk.filter((failure) => !isFirstAsk(failure)),
      ask,
      { run, sideBySide },
    ),
  ];
  for (const failure of having('wait')) run.onStep('wait', failure);
  return finished && inOrder.every((progress) => progress === 'finished') ? 'finished' : 'out_of_time';
}

function toStep(failure: Failure, scanFinished: boolean, { now, claims }: Run): SweepStep {
  return decideStep(failure, { nowMs: now(), claimed: claims(failure.event, failure.action), scanFinished });
}

/** In their order, so many at once. What one throws lets those that are under way come to their end, and no other begin. */
async function seeTo(
  failures: readonly Failure[],
  step: (failure: Failure) => Promise<Progress>,
  { run, sideBySide = 1 }: { readonly run: Run; readonly sideBySide?: number },
): Promise<Progress> {
  const waiting = failures.values();
  let stopped = false;
  const seeToNext = async (): Promise<void> => {
    for (const failure of waiting) {
      if (stopped || run.isTimeUp() || (await step(failure)) === 'out_of_time') {
        stopped = true;
        return;
      }
    }
  };
  const ways = Array.from({ length: sideBySide }, () =>
    seeToNext().catch((error: unknown) => {
      stopped = true;
      throw error;
    }),
  );
  const thrown = (await Promise.allSettled(ways)).find(({ status }) => status === 'rejected');
  if (thrown?.status === 'rejected') throw thrown.reason;
  return stopped ? 'out_of_time' : 'finished';
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
  const waitMs = takeTurn(asking, now());
  if (waitMs > 0) await run.pause(waitMs, signal);
  if (run.isTimeUp()) return 'out_of_time';
  const plan = isPulled(failure, asking) ? planPull : planAsk;
  const next = plan(failure, now());
  const claimed = await store.claim(failure, now() + LEASE_MS, next);
  if (claimed === undefined) return 'finished';
  const before = { ...claimed, attempts: failure.attempts };
  const attempted = await attempt(before, asking, run).catch(async (error: unknown) => {
    // Whether the ask arrived is open when the time is up: it stays counted.
    if (!signal.aborted) await store.giveBack(claimed, failure).catch(() => {}); // the lease ends by itself
    throw error;
  });
  const { askedAtMs } = bringsNothing(attempted) ? failure : next;
  // What is closed keeps what is noted.
  if (isEnd(attempted) && askedAtMs !== next.askedAtMs) await store.giveBack(claimed, { ...next, askedAtMs });
  await settle(before, attempted, run);
  if (!isEnd(attempted)) await store.giveBack(claimed, { ...next, askedAtMs });
  return 'finished';
}

/** @returns How long to wait for it. Of several side by side, each has the turn after the one that it found. */
function takeTurn(asking: Asking, nowMs: number): number {
  if (asking.pullOneOfMany === undefined) return asking.lastAskMs + PACE_MS - nowMs;
  asking.lastAskMs = Math.max(nowMs, asking.lastAskMs + PULL_PACE_MS);
  return asking.lastAskMs - nowMs;
}
