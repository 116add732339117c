#!/usr/bin/env node
/** Starts the command line: compiled in an app's `node_modules`, from its sources in the package's repository. */
import { existsSync } from 'node:fs';

const source = new URL('hookmint.ts', import.meta.url);
if (existsSync(source)) {
  const { register } = await import('tsx/esm/api');
  register();
  await import(source.href);
} else {
  await import(new URL('../dist/package/cli/hookmint.js', import.meta.url).href);
}
