import { defineConfig } from 'vitest/config';
import { tallyReporter } from './test/setup/tally-reporter.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup/build.ts'],
    reporters: ['default', tallyReporter],
    // More than cores: most of a test is waiting for the processes and servers that it starts.
    maxWorkers: '200%',
    // Machines are slow at times.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
