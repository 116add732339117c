/** Where the package itself stands, as sources in its repository or compiled in an app's `node_modules`. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readField } from '../json/json.ts';

/** Compiled, this file is `dist/package/lib/build/package.js`. */
export const IS_SOURCE = import.meta.url.endsWith('.ts');

/** Absolute: what package.json stands in, in either case. */
export const PACKAGE_FOLDER = resolve(
  fileURLToPath(new URL(IS_SOURCE ? '../..' : '../../../..', import.meta.url)),
);

/** @param file Of the package's sources, from its folder: `lib/json/json.ts`. */
export function toPackageFile(file: string): string {
  return join(PACKAGE_FOLDER, IS_SOURCE ? file : `dist/package/${file.replace(/\.ts$/, '.js')}`);
}

/** `0.1.0`, as package.json has it. */
export function readVersion(): string {
  return String(readField(readManifest(), 'version'));
}

/** Whether npm finds this version by its number: sources are ahead of it, and what is `private` was never published. */
export function isPublished(): boolean {
  return !IS_SOURCE && readField(readManifest(), 'private') !== true;
}

function readManifest(): unknown {
  return JSON.parse(readFileSync(join(PACKAGE_FOLDER, 'package.json'), 'utf8'));
}
