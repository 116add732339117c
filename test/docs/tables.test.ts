/** The tables of the documentation are those that the code makes of its own data. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { code, fillPage } from '../../docs/tables/page.ts';
import { listPages } from '../../docs/tables/pages.ts';
import { TABLES } from '../../docs/tables/tables.ts';

const PAGES = listPages().map((page) => ({
  name: page.pathname.split('/').at(-1) ?? '',
  text: readFileSync(page, 'utf8'),
}));

describe('the pages', () => {
  it.each(PAGES)('$name has its tables as `npm run docs` writes them', ({ text }) => {
    expect(fillPage(text, TABLES)).toBe(text);
  });

  it('have a place for every table', () => {
    const all = PAGES.map(({ text }) => text).join('\n');
    const names = Object.keys(TABLES);
    expect(names.filter((name) => !all.includes(`<!-- table: ${name} -->`))).toEqual([]);
  });
});

describe('a page', () => {
  const page = 'before\n\n<!-- table: one -->\nstale\n<!-- end of table -->\n\nafter\n';

  it('gets its table between the markers, and keeps the rest', () => {
    expect(
      fillPage(page, {
        one: () => [
          ['a', 'b'],
          [code('x|y'), ''],
        ],
      }),
    ).toBe(
      'before\n\n<!-- table: one -->\n\n<!-- prettier-ignore -->\n| a | b |\n|---|---|\n| `x\\|y` |  |\n\n<!-- end of table -->\n\nafter\n',
    );
  });

  it('that names a table which nobody makes is refused', () => {
    expect(() => fillPage(page, {})).toThrow('there is no table one');
  });
});
