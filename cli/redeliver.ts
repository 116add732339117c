/** `hookmint redeliver GUID`: asks GitHub to deliver once more. */
import type { Command } from 'commander';
import { loadAppHandlers } from './app/app-handlers.ts';
import { openDeliveryLog } from './app/delivery-log.ts';
import { loadTarget, type Target } from './app/target.ts';
import { CommandError } from './command-error.ts';
import { findDelivery, parseGuid } from './deliveries/find-delivery.ts';
import { toEventName } from './deliveries/read-deliveries.ts';
import type { CommandIo } from './io/io.ts';
import { openLedger } from './ledger/ledger-records.ts';
import { type Redelivered, redeliver } from './redeliver/redeliver.ts';

interface RedeliverOptions {
  readonly handler?: string;
  readonly stage?: string;
  readonly json: boolean;
}

export function addRedeliver(program: Command, io: CommandIo): void {
  program
    .command('redeliver')
    .description('asks GitHub to deliver once more')
    .argument('<guid>', 'X-GitHub-Delivery, as `hookmint deliveries` shows it')
    .option('--handler <name>', 'this handler runs again although it is done; the others stay as they are')
    .option('--stage <stage>', 'of a deployed stage, in place of the App that .env names')
    .option('--json', 'one JSON value on standard output', false)
    .addHelpText(
      'after',
      '\nExample: hookmint redeliver 0b989ba4-242f-11e5-81e1-c7b6966d2516 --stage prod\n\nRights on AWS, with --stage: cloudformation:DescribeStacks, secretsmanager:GetSecretValue;\nwith --handler: dynamodb:BatchGetItem, dynamodb:UpdateItem.',
    )
    .action((guid: string, options: RedeliverOptions) => ask(parseGuid(guid), options, io));
}

async function ask(guid: string, { handler, stage, json }: RedeliverOptions, io: CommandIo): Promise<void> {
  const target = await loadTarget(stage, io);
  const redelivered = await io.interruptible(async (signal) => {
    const reader = await openDeliveryLog(target.app, signal, io);
    const { newest } = await findDelivery(guid, reader, io);
    if (handler === undefined)
      return redeliver(newest, undefined, { reader, signal, now: () => io.clock.now() });
    const names = (await loadAppHandlers(io)).match(newest.event, newest.action);
    if (!names.includes(handler)) throw noHandler(handler, toEventName(newest), names);
    const ledger = openLedger(toDeployed(target), io.clock);
    try {
      const scope = { host: new URL(target.app.apiUrl).host, appId: target.app.appId };
      return await redeliver(
        newest,
        { handler, scope, ledger },
        { reader, signal, now: () => io.clock.now() },
      );
    } finally {
      ledger.close();
    }
  });
  io.report(json, { value: redelivered, lines: describe(redelivered, stage) });
}

function toDeployed({ deployed }: Target) {
  if (deployed !== undefined) return deployed;
  throw new CommandError(
    'Which ledger says that the handler is done? Name the stage with --stage, or run npm start in another terminal.',
  );
}

function noHandler(handler: string, event: string, names: readonly string[]): CommandError {
  const there = names.length === 0 ? 'none' : names.join(', ');
  return new CommandError(`No handler '${handler}' gets ${event} deliveries. Those that do: ${there}.`);
}

function describe({ guid, handler }: Redelivered, stage: string | undefined): readonly string[] {
  const on = stage === undefined ? '' : ` --stage ${stage}`;
  return [
    `GitHub was asked to deliver ${guid} once more.`,
    ...(handler === null ? [] : [`${handler.name} was ${handler.was} in the ledger, and runs with it.`]),
    `What becomes of it: hookmint show ${guid}${on}`,
  ];
}
