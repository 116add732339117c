/** `npm run test:memory`. Not part of `npm test`: it takes a minute, and wants `/proc`. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { tallyReporter } from '../setup/tally-reporter.ts';

export default defineConfig({
  resolve: {
    alias: [
      { find: /^hookmint$/, replacement: fileURLToPath(new URL('../../lib/index.ts', import.meta.url)) },
    ],
  },
  test: {
    include: ['test/memory/*.memory.ts'],
    reporters: ['default', tallyReporter],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What is measured is one process at a time.
    maxWorkers: 1,
  },
});
