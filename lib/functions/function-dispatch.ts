/** The dispatch of a function that runs handlers: webhook inline, worker and sweeper alike. */
import { SYSTEM_CLOCK } from '../async/clock.ts';
import { createDispatch, type Dispatch } from '../dispatch/dispatch.ts';
import { createParking } from '../dispatch/parking.ts';
import type { RunDeps } from '../dispatch/run-handler.ts';
import type { Parts } from './parts.ts';

type Own = Pick<RunDeps, 'app' | 'ledger' | 'ledgerScope'>;

/** @param own What is the function's own; all else is made of its parts. One for a process: it knows what is parked. */
export function createFunctionDispatch(own: Own, { now, settings, tracer }: Parts): Dispatch {
  const { app, ledger, ledgerScope } = own;
  const parking = createParking(now);
  return createDispatch({ app, ledger, ledgerScope, parking, settings, clock: SYSTEM_CLOCK, tracer });
}
