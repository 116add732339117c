/** `hookmint deliveries`: what GitHub delivered, and what it was answered. */
import type { Command } from 'commander';
import { openDeliveryLog } from './app/delivery-log.ts';
import { loadTarget } from './app/target.ts';
import { describeDelivery, toDeliveryJson } from './deliveries/describe-delivery.ts';
import { parseDurationMs } from './deliveries/duration.ts';
import { listDeliveries } from './deliveries/read-deliveries.ts';
import type { CommandIo } from './io/io.ts';

interface DeliveriesOptions {
  readonly failed: boolean;
  readonly event?: string;
  readonly since: string;
  readonly stage?: string;
  readonly json: boolean;
}

export function addDeliveries(program: Command, io: CommandIo): void {
  program
    .command('deliveries')
    .description("lists GitHub's log of deliveries: what it sent, and what it was answered")
    .option('--failed', 'only what was not answered well', false)
    .option('--event <event>', 'only these: issues, or issues.opened')
    .option('--since <duration>', 'how far back: 90m, 24h, 3d', '24h')
    .option('--stage <stage>', 'of a deployed stage, in place of the App that .env names')
    .option('--json', 'one JSON value on standard output', false)
    .addHelpText(
      'after',
      '\nExample: hookmint deliveries --failed --since 3d\n\nGitHub keeps its log for three days, an Enterprise Server for seven.\nRights on AWS, with --stage: cloudformation:DescribeStacks, secretsmanager:GetSecretValue.',
    )
    .action((options: DeliveriesOptions) => list(options, io));
}

async function list({ failed, event, since, stage, json }: DeliveriesOptions, io: CommandIo): Promise<void> {
  const sinceMs = io.clock.now() - parseDurationMs(since);
  const { app } = await loadTarget(stage, io);
  const found = await io.interruptible((signal) =>
    io.showing(`Reading the log of deliveries at ${app.apiUrl}`, async (progress) => {
      const reader = await openDeliveryLog(app, signal, io);
      const filter = { failed, event, since: new Date(sinceMs) };
      const onPage = (entries: number): void => progress.say(`Read ${entries} deliveries`);
      return listDeliveries(filter, { reader, now: () => io.clock.now(), onPage });
    }),
  );
  const count = `${found.length} ${failed ? 'failed ' : ''}${found.length === 1 ? 'delivery' : 'deliveries'}`;
  io.report(json, {
    value: found.map(toDeliveryJson),
    lines: [...found.map(describeDelivery), `${count} within ${since}`],
  });
}
