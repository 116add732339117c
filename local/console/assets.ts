/** What the browser loads: the page around its script, and the two files that were built for it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IS_SOURCE, PACKAGE_FOLDER } from '../../lib/build/package.ts';
import type { PageFiles } from './build-page.ts';

/** In the package: built before it was packed. */
export const CONSOLE_FOLDER = 'dist/console';
const PAGE_FILES = ['page.js', 'style.css'] as const;

/** From the sources the page is built when somebody first looks at it, so that `npm start` need not wait for it. */
export async function loadPageFiles(): Promise<PageFiles> {
  if (IS_SOURCE) return (await import('./build-page.ts')).buildPage();
  const read = (name: string): Promise<string> =>
    readFile(join(PACKAGE_FOLDER, CONSOLE_FOLDER, name), 'utf8');
  return new Map(await Promise.all(PAGE_FILES.map(async (name) => [name, await read(name)] as const)));
}

/** @param token Of the session: what the page shows with every change that it asks for. */
export function toHtml(token: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="session" content="${token}" />
    <title>hookmint console</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/style.css" />
    <script type="module" src="/page.js"></script>
  </head>
  <body>
    <div id="page"></div>
    <noscript>The console needs JavaScript.</noscript>
  </body>
</html>
`;
}
