/** The fourth step: the handler's own work. */
import type { Authority } from '../github/app.ts';
import type { HandlerLog } from '../log/log.ts';
import type { Handler } from './define-handler.ts';
import { toHandlerDelivery, type Job } from './job.ts';
import type { Ended } from './step.ts';

interface RunContext {
  readonly job: Job;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** Absent for a handler that needs no token. */
  readonly authority: Authority | undefined;
  /** Aborts when the time is up. */
  readonly signal: AbortSignal;
  /** Bound to the handler. */
  readonly log: HandlerLog;
}

/** @throws Whatever the handler throws. */
export async function run(handler: Handler, context: RunContext): Promise<Ended> {
  const { job, attempt, authority, signal, log } = context;
  signal.throwIfAborted();
  const { payload } = job;
  const delivery = toHandlerDelivery(job, attempt);
  const held = authority && { github: authority.github, token: authority.token };
  await handler.handle({ payload, delivery, log, signal, ...held });
  return { ended: { name: handler.name, outcome: 'handled' } };
}
