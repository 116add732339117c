/**
 * The process that tries handlers for `hookmint record`, in the app's folder: it takes one trial, answers it and ends.
 * `loopback-only.ts` replaces a function of Node's, and handlers may do as they like; neither touches the command.
 */
import { isCovering } from '../../lib/dispatch/load-handler.ts';
import { withHandlers } from '../app/handlers.ts';
import { CommandError } from '../command-error.ts';
import { compareHandlers, type Comparison } from './compare-handlers.ts';
import { reachLoopbackOnly } from './loopback-only.ts';
import type { Trial, TrialResult } from './trial.ts';

reachLoopbackOnly();

process.once('message', (trial: Trial) => {
  void tryAll(trial).then((result) => process.send?.(result, () => process.exit()));
});
// The command ended, and nobody waits for the result any more.
process.once('disconnect', () => process.exit());

async function tryAll({ original, recording }: Trial): Promise<TrialResult> {
  const surroundings = { folder: process.cwd(), stderr: process.stderr, endProcess: () => {} };
  try {
    const comparisons = await withHandlers(surroundings, ({ entries }): Promise<readonly Comparison[]> => {
      const claiming = entries.filter(({ key }) => isCovering(key, recording.event));
      const handlers = new Map(claiming.map(({ handler }) => [handler.name, handler]));
      return compareHandlers([...handlers.values()], original, recording);
    });
    return { comparisons };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { problem: error.message };
  }
}
