/** `npm pack` runs this first: compiles the package into dist/package, and puts the template of an app into dist/template. */
import { execSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { assembleTemplate } from './assemble.ts';

const COMPILED = 'dist/package';
const TEMPLATE = 'dist/template';

// What an earlier commit left there would be packed, too.
for (const folder of [COMPILED, TEMPLATE]) await rm(folder, { recursive: true, force: true });
execSync('tsc -p tsconfig.package.json', { stdio: ['ignore', 'inherit', 'inherit'] });
await assembleTemplate(TEMPLATE);
