/** `npm run docs`: writes the generated tables into the pages that have a place for them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fillPage } from './page.ts';
import { listPages } from './pages.ts';
import { TABLES } from './tables.ts';

for (const page of listPages()) {
  const text = readFileSync(page, 'utf8');
  const filled = fillPage(text, TABLES);
  if (filled === text) continue;
  writeFileSync(page, filled);
  console.log(page.pathname);
}
