import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const SUITE = fileURLToPath(new URL('node-test-suite.ts', import.meta.url));

it('works under `node --test`', async () => {
  const args = ['--conditions', 'hookmint-source', '--import', 'tsx', '--test', '--test-reporter=tap', SUITE];
  // The runner's own variables would make Node's think that it is a part of one.
  const { NODE_TEST_CONTEXT: _, VITEST: __, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  expect(stdout).toContain('# pass 1');
  expect(stdout).toContain('# fail 0');
});
