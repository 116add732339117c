/** Lines that stand in two places: runs that are the same but for indentation. Pure. */
import type { Source } from './read-sources.ts';

export interface Duplicate {
  /** `lib/a.ts:10 and lib/b.ts:20`. */
  readonly where: string;
  readonly lines: number;
}

interface Line {
  readonly path: string;
  readonly number: number;
  readonly text: string;
}

/** Shorter runs are how things are written, not the same thing written twice. */
const LEAST_LINES = 8;

/** The longest first. Empty lines, imports and lines of brackets alone neither count nor end a run. */
export function findDuplicates(sources: readonly Pick<Source, 'path' | 'text'>[]): readonly Duplicate[] {
  const files = sources.map(toLines);
  const seen = new Map<string, readonly [file: readonly Line[], at: number]>();
  const duplicates: Duplicate[] = [];
  for (const lines of files) {
    for (let at = 0; at + LEAST_LINES <= lines.length; at += 1) {
      const key = lines
        .slice(at, at + LEAST_LINES)
        .map(({ text }) => text)
        .join('\n');
      const first = seen.get(key);
      if (first === undefined) {
        seen.set(key, [lines, at]);
        continue;
      }
      const length = runLength(first, [lines, at]);
      duplicates.push({ where: `${toPlace(first)} and ${toPlace([lines, at])}`, lines: length });
      at += length - 1;
    }
  }
  return duplicates.toSorted((a, b) => b.lines - a.lines);
}

function toLines({ path, text }: Pick<Source, 'path' | 'text'>): readonly Line[] {
  return text
    .split('\n')
    .map((line, index) => ({ path, number: index + 1, text: line.trim() }))
    .filter((line) => /\w/.test(line.text) && !/^import |^} from /.test(line.text));
}

type Place = readonly [file: readonly Line[], at: number];

function runLength([one, i]: Place, [other, j]: Place): number {
  let length = 0;
  while (one[i + length]?.text !== undefined && one[i + length]?.text === other[j + length]?.text) {
    if (one === other && i + length >= j) break;
    length += 1;
  }
  return length;
}

function toPlace([lines, at]: Place): string {
  return `${lines[at]?.path}:${lines[at]?.number}`;
}
