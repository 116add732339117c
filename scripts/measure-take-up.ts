/**
 * How long `npm start` takes to take up a changed handler, from the write of the file to the answer of the new code,
 * beside the time of one build on the same machine: `npx tsx scripts/measure-take-up.ts [CHANGES]`.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { readFixture, toSignedRequest } from '../local/fixtures/fixtures.ts';
import { copyProject } from '../test/harness/local-project.ts';

const HANDLER = 'functions/handlers/issues-opened.ts';

const changes = Number(process.argv[2] ?? 15);
const project = await copyProject();
try {
  const builds: number[] = [];
  for (let nth = 0; nth < 3; nth += 1) builds.push(await time(async () => void (await project.run('build'))));
  const server = await project.start();
  const fixture = await readFixture(join(project.folder, 'functions/fixtures/issues-opened-first-time.json'));
  const secret = await project.read('.hookmint/webhook-secret');
  const code = await project.read(HANDLER);
  const seen: number[] = [];
  const told: number[] = [];
  for (let nth = 1; nth <= changes; nth += 1) {
    const from = server.output().length;
    const mark = `change-${randomUUID()}`;
    const changed = code.replace(/async handle\(.*\{$/m, `$&\n    throw new Error('${mark}');`);
    seen.push(
      await time(async () => {
        await project.write(HANDLER, changed);
        // Whoever saves a file asks a moment later, as often as it takes.
        for (;;) {
          await fetch(server.url, {
            method: 'POST',
            ...toSignedRequest(fixture, { secret, id: randomUUID() }),
          });
          if (server.output().slice(from).includes(mark)) return;
        }
      }),
    );
    await server.until('taken up', from);
    told.push(Number(/taken up in (\d+) ms/.exec(server.output().slice(from))?.[1]));
  }
  const [build, took] = [median(builds), median(seen)];
  console.log(`a build: ${build.toFixed(0)} ms`);
  console.log(
    `a change is there after ${took.toFixed(0)} ms (median of ${changes}; the slowest ${Math.max(...seen).toFixed(0)} ms), ` +
      `${(took / build).toFixed(2)} of a build; of that ${median(told).toFixed(0)} ms are told as the time to take up`,
  );
} finally {
  await project.remove();
}

async function time(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
