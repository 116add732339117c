/**
 * One run of the sweep: reads what is new in GitHub's log of deliveries, then sees to the failures that
 * are due. GitHub never retries by itself; this is what does.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceFault } from '../faults.ts';
import { askForOpen } from './ask.ts';
import { rehearse } from './rehearsal.ts';
import {
  createTally,
  describeFailure,
  type PlannedStep,
  type Run,
  type SweepDeps,
  type Tally,
} from './run.ts';
import { scanLog } from './scan.ts';
import type { Position } from './store.ts';

export interface SweepOptions {
  /** Asks for nothing and records nothing; the summary says what would have been done. */
  readonly dryRun?: boolean;
  /** Goes back at least so far, in milliseconds; without it a first run goes back one hour. */
  readonly lookBackMs?: number;
  /** Aborts calls to GitHub that are under way. */
  readonly signal: AbortSignal;
  /** What is left of the run's time, in milliseconds. */
  readonly remainingMs: () => number;
}

type Stop = 'out_of_time' | 'rate_limited';

/** What became of a run; in a dry run, what would have. */
export interface SweepSummary {
  /** Entries of the log that were read. */
  readonly scanned: number;
  /** Failures that are open now. */
  readonly open: number;
  readonly asked: number;
  readonly recovered: number;
  readonly pulled: number;
  readonly gaveUp: number;
  readonly lost: number;
  /** Records of another version's format, left alone. */
  readonly unreadable: number;
  /** Whether the log was read to its end and everything due was seen to; otherwise the next run goes on. */
  readonly finished: boolean;
  readonly stopped?: Stop;
  readonly dryRun: boolean;
  /** Only of a dry run; the first 1,000 steps. */
  readonly plan?: readonly PlannedStep[];
}

export interface Sweep {
  /**
   * @throws ServiceFault What ended it, other than a rate limit or the end of its time. The summary is
   *         logged all the same, and the next run goes on where this one ended.
   */
  run(options: SweepOptions): Promise<SweepSummary>;
}

/** No step begins with less time left. */
const STOP_MARGIN_MS = 3_000;

/** Reading a long log leaves this part of the time for asking. */
const SHARE_OF_ASKING = 1 / 3;

const MAX_PLAN_LENGTH = 1_000;
const MAX_KEYS_IN_LOG = 20;

/** Where a fault does not say; GitHub's own waits are an hour at most (`errors.ts`). */
const DEFAULT_PAUSE_SECONDS = 60;

/** How a part of a run ended. */
type Ended = { readonly stop?: Stop | undefined; readonly fault?: unknown };

export function createSweep(deps: SweepDeps): Sweep {
  const { now, log } = deps;
  const complete = { pause: defaultPause, ...deps };

  return {
    async run(options) {
      const { dryRun = false } = options;
      const startedMs = now();
      const tally = createTally();
      const plan: PlannedStep[] = [];
      const ended = await sweepOnce(options, toRun(options, tally, plan));
      const { fault, stop } = ended;
      const summary = toSummary(tally, { dryRun, finished: fault === undefined && stop === undefined });
      const durationMs = now() - startedMs;
      const line = { ...summary, stopped: stop, durationMs, error: fault };
      if (fault === undefined) log.info('sweep', line);
      else log.error('sweep', line);
      if (tally.unreadable.size > 0) {
        const records = [...tally.unreadable].slice(0, MAX_KEYS_IN_LOG);
        log.error('records of another version are left alone', { records });
      }
      if (fault !== undefined) throw fault;
      return { ...summary, ...(stop !== undefined && { stopped: stop }), ...(dryRun && { plan }) };
    },
  };

  function toRun({ dryRun, signal, remainingMs }: SweepOptions, tally: Tally, plan: PlannedStep[]): Run {
    const forAskingMs = Math.max(STOP_MARGIN_MS, remainingMs() * SHARE_OF_ASKING);
    return {
      ...(dryRun === true ? rehearse(complete) : complete),
      signal,
      tally,
      isTimeUp: () => signal.aborted || remainingMs() < STOP_MARGIN_MS,
      isTimeUpForScan: () => signal.aborted || remainingMs() < forAskingMs,
      onStep(step, failure) {
        if (dryRun !== true || plan.length >= MAX_PLAN_LENGTH) return;
        const { delivery: guid, logId: _, status: statusCode, ...shown } = describeFailure(failure);
        const at = step === 'wait' ? { at: new Date(failure.nextAtMs).toISOString() } : {};
        plan.push({ step, guid, ...shown, statusCode, attempts: failure.attempts, ...at });
      },
    };
  }
}

/** Scan, then ask. A scan that fails does not keep what is known already from being asked for. */
async function sweepOnce({ lookBackMs }: SweepOptions, run: Run): Promise<Ended> {
  return catching(run, async () => {
    const { store, tally } = run;
    const position: Position = await store.readPosition();
    if ((position.pausedUntilMs ?? 0) > run.now()) return { stop: 'rate_limited' };
    const { entries, unreadable } = await store.listOpen();
    for (const entry of entries) tally.open.set(entry.guid, entry);
    for (const key of unreadable) tally.unreadable.add(key);

    const scan = await catching(run, async () => toEnded(await scanLog(position, lookBackMs, run)));
    if (scan.stop === 'rate_limited') return scan;
    const scanFinished = scan.stop === undefined && scan.fault === undefined;
    const outage = isFault(scan.fault, 'github_unavailable');
    const asks = await catching(run, async () => toEnded(await askForOpen({ scanFinished, outage }, run)));
    return { stop: scan.stop ?? asks.stop, fault: scan.fault ?? asks.fault };
  });
}

function toEnded(progress: 'finished' | 'out_of_time'): Ended {
  return progress === 'finished' ? {} : { stop: progress };
}

/** A rate limit is kept for the runs to come: who goes on calling may be banned. */
async function catching(run: Run, part: () => Promise<Ended>): Promise<Ended> {
  try {
    return await part();
  } catch (fault) {
    if (isFault(fault, 'app_rate_limited')) {
      const { retryAfterSeconds = DEFAULT_PAUSE_SECONDS } = fault;
      await run.store.pauseUntil(run.now() + retryAfterSeconds * 1000);
      return { stop: 'rate_limited' };
    }
    return run.signal.aborted ? { stop: 'out_of_time' } : { fault };
  }
}

function isFault(error: unknown, code: ServiceFault['code']): error is ServiceFault {
  return error instanceof ServiceFault && error.code === code;
}

function toSummary(
  { open, unreadable, ...counts }: Tally,
  { finished, dryRun }: { readonly finished: boolean; readonly dryRun: boolean },
): SweepSummary {
  return { ...counts, open: open.size, unreadable: unreadable.size, finished, dryRun };
}

function defaultPause(ms: number, signal: AbortSignal): Promise<unknown> {
  return sleep(ms, undefined, { signal });
}
