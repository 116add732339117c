/** One attempt at one failure, claimed and counted by this run: the ask, or the pull where an ask cannot help. */
import { ServiceFault, type FaultCode } from '../faults.ts';
import { MAYBE_TOO_LARGE_FOR_THE_QUEUE, TOO_LARGE_FOR_THE_DOOR, TOO_LARGE_REASON } from './good-answer.ts';
import { describeFailure, type Pull, type Run } from './run.ts';
import type { Failure } from './store.ts';

/**
 * What became of an attempt. `refused`: GitHub does not send it, though its log has it; `lost`: the log has it no
 * more.
 */
export type Attempted = 'asked' | 'refused' | 'outage' | 'unexpected' | 'pulled' | 'pull_failed' | 'lost';

/** What the attempts of one run have in common. */
export interface Asking {
  lastAskMs: number;
  /** Where there are many: each is pulled. */
  readonly pullOneOfMany: Pull | undefined;
  /** How many asks in a row found GitHub down, or pulls the queue. */
  outages: number;
}

/** So many asks or pulls in a row may find GitHub or the queue down, and count as asks; the next ends the run. */
const MAX_OUTAGES = 2;

/** What stops every ask alike: it ends the run, and costs the failure none of its asks. */
const STOPS_ALL: ReadonlySet<FaultCode> = new Set([
  'app_rate_limited',
  'jwt_refused',
  'app_not_found',
  'private_key_unusable',
  'secrets_unavailable',
  'redirected_elsewhere',
  'ledger_unavailable',
  'ledger_unreadable',
]);

const OUTAGES: ReadonlySet<FaultCode> = new Set(['github_unavailable', 'queue_unavailable']);

/** @param outage Whether GitHub failed already in this run. */
export function createAsking(outage: boolean, pullOneOfMany: Pull | undefined): Asking {
  return { lastAskMs: -Infinity, pullOneOfMany, outages: outage ? MAX_OUTAGES : 0 };
}

/** Whether it is pulled, and not asked for. Otherwise only its entry in GitHub's log may yet say that it is to be pulled. */
export function isPulled({ statusCode }: Failure, { pullOneOfMany }: Asking): boolean {
  return statusCode === TOO_LARGE_FOR_THE_DOOR || pullOneOfMany !== undefined;
}

const BRING_NOTHING: ReadonlySet<Attempted> = new Set(['refused', 'pulled', 'pull_failed', 'lost']);

/** Whether GitHub sends nothing after it: what arrives then is a person's. */
export function bringsNothing(attempted: Attempted): boolean {
  return BRING_NOTHING.has(attempted);
}

/** @throws What ends the run. What is wrong with this one entry alone is an attempt that failed, as any other. */
export async function attempt(failure: Failure, asking: Asking, run: Run): Promise<Attempted> {
  try {
    const result = await attemptOnce(failure, asking, run);
    asking.outages = 0;
    return result;
  } catch (error) {
    if (endsRun(error, run)) throw error;
    if (isOneOf(OUTAGES, error)) {
      if (asking.outages >= MAX_OUTAGES) throw error;
      asking.outages += 1;
      return 'outage';
    }
    if (isPulled(failure, asking)) return tellFailedPull(failure, error, run);
    run.log.warn('ask', { ...describeFailure(failure), outcome: 'failed', reason: 'unexpected', error });
    return 'unexpected';
  }
}

function attemptOnce(failure: Failure, asking: Asking, run: Run): Promise<Attempted> {
  const { pullOneOfMany } = asking;
  if (failure.statusCode === TOO_LARGE_FOR_THE_DOOR) return pullAlone(failure, run);
  if (pullOneOfMany !== undefined) return pull(failure, pullOneOfMany, run);
  return failure.statusCode === MAYBE_TOO_LARGE_FOR_THE_QUEUE
    ? pullOrAsk(failure, asking, run)
    : ask(failure, asking, run);
}

async function pullOrAsk(failure: Failure, asking: Asking, run: Run): Promise<Attempted> {
  const glance = await run.deliveryLog.glance(toLogged(failure), run.callTime());
  if (glance === undefined || !glance.hasPayload) return 'lost';
  return glance.mentions(TOO_LARGE_REASON) ? pullAlone(failure, run) : ask(failure, asking, run);
}

async function pull(failure: Failure, by: Pull, run: Run): Promise<Attempted> {
  run.onStep('pull', failure);
  const { logId, guid, event, action, installationId } = failure;
  const pulled = await by({ logId, guid, event, action, installationId }, run.callTime());
  if (pulled === 'lost') return 'lost';
  return pulled === 'done' ? 'pulled' : 'pull_failed';
}

/** What its pull throws is a failure of this delivery alone. */
async function pullAlone(failure: Failure, run: Run): Promise<Attempted> {
  try {
    return await pull(failure, run.pull, run);
  } catch (error) {
    if (endsRun(error, run)) throw error;
    return tellFailedPull(failure, error, run);
  }
}

function tellFailedPull(failure: Failure, error: unknown, { log }: Run): Attempted {
  log.error('pull', { ...describeFailure(failure), outcome: 'failed', error });
  return 'pull_failed';
}

function endsRun(error: unknown, { signal }: Run): boolean {
  return signal.aborted || isOneOf(STOPS_ALL, error);
}

function isOneOf(codes: ReadonlySet<FaultCode>, error: unknown): boolean {
  return error instanceof ServiceFault && codes.has(error.code);
}

async function ask(failure: Failure, asking: Asking, run: Run): Promise<Attempted> {
  const { deliveryLog } = run;
  run.onStep('ask', failure);
  asking.lastAskMs = run.now();
  const answer = await deliveryLog.redeliver(failure.logId, run.callTime());
  if (answer === 'asked') return 'asked';
  if (answer === 'gone') return 'lost';
  const glance = await deliveryLog.glance(toLogged(failure), run.callTime());
  return glance?.hasPayload === true ? 'refused' : 'lost';
}

function toLogged({ logId, guid }: Failure) {
  return { id: logId, guid };
}
