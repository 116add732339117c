/** `hookmint dev`, which is `npm start`: the app in this folder, running on this machine. */
import type { Command } from 'commander';

export function addDev(program: Command): void {
  program
    .command('dev')
    .description('runs the app on this machine, without an account and without a network')
    .option('--queued', 'the webhook function puts deliveries into a queue, and a worker handles them', false)
    .option('--pull', "handles what the real App of .env gets, read out of GitHub's log: no tunnel", false)
    .option('--kms', 'the private key is in a stand-in for KMS, and the functions cannot read it', false)
    .addHelpText('after', '\nExample: hookmint dev --queued')
    .action(async (options: { queued: boolean; kms: boolean; pull: boolean }) => {
      const { start } = await import('../local/server/start.ts');
      await start(options);
    });
}
