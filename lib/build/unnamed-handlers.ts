/** Handlers that stand beside the table and that no line of it names: the line is easily forgotten. */
import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { type Metafile, transform } from 'esbuild';

/** What may be a module: no test, no declarations, no file that an editor hides. */
const MODULE = /^[^.].*(?<!\.(?:test|spec|d))\.[cm]?[jt]s$/;

/**
 * Files in the folder of a table that have a handler which did not get into the table's build. Only a table that is
 * called `index` is asked: another one is a choice of handlers. What was built is not read, so that this is one look
 * into the folder where no line is missing.
 *
 * @param app   The app's folder.
 * @param table The path of the table.
 * @returns Paths from the app's folder.
 */
export async function findUnnamedHandlers(
  app: string,
  table: string,
  { inputs }: Metafile,
): Promise<readonly string[]> {
  if (!/^index\.[cm]?[jt]s$/.test(basename(table))) return [];
  const built = new Set(Object.keys(inputs).map((path) => resolve(app, path)));
  const folder = dirname(table);
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory() && MODULE.test(entry.name))
    .map(({ name }) => join(folder, name))
    .filter((file) => !built.has(file));
  const unnamed = await Promise.all(files.map((file) => isUnnamed(file, built)));
  return files
    .filter((_, index) => unnamed[index])
    .map((file) => relative(app, file).replaceAll(sep, '/'))
    .toSorted();
}

/** In words. */
export function warnOfUnnamed(file: string, table: string): string {
  return `${file} has a handler that ${table} does not name: add a line for it.`;
}

/** What cannot be read or parsed is still being written, and the build is about what is named. */
async function isUnnamed(file: string, built: ReadonlySet<string>): Promise<boolean> {
  try {
    // esbuild names what it read by where links lead.
    if (built.has(await realpath(file))) return false;
    const source = await readFile(file, 'utf8');
    return source.includes('defineHandler') && (await exportsHandler(source));
  } catch {
    return false;
  }
}

/** Whether the default export is a call of `defineHandler`, or a name for one: a helper may well hold such a call. */
async function exportsHandler(source: string): Promise<boolean> {
  // Without types and comments, each declaration at the beginning of a line, and what is exported at the end.
  const { code } = await transform(source, { loader: 'ts', format: 'esm', logLevel: 'silent' });
  const declared = new Map(
    [...code.matchAll(/^(?:const|let|var) (\S+) = (.*?);?$/gm)].map(([, name, value]) => [name, value]),
  );
  const value = declared.get(/^ {2}(\S+) as default,?$/m.exec(code)?.[1]);
  return /^(?:[\w$]+\.)?defineHandler\(/.test(declared.get(value) ?? value ?? '');
}
