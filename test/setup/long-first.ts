/** The order of test files: what takes longest begins first, so that no core waits for it at the end. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The longest first. A fresh clone has no record of an earlier run that Vitest could go by. */
const LONG = [
  'test/checks/checks.test.ts',
  'test/queue/queued.test.ts',
  'test/local/start-changes.test.ts',
  'test/cli/show.test.ts',
  'test/independence/independence.test.ts',
  'test/package/package.test.ts',
  'test/console/console.test.ts',
  'test/operations/operations.test.ts',
  'test/cli/record-handlers.test.ts',
  'test/model/model.test.ts',
  'test/chaos/chaos.test.ts',
  'test/upgrade/releases.test.ts',
  'test/cli/register-browser.test.ts',
  'test/cli/key.test.ts',
  'test/local/start.test.ts',
  'test/local/pull.test.ts',
  'test/build/bundle.test.ts',
  'test/cli/local.test.ts',
  'test/ledger/dynamodb-local.test.ts',
  'test/console/reconnect.test.ts',
  'test/local/start-kms.test.ts',
  'test/budgets/budgets.test.ts',
  'test/functions/misbehaving.test.ts',
  'test/queue/work.test.ts',
  'test/cli/grants-of-runs.test.ts',
  'test/lies/lies.test.ts',
  'test/lies/others.test.ts',
];

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- the sequencer's own, which is no array's
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONG.findIndex((file) => moduleId.endsWith(`/${file}`));
  return rank === -1 ? LONG.length : rank;
}
