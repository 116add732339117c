/** Figures as a table, a column for each work tree, and as lists of names. Pure. */
import type { FunctionFigures } from './functions.ts';
import type { Figures } from './measure.ts';

/** The house's own limit. */
const MOST_LINES = 60;

const ROWS: Readonly<Record<string, (figures: Figures) => string>> = {
  files: ({ files }) => String(files),
  lines: ({ lines }) => String(lines),
  'lines of a file: median, most': ({ medianLines, longestFile }) =>
    `${medianLines}, ${longestFile.lines} (${longestFile.path})`,
  'longest function': ({ functions: [longest] }) => (longest === undefined ? 'none' : describe(longest)),
  [`functions over ${MOST_LINES} lines, what is nested in them counted`]: (figures) =>
    String(tooLong(figures).length),
  'documented exports of lib': ({ exports: { all, documented } }) =>
    `${documented} of ${all} (${Math.round((100 * documented) / Math.max(1, all))} %)`,
  'import circles, types included': ({ circles }) => String(circles.length),
  'runs of 8 lines or more that stand twice': ({ duplicates }) =>
    `${duplicates.length} (${duplicates.reduce((sum, { lines }) => sum + lines, 0)} lines)`,
};

export function toTable(columns: ReadonlyMap<string, Figures>): string {
  const rows = Object.entries(ROWS).map(([name, show]) => [name, ...[...columns.values()].map(show)]);
  const header = ['', ...columns.keys()];
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function toLists(figures: Figures): string {
  const { exports: exported, circles, duplicates } = figures;
  return [
    ...toList(
      `functions over ${MOST_LINES} lines`,
      tooLong(figures).map((each) => `${describe(each)}: ${each.nested.join(', ')}`),
    ),
    ...toList('exports of lib without a docstring', exported.bare),
    ...toList(
      'import circles',
      circles.map((circle) => circle.join(', ')),
    ),
    ...toList(
      'duplicates',
      duplicates.map(({ where, lines }) => `${lines} lines: ${where}`),
    ),
  ].join('\n');
}

function tooLong({ functions }: Figures): readonly FunctionFigures[] {
  return functions.filter(({ lines }) => lines > MOST_LINES);
}

function describe({ name, lines, nested }: FunctionFigures): string {
  return `${lines} lines, ${nested.length} functions nested (${name})`;
}

function toList(title: string, items: readonly string[]): readonly string[] {
  return [`${title}: ${items.length}`, ...items.map((item) => `  ${item}`), ''];
}
