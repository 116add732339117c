/** The tests that are fast enough to be run for each mutant: those of decisions. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'test/ledger/decisions.test.ts',
      'test/queue/{company,retry}.test.ts',
      'test/sweep/{decide-step,decisions}.test.ts',
      'test/webhook/{payload,verify}.test.ts',
    ],
  },
});
