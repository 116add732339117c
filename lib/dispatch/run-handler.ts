/**
 * The way of one handler of one delivery: ask, claim, equip, run, settle. Each step is a function that
 * takes values and returns one; the first that does not go on ends the handler.
 */
import { follow } from '../async/abort.ts';
import { isTimeUp, timeIsUp } from '../async/deadline.ts';
import { ServiceFault } from '../faults.ts';
import type { GitHubApp } from '../github/app.ts';
import { describeGrant } from '../github/grant.ts';
import type { Claimed } from '../ledger/ledger.ts';
import type { BoundLog } from '../log/log.ts';
import { ask, type Wish } from './ask.ts';
import type { ReadSettings } from '../settings/read-settings.ts';
import { claimWork, type ClaimDeps } from './claim.ts';
import type { Handler } from './define-handler.ts';
import { equip, type Equipment } from './equip.ts';
import type { Job } from './job.ts';
import { toLogLevel, type Attempt, type HandlerOutcome } from './outcome.ts';
import type { Parking } from './parking.ts';
import type { Route } from './route.ts';
import { run } from './run.ts';
import { settle } from './settle.ts';
import { hasEnded, startStepTime, takeStep, takeStepNow, type StepTime } from './step.ts';
import { toHandlerOutcome } from './to-handler-outcome.ts';

/** What the way of a handler needs, besides its claim. */
export interface RunDeps extends ClaimDeps {
  readonly app: GitHubApp;
  readonly parking: Parking;
  /** Absent where no handler has any. */
  readonly settings?: ReadSettings;
}

/** Why a handler's signal aborts when it has ended: what it left behind must not go on into the next delivery. */
const HANDLER_ENDED = new ServiceFault('deadline', 'The handler has ended; its time is over.');

/** What is known of a handler by its end. */
interface Ran {
  readonly outcome: HandlerOutcome;
  readonly claim?: Claimed | undefined;
  /** Which attempt it was; absent where it was not claimed. */
  readonly attempt?: number;
  readonly wish?: Wish | undefined;
  readonly equipment?: Equipment | undefined;
  /** Bound to the handler; absent where it did not run. */
  readonly log?: BoundLog;
}

/**
 * Runs a handler to an outcome; never throws. When the time is up the outcome is out, whether or not
 * the handler heeds its signal: its late end changes nothing any more.
 */
export async function runHandler(route: Route, job: Job, deps: RunDeps): Promise<HandlerOutcome> {
  const { clock, ledger, parking } = deps;
  const startedMs = clock.now();
  const time = startStepTime(job.deadline.signal);
  const ran = await carryOut(route, { job, time }, deps);
  time.end();
  const { outcome, claim, equipment, log = toHandlerLog(outcome.name, job, equipment) } = ran;
  if (outcome.outcome === 'failed')
    parking.note({ installationId: job.delivery.installationId, handler: outcome.name }, outcome.fault);
  if (claim !== undefined && ledger !== undefined)
    await settle(claim, outcome, { ledger, deadlineMs: job.deadline.atMs, clock, log });
  tell(ran, clock.now() - startedMs, log);
  return outcome;
}

interface Timed {
  readonly job: Job;
  readonly time: StepTime;
}

/** From the handler's module to its end; what the ledger then learns is settled by the caller. */
async function carryOut(route: Route, { job, time }: Timed, deps: RunDeps): Promise<Ran> {
  const handler = await takeStep(
    () => route.load(),
    time,
    (thrown) => judge(thrown, route.key, deps),
  );
  if (hasEnded(handler)) return { outcome: handler.ended };
  const { name } = handler;
  const toOutcome = (thrown: unknown): HandlerOutcome => judge(thrown, name, deps);
  const asked = takeStepNow(() => ask(handler, job, deps), time, toOutcome);
  if (hasEnded(asked)) return { outcome: asked.ended };
  if (!asked.wanted) return { outcome: { name, outcome: 'ignored' } };
  const { ledger } = deps;
  const { wish } = asked;
  if (ledger === undefined) return carryOutClaimed(handler, { wish, job, time }, deps);
  const owned = await takeStep(() => claimWork(name, job, ledger, deps), time, toOutcome);
  if (hasEnded(owned)) return { outcome: owned.ended };
  return carryOutClaimed(handler, { ...owned, wish, job, time }, deps);
}

interface Owned extends Timed {
  /** Absent where there is no ledger. */
  readonly claim?: Claimed;
  readonly wish: Wish | undefined;
}

async function carryOutClaimed(handler: Handler, owned: Owned, deps: RunDeps): Promise<Ran> {
  const { name } = handler;
  const { claim, wish, job, time } = owned;
  const attempt = claim?.attempt ?? job.delivery.attempt;
  const counted = claim && { number: claim.attempt, most: job.carrier.maxAttempts };
  const known = { claim, attempt, wish };
  if (wish !== undefined && 'refusal' in wish)
    return { outcome: judge(wish.refusal, name, deps, { attempt: counted }), ...known };
  const life = follow(time.signal);
  try {
    const { app, settings, clock } = deps;
    const unequipped = toHandlerLog(name, job);
    const equipment = await takeStep(
      () => equip(handler, { grant: wish?.grant, job }, { app, settings, life, log: unequipped }),
      time,
      (thrown) => judge(thrown, name, deps, { attempt: counted }),
    );
    if (hasEnded(equipment)) return { outcome: equipment.ended, ...known };
    // Whoever claimed when this lease had ended has the handler now.
    if (isTimeUp(job.deadline, clock.now()))
      return { outcome: judge(timeIsUp(), name, deps, { attempt: counted, equipment }), ...known, equipment };
    const log = unequipped.guarding({ secrets: equipment.secrets });
    const { ended } = await takeStep(
      () => run(handler, { job, attempt, equipment, signal: life.signal, log, now: () => clock.now() }),
      time,
      (thrown) => judge(thrown, name, deps, { attempt: counted, equipment }),
    );
    return { outcome: ended, ...known, equipment, log };
  } finally {
    life.abort(HANDLER_ENDED);
  }
}

interface Known {
  readonly attempt?: Attempt | undefined;
  readonly equipment?: Equipment | undefined;
}

function judge(thrown: unknown, name: string, { clock }: RunDeps, known: Known = {}): HandlerOutcome {
  const { attempt, equipment } = known;
  return toHandlerOutcome(thrown, {
    name,
    nowMs: clock.now(),
    secrets: equipment?.secrets() ?? [],
    permissions: equipment?.authority?.token.permissions,
    attempt,
  });
}

/** The payload, and every token and secret that the handler holds, are kept out of what it logs. */
function toHandlerLog(name: string, { log, payload }: Job, equipment?: Equipment): BoundLog {
  const secrets = equipment?.secrets;
  return log.guarding({ payload, ...(secrets !== undefined && { secrets }) }).with({ handler: name });
}

/** One line for each handler. */
function tell({ outcome, attempt, wish, equipment }: Ran, durationMs: number, log: BoundLog): void {
  const { reason, fault } = { reason: undefined, fault: undefined, ...outcome };
  const authority = equipment?.authority;
  const level = toLogLevel([outcome]);
  log[level]('handler', {
    outcome: outcome.outcome,
    reason,
    attempt,
    grant:
      attempt !== undefined && wish !== undefined && 'grant' in wish ? describeGrant(wish.grant) : undefined,
    token: authority && (authority.cached ? 'cached' : 'minted'),
    durationMs,
    error: level === 'error' ? fault : undefined,
  });
}
