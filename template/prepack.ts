/**
 * `npm pack` runs this first: compiles the package into dist/package, builds the console's page into dist/console, and
 * puts the template of an app into dist/template.
 */
import { execSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONSOLE_FOLDER } from '../local/console/assets.ts';
import { buildPage } from '../local/console/build-page.ts';
import { assembleTemplate } from './assemble.ts';

const COMPILED = 'dist/package';
const TEMPLATE = 'dist/template';

// What an earlier commit left there would be packed, too.
for (const folder of [COMPILED, CONSOLE_FOLDER, TEMPLATE]) await rm(folder, { recursive: true, force: true });
execSync('tsc -p tsconfig.package.json --checkers 1', { stdio: ['ignore', 'inherit', 'inherit'] });
await assembleTemplate(TEMPLATE);
await mkdir(CONSOLE_FOLDER, { recursive: true });
for (const [name, text] of await buildPage()) await writeFile(join(CONSOLE_FOLDER, name), text);
