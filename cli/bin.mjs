#!/usr/bin/env node
/** Starts the command line: compiled in an app's `node_modules`, from its sources in the package's repository. */
import { existsSync } from 'node:fs';

// The versions of the AWS SDK are the package's choice; whoever types a command cannot mend what it warns of.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

const source = new URL('hookmint.ts', import.meta.url);
if (existsSync(source)) {
  const { register } = await import('tsx/esm/api');
  register();
  await import(source.href);
} else {
  await import(new URL('../dist/package/cli/hookmint.js', import.meta.url).href);
}
