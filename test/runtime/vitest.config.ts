/** `npm run test:runtime`. Not part of `npm test`: the runtime client takes a minute and a compiler to build. */
import { defineConfig } from 'vitest/config';
import { tallyReporter } from '../setup/tally-reporter.ts';

export default defineConfig({
  test: {
    include: ['test/runtime/*.runtime.ts'],
    globalSetup: ['test/runtime/setup.ts'],
    reporters: ['default', tallyReporter],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
