/** The console's page, built by esbuild into one script and one style sheet. Nothing of it comes from elsewhere. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { PACKAGE_FOLDER } from '../../lib/build/package.ts';

/** By name: `page.js`, `page.css`. */
export type PageFiles = ReadonlyMap<string, string>;

export async function buildPage(): Promise<PageFiles> {
  const { outputFiles } = await build({
    absWorkingDir: PACKAGE_FOLDER,
    entryPoints: { page: 'local/console/page/main.tsx', style: 'local/console/page/style.css' },
    outdir: join(PACKAGE_FOLDER, 'dist/console'),
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    minify: true,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    tsconfigRaw: '{}',
    legalComments: 'none',
    logLevel: 'warning',
  });
  return new Map(outputFiles.map(({ path, text }) => [path.replace(/^.*[\\/]/, ''), text]));
}
