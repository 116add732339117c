/** The step of the handler's own work. */
import { ServiceFault } from '../faults.ts';
import type { ForgottenCall } from '../github/call-watch.ts';
import { readCallFault } from '../github/octokit-errors.ts';
import type { BoundLog } from '../log/log.ts';
import type { Handler } from './define-handler.ts';
import type { Equipment } from './equip.ts';
import { toHandlerDelivery, type Job } from './job.ts';
import type { Ended } from './step.ts';

interface RunContext {
  readonly job: Job;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  readonly equipment: Equipment;
  /** Aborts when the time is up. It has not when the handler is called. */
  readonly signal: AbortSignal;
  /** Bound to the handler. */
  readonly log: BoundLog;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Runs the handler, and waits for the calls that it forgot to await.
 *
 * @throws Whatever the handler throws. ServiceFault `not_awaited` where it returned, and a forgotten call failed.
 */
export async function run(handler: Handler, context: RunContext): Promise<Ended> {
  const { equipment, log } = context;
  const thrown = await handle(handler, context);
  const forgotten = (await equipment.authority?.finishCalls()) ?? [];
  for (const { route } of forgotten) log.warn('call not awaited', { route });
  if (thrown !== undefined) throw thrown.error;
  for (const call of forgotten) refuseFailed(call, context);
  return { ended: { name: handler.name, outcome: 'handled' } };
}

/** @returns What the handler threw; undefined where it returned. */
async function handle(
  handler: Handler,
  { job, attempt, equipment, signal, log }: RunContext,
): Promise<{ readonly error: unknown } | undefined> {
  const delivery = toHandlerDelivery(job, attempt);
  const { settings, authority } = equipment;
  const told = settings && { settings };
  const held = authority && { github: authority.github, token: authority.token };
  try {
    await handler.handle({
      payload: job.payload,
      delivery,
      log: log.forHandler(),
      signal,
      ...told,
      ...held,
    });
    return undefined;
  } catch (error) {
    return { error };
  }
}

/** The handler is tried again when GitHub allows it, as though the call had been awaited. */
function refuseFailed({ route, failure }: ForgottenCall, { equipment, now }: RunContext): void {
  if (failure === undefined) return;
  const circumstances = { nowMs: now(), permissions: equipment.authority?.token.permissions };
  const retryAfterSeconds = readCallFault(failure.error, circumstances)?.retryAfterSeconds;
  throw new ServiceFault('not_awaited', `The handler did not await ${route}, which failed.`, {
    cause: failure.error,
    retryAfterSeconds,
  });
}
