/**
 * The package as an app has it in `node_modules`: compiled. A command of it starts in half of the time that it takes from
 * its sources, and most of what a test does with a command is to start it.
 */
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { CONSOLE_FOLDER } from '../../local/console/assets.ts';
import { buildPage } from '../../local/console/build-page.ts';
import { PROJECT } from './build.ts';

const SOURCES = ['lib', 'local', 'cli'];
/** What is no TypeScript, and loaded from where the code stands. */
const COPIED = ['package.json', 'cli/bin.mjs'];
const COPIED_BESIDE_CODE = ['local/aws/lambda-host.mjs', 'lib/permissions/endpoints.json'];

/**
 * Writes what `npm pack` would, as far as commands need it: without types, and without the template of an app. The
 * life of a new app (`test/new`) is what proves the packed one.
 */
export async function compilePackage(folder: string): Promise<void> {
  const compiled = join(folder, 'dist/package');
  await build({
    absWorkingDir: PROJECT,
    entryPoints: (await Promise.all(SOURCES.map(listModules))).flat(),
    outbase: PROJECT,
    outdir: compiled,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    plugins: [moduleByModule],
    logLevel: 'warning',
  });
  for (const file of COPIED) await cp(join(PROJECT, file), join(folder, file));
  for (const file of COPIED_BESIDE_CODE) await cp(join(PROJECT, file), join(compiled, file));
  await mkdir(join(folder, CONSOLE_FOLDER), { recursive: true });
  for (const [name, text] of await buildPage()) await writeFile(join(folder, CONSOLE_FOLDER, name), text);
}

/** Leaves each import where it is, under the name that the compiled module has. */
const moduleByModule: Plugin = {
  name: 'module by module',
  setup(plugin) {
    plugin.onResolve({ filter: /./ }, ({ path, kind }) =>
      kind === 'entry-point'
        ? undefined
        : { path: path.startsWith('.') ? path.replace(/\.ts$/, '.js') : path, external: true },
    );
  },
};

async function listModules(folder: string): Promise<readonly string[]> {
  const files = await readdir(join(PROJECT, folder), { recursive: true });
  return files
    .map((file) => `${folder}/${file}`)
    .filter((file) => /(?<!\.d)\.ts$/.test(file) && !file.startsWith('local/console/page/'));
}
