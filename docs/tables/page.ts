/**
 * Puts tables between the markers of a page: `<!-- table: NAME -->` and `<!-- end of table -->`. Pure. The pages'
 * prose is written by hand; `npm run docs` writes what stands between the markers.
 */

/** Rows of cells, the first of which are the heads. Text with `|` needs no escape. */
export type Table = readonly (readonly string[])[];

/** @throws Error Where a page names a table that nobody makes. */
export function fillPage(page: string, tables: Readonly<Record<string, () => Table>>): string {
  return page.replaceAll(
    /(<!-- table: ([\w-]+) -->\n)[\s\S]*?(<!-- end of table -->)/g,
    (_, begin: string, name: string, end: string) => {
      const table = tables[name];
      if (table === undefined) throw new Error(`there is no table ${name}`);
      return `${begin}\n<!-- prettier-ignore -->\n${toMarkdown(table())}\n\n${end}`;
    },
  );
}

function toMarkdown(table: Table): string {
  const [heads = [], ...rows] = table.map((row) => row.map((cell) => cell.replaceAll('|', String.raw`\|`)));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

export function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}
