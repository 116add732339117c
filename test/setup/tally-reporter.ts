/** Ends the output with one line that is easy to read for people and machines: `12 passed, 0 failed, 1 skipped`. */
import type { Reporter } from 'vitest/node';

export const tallyReporter: Reporter = {
  /** A file that did not load, and an error outside of all tests, count as a failure each. */
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
    const broken = modules.filter((module) => module.errors().length > 0).length + unhandledErrors.length;
    const skipped = count('skipped') + count('pending');
    const tally = `${count('passed')} passed, ${count('failed') + broken} failed`;
    process.stdout.write(skipped > 0 ? `${tally}, ${skipped} skipped\n` : `${tally}\n`);
  },
};
