/** Waits until somebody has installed the App. */
import { sleep } from '../../lib/async/clock.ts';
import type { CallAsApp } from '../../lib/github/app-calls.ts';
import { ServiceFault } from '../../lib/faults.ts';
import { type Installation, listInstallations } from '../installations/list-installations.ts';
import type { CommandIo } from '../io/io.ts';

/** GitHub allows an App 5,000 calls an hour: this takes a quarter of them. */
const INTERVAL_MS = 3_000;

/** @throws The signal's reason. */
export async function awaitInstallation(
  call: CallAsApp,
  { clock }: Pick<CommandIo, 'clock'>,
  signal: AbortSignal,
): Promise<Installation> {
  for (;;) {
    try {
      for await (const installation of listInstallations(call, signal)) return installation;
    } catch (error) {
      // An App that is seconds old is not known everywhere yet, and an outage ends.
      if (signal.aborted || !(error instanceof ServiceFault)) throw error;
    }
    await sleep(clock, INTERVAL_MS, signal);
  }
}
