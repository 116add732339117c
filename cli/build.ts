/** `hookmint build`: writes the functions of the app in this folder, ready to be packaged. */
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Command } from 'commander';
import type { FunctionBuild } from '../lib/build/build-functions.ts';

export function addBuild(program: Command): void {
  program
    .command('build')
    .description('builds the functions into dist/functions')
    .option('--handlers <file>', 'another handler table than functions/handlers/index.ts')
    .option('--outdir <folder>', 'where functions/ goes', 'dist')
    .addHelpText('after', '\nExample: hookmint build')
    .action(async (options: { handlers?: string; outdir: string }) => {
      const { buildFunctions } = await import('../lib/build/build-functions.ts');
      const built = await buildFunctions(options).catch(explain);
      const bill = await writeSbom(built, options.outdir);
      for (const warning of built.warnings) console.error(`warning: ${warning}`);
      for (const line of [...describe(built), bill]) console.log(line);
      process.exit(); // a handler module may have left a timer running
    });
}

/** Beside the folder that is zipped. */
async function writeSbom({ metafiles }: FunctionBuild, outdir: string): Promise<string> {
  const { toSbom } = await import('../lib/build/sbom.ts');
  const sbom = await toSbom(basename(process.cwd()), metafiles, process.cwd());
  const file = join(outdir, 'functions.cdx.json');
  await writeFile(file, `${JSON.stringify(sbom, undefined, 2)}\n`);
  return `${sbom.components.length} packages in them: ${file}`;
}

function explain(error: unknown): never {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  console.error(`build failed: ${message}`);
  if (cause instanceof Error) console.error(`  because: ${cause.message}`);
  process.exit(1);
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
