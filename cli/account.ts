/** `hookmint account`: whether anything is lost. */
import type { Command } from 'commander';
import { account, type Account } from './account/account.ts';
import { loadAppHandlers } from './app/app-handlers.ts';
import { openDeliveryLog } from './app/delivery-log.ts';
import type { Deployed } from './app/deployed.ts';
import { loadTarget } from './app/target.ts';
import { CommandError } from './command-error.ts';
import { parseDurationMs } from './deliveries/duration.ts';
import { listDeliveries } from './deliveries/read-deliveries.ts';
import type { CommandIo } from './io/io.ts';
import { type Line, painted } from './io/lines.ts';
import { openLedger } from './ledger/ledger-records.ts';
import { readQueue } from './show/read-queue.ts';

interface AccountOptions {
  readonly since: string;
  readonly stage?: string;
  readonly json: boolean;
}

export function addAccount(program: Command, io: CommandIo): void {
  program
    .command('account')
    .description("holds every delivery of GitHub's log against the ledger: is anything lost?")
    .option('--since <duration>', 'how far back: 90m, 24h, 3d', '72h')
    .option('--stage <stage>', 'of a deployed stage, in place of the App that .env names')
    .option('--json', 'one JSON value on standard output', false)
    .addHelpText(
      'after',
      '\nExample: hookmint account --stage prod\n\nEnds with 1 where a delivery is missing: GitHub sent it, a handler claims it, and nothing shows that one began.\nIt goes by the handlers of this folder: check out the release that is deployed.\nRights on AWS, with --stage: those of `hookmint show` but for the logs.',
    )
    .action((options: AccountOptions) => settle(options, io));
}

async function settle({ since, stage, json }: AccountOptions, io: CommandIo): Promise<void> {
  const from = new Date(io.clock.now() - parseDurationMs(since));
  const { app, deployed } = await loadTarget(stage, io);
  if (deployed === undefined) {
    throw new CommandError(
      'Against which ledger? Name the stage with --stage, or run npm start in another terminal.',
    );
  }
  const handlers = await loadAppHandlers(io);
  const scope = { host: new URL(app.apiUrl).host, appId: app.appId };
  const result = await io.interruptible((signal) =>
    io.showing(`Reading the log of deliveries at ${app.apiUrl}`, async (progress) => {
      const say = (text: string): void => progress.say(text);
      const reader = await openDeliveryLog(app, signal, io);
      const log = await listDeliveries(
        { failed: false, event: undefined, since: from },
        { reader, now: () => io.clock.now(), onPage: (entries) => say(`Read ${entries} deliveries`) },
      );
      const queue = await readDeadGuids(deployed, io, signal);
      const ledger = openLedger(deployed, io.clock);
      try {
        return await account(log, { reader, handlers, ledger, queue, scope, clock: io.clock, signal, say });
      } finally {
        ledger.close();
      }
    }),
  );
  io.report(json, {
    value: { since: from, ...result.counts, deliveries: result.deliveries },
    lines: describe(result, since),
  });
  if (result.counts.missing > 0) io.foundWrong();
}

async function readDeadGuids(deployed: Deployed, io: CommandIo, signal: AbortSignal) {
  if (deployed.queue === undefined) return undefined;
  const { queue } = deployed;
  const now = new Date(io.clock.now());
  const { messages, deadLetters } = await readQueue({ deployed, queue }, undefined, { now, signal });
  return {
    deadGuids: new Set(deadLetters.flatMap(({ guid }) => guid ?? [])),
    isEmpty: messages.visible + messages.hidden === 0,
  };
}

function describe({ counts, deliveries }: Account, since: string): readonly Line[] {
  const told = deliveries.filter(
    ({ state }) => state === 'missing' || state === 'dead' || state === 'waiting',
  );
  return [
    ...told.map(({ guid, event, action, deliveredAt, state, why }): Line => [
      `${deliveredAt}  `,
      painted(state === 'waiting' ? 'yellow' : 'red', state.padEnd(7)),
      `  ${guid}  ${action === null ? event : `${event}.${action}`}  ${why}`,
    ]),
    ...(told.length === 0 ? [] : ['']),
    `${deliveries.length} deliveries within ${since}: ${Object.entries(counts)
      .map(([state, count]) => `${count} ${state}`)
      .join(', ')}.`,
  ];
}
