/**
 * `hookmint take-vendored`, which an app's `npm install` runs at its end: where `vendor/hookmint.tgz` is another than
 * what is installed, it is installed. npm by itself does not notice: the path in package.json is the same.
 */
import type { Command } from 'commander';

export function addTakeVendored(program: Command): void {
  program
    .command('take-vendored', { hidden: true })
    .description('installs vendor/hookmint.tgz where another one is installed')
    .action(async () => {
      const { takeVendored } = await import('./new/take-vendored.ts');
      await takeVendored(process.cwd(), process.env);
    });
}
