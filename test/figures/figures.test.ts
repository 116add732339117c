/** What `npm run figures` counts, in sources small enough to count by hand. */
import { expect, it } from 'vitest';
import { findCircles } from '../../scripts/figures/circles.ts';
import { findDuplicates } from '../../scripts/figures/duplicates.ts';
import { listExports } from '../../scripts/figures/exports.ts';
import { measureFunctions } from '../../scripts/figures/functions.ts';
import { parse } from '../../scripts/figures/read-sources.ts';

it('measures a function from its first line to its last, with what is nested in it', () => {
  const source = parse(
    'lib/a.ts',
    `const before = 1;
export function outer(list: number[]) {
  const inner = () => {
    return list.map((each) => each + before);
  };
  return { method() { return inner(); } };
}
class Some {
  run() { return 1; }
}
`,
  );
  expect(measureFunctions([source])).toEqual([
    { name: 'lib/a.ts: outer', lines: 6, nested: ['inner', 'handed to map', 'method'] },
    { name: 'lib/a.ts: inner', lines: 3, nested: ['handed to map'] },
    { name: 'lib/a.ts: handed to map', lines: 1, nested: [] },
    { name: 'lib/a.ts: method', lines: 1, nested: [] },
    { name: 'lib/a.ts: run', lines: 1, nested: [] },
  ]);
});

it('knows an export with a docstring from one with another comment, or a docstring further up', () => {
  const source = parse(
    'lib/a.ts',
    `/** What the file is about. */
import { x } from './x.ts';

/** Told. */
export const told = x;
// Not told.
export type Untold = typeof told;
/** Of the one that is private. */
const hidden = 1;
export function alsoUntold() { return hidden; }
export { y } from './y.ts';
`,
  );
  expect(listExports([source])).toEqual([
    { name: 'lib/a.ts: told', documented: true },
    { name: 'lib/a.ts: Untold', documented: false },
    { name: 'lib/a.ts: alsoUntold', documented: false },
  ]);
});

it('finds a circle of imports, types included, and none where there is none', () => {
  const sources = [
    parse('lib/a.ts', `import { b } from './deep/b.ts'; export const a = b;`),
    parse('lib/deep/b.ts', `import type { C } from '../c.ts'; export const b: C = 1;`),
    parse('lib/c.ts', `export { a } from './a.ts'; export type C = number;`),
    parse('lib/d.ts', `import { a } from './a.ts'; export const d = a;`),
  ];
  expect(findCircles(sources)).toEqual([['lib/a.ts', 'lib/c.ts', 'lib/deep/b.ts']]);
  expect(findCircles(sources.slice(1))).toEqual([]);
});

it('finds lines that stand twice, in two files or in one, however they are indented', () => {
  const lines = Array.from({ length: 9 }, (_, index) => `const line${index} = ${index};`);
  const indented = lines.map((line) => `    ${line}`);
  const sources = [
    { path: 'lib/a.ts', text: ['// first', ...lines, '// last'].join('\n') },
    { path: 'lib/b.ts', text: ['', ...indented.slice(0, 4), '', '}', ...indented.slice(4)].join('\n') },
    { path: 'lib/c.ts', text: lines.slice(0, 7).join('\n') },
  ];
  expect(findDuplicates(sources)).toEqual([{ where: 'lib/a.ts:2 and lib/b.ts:2', lines: 9 }]);
});
