/**
 * `npm run figures`: the figures of the house, of what is ours and runs (lib, local, cli, functions, template).
 *
 *     npm run figures                       of this work tree
 *     npm run figures -- --ref 31c9f38      beside those of an older commit
 *     npm run figures -- --list             and the names of what they count
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Figures, measure } from './measure.ts';
import { toLists, toTable } from './show.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const { values } = parseArgs({ options: { ref: { type: 'string' }, list: { type: 'boolean' } } });
const now = await measure(ROOT);
const columns = new Map<string, Figures>([
  ...(values.ref === undefined ? [] : [[values.ref, await measureCommit(values.ref)] as const]),
  ['this work tree', now],
]);
console.log(toTable(columns));
if (values.list === true) console.log(`\n${toLists(now)}`);

/** Of what a commit holds, taken out into a folder that is gone afterwards. */
async function measureCommit(ref: string): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'hookmint-figures-'));
  try {
    const archive = execFileSync('git', ['archive', ref], { cwd: ROOT, maxBuffer: 1024 ** 3 });
    execFileSync('tar', ['-x', '-C', folder], { input: archive });
    return await measure(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
