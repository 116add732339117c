import { defineConfig } from 'vitest/config';
import { tallyReporter } from './test/setup/tally-reporter.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup/build.ts'],
    reporters: ['default', tallyReporter],
    // Tests start processes and servers, and machines are slow at times.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
