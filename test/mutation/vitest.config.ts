/** The tests that are fast enough to be run for each mutant: those of decisions. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'test/ledger/decisions.test.ts',
      'test/queue/{company,retry}.test.ts',
      'test/sweep/{decide-step,decisions,hostile,scan}.test.ts',
      'test/webhook/{intake,intake-queued,payload,receive,verify}.test.ts',
      'test/github/{client,installation,mint,octokit-errors}.test.ts',
      'test/dispatch/run-handler.test.ts',
    ],
  },
});
