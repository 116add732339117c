/** `hookmint redrive`: gives the dead letters of the delivery queue another chance. */
import type { Command } from 'commander';
import type { RedriveOptions } from './dead-letters/redrive-all.ts';

export function addRedrive(program: Command): void {
  program
    .command('redrive')
    .description('gives the dead letters of the delivery queue another chance')
    .option('--queue-url <url>', 'the delivery queue; default: DELIVERY_QUEUE_URL')
    .option('--dead-letter-url <url>', "default: the one that the queue's redrive policy names")
    .option('--dry-run', 'shows what is there, and why', false)
    .option('--replay', 'runs handlers again that are done, too', false)
    .addHelpText(
      'after',
      '\nExample: hookmint redrive --queue-url URL --dry-run\n\nRegion, credentials and endpoint come as the AWS SDK takes them; a queue on this machine needs none.',
    )
    .action(async (options: RedriveOptions) => {
      const { redriveAll } = await import('./dead-letters/redrive-all.ts');
      await redriveAll(options);
    });
}
