/**
 * One run of the sweep: reads what is new in GitHub's log of deliveries, then sees to the failures that
 * are due. GitHub never retries by itself; this is what does.
 */
import { ServiceFault } from '../faults.ts';
import { toCallTime } from '../github/delivery-log.ts';
import { accountFor } from './account.ts';
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
import type { Failure, Position } from './store.ts';
import { SHARE_OF_ASKING, STOP_MARGIN_MS } from './time-limits.ts';

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
  /** Deliveries that were taken, and that no handler began. */
  readonly missing: number;
  /** Records of another version's format, left alone. */
  readonly unreadable: number;
  /** Entries of the log that say too little to be asked for. */
  readonly unreadableEntries: number;
  /** Whether the log was read to its end and everything due was seen to; otherwise the next run goes on. */
  readonly finished: boolean;
  readonly stopped?: Stop;
  readonly dryRun: boolean;
  /** Only of a dry run; the first 1,000 steps. */
  readonly plan?: readonly PlannedStep[];
}

/** Runs may overlap: what one has claimed the other leaves alone. */
export interface Sweep {
  /**
   * @throws ServiceFault What ended it, other than a rate limit or the end of its time. The summary is
   *         logged all the same, and the next run goes on where this one ended.
   */
  run(options: SweepOptions): Promise<SweepSummary>;
}

const MAX_PLAN_LENGTH = 1_000;
const MAX_KEYS_IN_LOG = 20;

/** Where a fault does not say; GitHub's own waits are an hour at most (`errors.ts`). */
const DEFAULT_PAUSE_SECONDS = 60;

/** How a part of a run ended. */
type Ended = { readonly stop?: Stop | undefined; readonly fault?: unknown };

/** Keeps nothing in memory from one run to the next: all of that is in the store. */
export function createSweep(deps: SweepDeps): Sweep {
  const { now, log } = deps;
  return {
    async run(options) {
      const { dryRun = false } = options;
      const startedMs = now();
      const tally = createTally();
      const plan: PlannedStep[] = [];
      const { fault, stop } = await sweepOnce(options, toRun(deps, options, tally, plan));
      const summary = toSummary(tally, { dryRun, finished: fault === undefined && stop === undefined });
      const line = { ...summary, stopped: stop, durationMs: now() - startedMs, error: fault };
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
}

function toRun(deps: SweepDeps, options: SweepOptions, tally: Tally, plan: PlannedStep[]): Run {
  const { dryRun, signal, remainingMs } = options;
  const forAskingMs = Math.max(STOP_MARGIN_MS, remainingMs() * SHARE_OF_ASKING);
  return {
    ...(dryRun === true ? rehearse(deps) : deps),
    signal,
    tally,
    callTime: () => toCallTime(signal, remainingMs() - STOP_MARGIN_MS),
    scanTime: () => toCallTime(signal, remainingMs() - forAskingMs),
    isTimeUp: () => signal.aborted || remainingMs() < STOP_MARGIN_MS,
    isTimeUpForScan: () => signal.aborted || remainingMs() < forAskingMs,
    isTimeUpForReading: () => signal.aborted || remainingMs() < forAskingMs / 2,
    onStep(step, failure) {
      if (dryRun === true && plan.length < MAX_PLAN_LENGTH) plan.push(toPlanned(step, failure));
    },
  };
}

function toPlanned(step: PlannedStep['step'], failure: Failure): PlannedStep {
  const { delivery: guid, logId: _, status: statusCode, ...shown } = describeFailure(failure);
  const at = step === 'wait' ? { at: new Date(failure.nextAtMs).toISOString() } : {};
  return { step, guid, ...shown, statusCode, attempts: failure.attempts, ...at };
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
    const accounts = await catching(run, async () => {
      await accountFor(run);
      return {};
    });
    return {
      stop: scan.stop ?? asks.stop ?? accounts.stop,
      fault: scan.fault ?? asks.fault ?? accounts.fault,
    };
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
  { open, unreadable, settled: _, ...counts }: Tally,
  { finished, dryRun }: { readonly finished: boolean; readonly dryRun: boolean },
): SweepSummary {
  return { ...counts, open: open.size, unreadable: unreadable.size, finished, dryRun };
}
