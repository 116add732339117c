/** `hookmint build`: writes the functions of the app in this folder, ready to be packaged. */
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { FunctionBuild } from '../lib/build/build-functions.ts';
import type { CommandIo } from './io/io.ts';
import { loadingModules } from './io/loading-modules.ts';

interface BuildOptions {
  readonly handlers?: string;
  readonly outdir: string;
}

export function addBuild(program: Command, io: CommandIo): void {
  program
    .command('build')
    .description('builds the functions into dist/functions')
    .option('--handlers <file>', 'another handler table than functions/handlers/index.ts')
    .option('--outdir <folder>', 'where functions/ goes', 'dist')
    .addHelpText('after', '\nExample: hookmint build')
    .action((options: BuildOptions) => build(options, io).catch((error: unknown) => explain(error, io)));
}

async function build(options: BuildOptions, io: CommandIo): Promise<void> {
  const built = await loadingModules(io, async () => {
    const { buildFunctions } = await import('../lib/build/build-functions.ts');
    return buildFunctions({ app: io.folder, clock: io.clock, ...options });
  });
  const bill = await writeSbom(built, options.outdir, io.folder);
  io.tell(...built.warnings.map((warning) => `warning: ${warning}`));
  io.print(...describe(built), bill);
}

/** Beside the folder that is zipped. */
async function writeSbom({ metafiles }: FunctionBuild, outdir: string, folder: string): Promise<string> {
  const { toSbom } = await import('../lib/build/sbom.ts');
  const sbom = await toSbom(basename(folder), metafiles, folder);
  const file = join(outdir, 'functions.cdx.json');
  await writeFile(resolve(folder, file), `${JSON.stringify(sbom, undefined, 2)}\n`);
  return `${sbom.components.length} packages in them: ${file}`;
}

function explain(error: unknown, io: CommandIo): void {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  io.tell(...`build failed: ${message}`.split('\n'));
  if (cause instanceof Error) io.tell(...`  because: ${cause.message}`.split('\n'));
  io.foundWrong();
}

function describe({ functions, handlers, outputs }: FunctionBuild): readonly string[] {
  const code = Object.entries(outputs).filter(([file]) => file.endsWith('.mjs'));
  const sizes = functions.map((name) => {
    const own = code.filter(([file]) => basename(file) === `${name}.mjs`);
    const later = code.filter(([file]) => basename(dirname(file)) === name);
    return `${name} ${toKilobytes(own)} and ${later.length} chunks ${toKilobytes(later)}`;
  });
  return [...sizes, `${handlers.length} handler${handlers.length === 1 ? '' : 's'}: ${handlers.join(', ')}`];
}

function toKilobytes(files: readonly (readonly [string, number])[]): string {
  const bytes = files.reduce((total, [, size]) => total + size, 0);
  return `${(bytes / 1000).toFixed(1)} kB`;
}
