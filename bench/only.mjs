/** `--only`: hookmint against what it was before, in some scenarios, told on the terminal. For whoever changes something. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBefore } from './before.mjs';
import { bundleApp } from './bundles.mjs';
import { startStandIns } from './stand-ins.mjs';
import { createShuffle } from './statistics.mjs';
import { toFigure } from './units.mjs';
import { measureVersus } from './versus.mjs';

/** @param {{ only: readonly string[], rounds: number, seed: number }} options */
export async function runOnly({ only, rounds, seed }) {
  process.chdir(join(import.meta.dirname, '..'));
  const folder = await mkdtemp(join(tmpdir(), 'hookmint-bench-'));
  const standIns = await startStandIns(folder);
  try {
    const sides = { now: (await bundleApp(folder, 'hookmint')).functions, before: await buildBefore(folder) };
    const bench = { folder, standIns, shuffle: createShuffle(seed) };
    const compared = await measureVersus(bench, sides, { only, rounds });
    for (const { title, now, before, ratio } of Object.values(compared)) {
      console.log(
        `CPU ${ratio.cpu.toFixed(2)} × (${toFigure(now.cpuMs)} / ${toFigure(before.cpuMs)} ms)  ` +
          `wall ${ratio.wall.toFixed(2)} × (${toFigure(now.wallMs)} / ${toFigure(before.wallMs)} ms)  ${title}`,
      );
    }
  } finally {
    standIns.close();
    await rm(folder, { recursive: true, force: true });
  }
}
