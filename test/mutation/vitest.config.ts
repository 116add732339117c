/** The tests that are fast enough to be run for each mutant: those of decisions. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    testTimeout: 60_000, // a mutant that hangs is Stryker's to end
    include: [
      'test/ledger/decisions.test.ts',
      'test/queue/{company,retry,work}.test.ts',
      'test/sweep/{decide-step,decisions,hostile,scan,scan-log}.test.ts',
      'test/webhook/{answer,intake,intake-queued,payload,receive,verify}.test.ts',
      'test/github/{app,client,installation,mint,mint-refusal,octokit-errors,rate-limit,refusal}.test.ts',
      'test/dispatch/{claimed,run-handler}.test.ts',
    ],
  },
});
