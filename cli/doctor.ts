/** `hookmint doctor`: looks at everything that has to fit together for deliveries to be handled. */
import type { Command } from 'commander';
import type { DoctorOptions } from './doctor/run-doctor.ts';
import type { CommandIo } from './io/io.ts';

const HELP = `
Example: hookmint doctor --stage prod

It ends with 1 where a check fails. --check asks no more than whether the App can serve the handlers of this folder: its key,
their permissions, their events. In a deployment workflow that stops a release before it is made.

Rights on AWS, with --stage: cloudformation:DescribeStacks, secretsmanager:GetSecretValue, sqs:GetQueueAttributes,
cloudwatch:GetMetricData, logs:FilterLogEvents, secretsmanager:DescribeSecret. With --check: the first two.`;

export function addDoctor(program: Command, io: CommandIo): void {
  program
    .command('doctor')
    .description('looks whether handlers, App, webhook, key and installations fit together')
    .option('--stage <stage>', 'a deployed stage, in place of the App that .env names')
    .option('--check', 'only whether the App can serve the handlers', false)
    .option('--json', 'one JSON value on standard output', false)
    .addHelpText('after', HELP)
    .action(async (options: DoctorOptions) => {
      const { runDoctor } = await import('./doctor/run-doctor.ts');
      await runDoctor(options, io);
    });
}
