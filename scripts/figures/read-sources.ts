/** The sources of the house, parsed: what is ours and runs, no tests, nothing generated. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type Comment, parseSync, type Program } from 'oxc-parser';

export interface Source {
  /** From the root: `lib/async/clock.ts`. */
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly comments: readonly Comment[];
  /** What it imports by a path of its own, types included, each as it is written. */
  readonly imports: readonly string[];
}

/** Folders and files that count, as far as a commit has them. */
const ROOMS = /^(lib|local|cli|functions|template)\/|^build\.mjs$/;
const CODE = /\.(ts|mjs)$/;
const NOT_COUNTED = /\.(test|test-d|d)\.ts$|(^|\/)(fixtures|node_modules)\//;

/** @param root Folder of a work tree. */
export async function readSources(root: string): Promise<readonly Source[]> {
  const all = await readdir(root, { recursive: true, withFileTypes: true }).then((entries) =>
    entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)),
  );
  const paths = all
    .map((file) => relative(root, file).split(sep).join('/'))
    .filter((path) => ROOMS.test(path) && CODE.test(path) && !NOT_COUNTED.test(path));
  return Promise.all(
    paths.toSorted().map(async (path) => parse(path, await readFile(join(root, path), 'utf8'))),
  );
}

/** @throws Error where the text is no module. */
export function parse(path: string, text: string): Source {
  const { program, comments, module, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const from = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.map(({ moduleRequest }) => moduleRequest?.value),
    ),
  ];
  const imports = from.filter((name): name is string => name?.startsWith('.') === true);
  return { path, text, program, comments, imports: [...new Set(imports)] };
}

/** Line of an offset, the first one being 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
