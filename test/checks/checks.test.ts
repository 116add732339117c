/** `npm run check` finds nothing: each of its parts is a test, so that they run while other tests wait. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT } from '../harness/build.ts';

const MANIFEST: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(join(PROJECT, 'package.json'), 'utf8'),
);

/** In its order. */
const CHECKS = (MANIFEST.scripts['check'] ?? '').split(' && ').map((each) => each.replace('npm run -s ', ''));

/** They read every module there is, on a machine that may be busy. */
const TIMEOUT_MS = 240_000;

it('are all that there are', () => {
  const names = Object.keys(MANIFEST.scripts).filter((name) => name.startsWith('check:'));
  expect(CHECKS).toEqual(names);
  expect(CHECKS).toContain('check:types');
});

it.each(CHECKS)('%s finds nothing', { timeout: TIMEOUT_MS }, async (check) => {
  expect(await runScript(check)).toMatchObject({ code: 0 });
});

function runScript(name: string): Promise<{ readonly code: unknown; readonly output: string }> {
  // One core for each: the others are busy with tests, and what two of them read they would read twice.
  const env = { ...process.env, GOMAXPROCS: '1' };
  return new Promise((resolve) => {
    execFile('npm', ['run', '-s', name], { cwd: PROJECT, env, maxBuffer: 1e7 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr }),
    );
  });
}
