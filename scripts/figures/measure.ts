/** All figures of a work tree. */
import { findCircles } from './circles.ts';
import { type Duplicate, findDuplicates } from './duplicates.ts';
import { listExports } from './exports.ts';
import { type FunctionFigures, measureFunctions } from './functions.ts';
import { readSources, type Source } from './read-sources.ts';

export interface Figures {
  readonly files: number;
  readonly lines: number;
  readonly medianLines: number;
  readonly longestFile: { readonly path: string; readonly lines: number };
  readonly functions: readonly FunctionFigures[];
  /** Of lib. */
  readonly exports: { readonly all: number; readonly documented: number; readonly bare: readonly string[] };
  readonly circles: readonly (readonly string[])[];
  readonly duplicates: readonly Duplicate[];
}

/** @param root Folder of a work tree. */
export async function measure(root: string): Promise<Figures> {
  const sources = await readSources(root);
  const lengths = sources.map(({ path, text }) => ({ path, lines: countLines(text) }));
  const sorted = lengths.toSorted((a, b) => b.lines - a.lines);
  const exported = listExports(sources.filter(isLib));
  const bare = exported.filter(({ documented }) => !documented).map(({ name }) => name);
  return {
    files: sources.length,
    lines: lengths.reduce((sum, { lines }) => sum + lines, 0),
    medianLines: sorted[Math.floor(sorted.length / 2)]?.lines ?? 0,
    longestFile: sorted[0] ?? { path: 'none', lines: 0 },
    functions: measureFunctions(sources),
    exports: { all: exported.length, documented: exported.length - bare.length, bare },
    circles: findCircles(sources),
    duplicates: findDuplicates(sources),
  };
}

function isLib({ path }: Source): boolean {
  return path.startsWith('lib/');
}

function countLines(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}
