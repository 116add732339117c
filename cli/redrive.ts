/** `hookmint redrive`: gives the dead letters of the delivery queue another chance. */
import type { Command } from 'commander';
import type { RedriveOptions } from './dead-letters/redrive-all.ts';
import { parseGuid } from './deliveries/find-delivery.ts';
import type { CommandIo } from './io/io.ts';

export function addRedrive(program: Command, io: CommandIo): void {
  program
    .command('redrive')
    .description('gives the dead letters of the delivery queue another chance')
    .option('--stage <stage>', 'of a deployed stage')
    .option('--guid <guid>', 'only those of this delivery')
    .option('--queue-url <url>', 'the delivery queue, in place of --stage; default: DELIVERY_QUEUE_URL')
    .option('--dead-letter-url <url>', "default: the one that the queue's redrive policy names")
    .option('--dry-run', 'shows what is there, and why', false)
    .option('--replay', 'runs handlers again that are done, too', false)
    .option('--json', 'one JSON value on standard output', false)
    .addHelpText(
      'after',
      '\nExample: hookmint redrive --stage prod --dry-run\n\nRegion, credentials and endpoint come as the AWS SDK takes them; a queue on this machine needs none.\nRights on AWS: sqs:ReceiveMessage, sqs:DeleteMessage and sqs:ChangeMessageVisibility on the dead letters,\nsqs:SendMessage on the queue; with --stage also cloudformation:DescribeStacks, with --queue-url\nsqs:GetQueueAttributes and sqs:GetQueueUrl.',
    )
    .action(async ({ guid, ...options }: RedriveOptions) => {
      const { redriveAll } = await import('./dead-letters/redrive-all.ts');
      await redriveAll({ ...options, ...(guid !== undefined && { guid: parseGuid(guid) }) }, io);
    });
}
