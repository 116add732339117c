/** `hookmint new DIR`: makes an app that depends on this package. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CommandIo } from './io/io.ts';

export function addNew(program: Command, io: CommandIo): void {
  program
    .command('new')
    .description('makes an app: a handler with its test, entry points, a deployment, workflows')
    .argument('<dir>', 'a folder that is not there yet, or an empty one; its name becomes that of the app')
    .addHelpText('after', '\nExample: hookmint new ../labels-for-widgets')
    .action(async (dir: string) => {
      const { createApp } = await import('./new/create-app.ts');
      const { name } = await createApp(resolve(io.folder, dir));
      io.print(...describe(name, dir));
    });
}

function describe(name: string, dir: string): readonly string[] {
  const folder = /^[\w./~-]+$/.test(dir) ? dir : JSON.stringify(dir);
  return [
    `Made the app ${name}. Next:`,
    '',
    `  cd ${folder}`,
    '  npm install',
    '  npm start    # runs it on this machine, without an account and without a network',
    '  npm test     # format, lint, types, then the tests of the handlers',
    '',
    'What stands where, and how it is deployed, is told in its README.md.',
  ];
}
