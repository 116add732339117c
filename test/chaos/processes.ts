/** The processes of the functions: each has a clock of its own, and finds Secrets Manager as the campaign wants it. */
import type { LambdaFunction } from '../../local/aws/lambda.ts';
import type { Random } from '../../local/random.ts';
import type { Counts } from './counts.ts';
import type { Plan } from './plan.ts';
import type { Stage } from './stage.ts';

export interface Processes {
  /** @param refusals So often Secrets Manager refuses at its start. */
  startWebhook(refusals?: number): Promise<LambdaFunction>;
  startSweeper(): Promise<LambdaFunction>;
  /** @param slot By which the handlers say who calls. */
  startWorker(slot: number): Promise<LambdaFunction>;
}

interface Deps {
  readonly stage: Pick<Stage, 'start' | 'secretsManager'>;
  readonly plan: Pick<Plan, 'clocksAheadMs'>;
  /** What all functions are told. */
  readonly env: Readonly<Record<string, string>>;
  readonly random: Random;
  readonly counts: Counts;
}

/** What the functions are told of Lambda's. A lease lasts 2.5 s longer than a worker may. */
export const WORKER_TIMEOUT_MS = 5_000;
const WEBHOOK_TIMEOUT_MS = 10_000;
const SWEEPER_TIMEOUT_MS = 60_000;

/** The share of the workers' starts at which Secrets Manager refuses at first. */
const THROTTLED_STARTS = 0.4;

/** So much the clock of a process may be off those of the others. A lease outlives its owner by three seconds. */
const OFF_MS = 500;

const CLOCK_OFF = new URL('clock-off.mjs', import.meta.url).href;

export function createProcesses({ stage, plan, env, random, counts }: Deps): Processes {
  function withClock(more: Readonly<Record<string, string>> = {}) {
    const aheadMs = plan.clocksAheadMs + random.int(-OFF_MS, OFF_MS);
    counts.add('processes', `started, ${Math.round(aheadMs / 60_000)} minutes ahead`);
    return { ...env, ...more, NODE_OPTIONS: `--import=${CLOCK_OFF}`, CHAOS_CLOCK_AHEAD_MS: String(aheadMs) };
  }

  function throttle(when: string, times: number): void {
    counts.add('faults: Secrets Manager', `throttled at a start of ${when}`, times);
    stage.secretsManager.faults.next('throttling', times);
  }

  return {
    startWebhook(refusals = 0) {
      if (refusals > 0) throttle('the webhook', refusals);
      return stage.start('webhook', { env: withClock(), timeoutMs: WEBHOOK_TIMEOUT_MS });
    },
    startSweeper: () => stage.start('sweeper', { env: withClock(), timeoutMs: SWEEPER_TIMEOUT_MS }),
    startWorker(slot) {
      if (random.chance(THROTTLED_STARTS)) throttle('a worker', random.int(1, 2));
      const CHAOS_WORKER = String(slot);
      return stage.start('worker', { env: withClock({ CHAOS_WORKER }), timeoutMs: WORKER_TIMEOUT_MS });
    },
  };
}
