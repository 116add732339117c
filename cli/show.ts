/** `hookmint show GUID`: one delivery, whole. */
import type { Command } from 'commander';
import { loadAppHandlers } from './app/app-handlers.ts';
import { openDeliveryLog } from './app/delivery-log.ts';
import { loadTarget } from './app/target.ts';
import { parseGuid } from './deliveries/find-delivery.ts';
import { findAttempts } from './deliveries/read-deliveries.ts';
import type { CommandIo } from './io/io.ts';
import { describeStory } from './show/describe-story.ts';
import { gather, type Gathered } from './show/gather.ts';
import { tellStory } from './show/story.ts';

interface ShowOptions {
  readonly stage?: string;
  readonly payload: boolean;
  readonly json: boolean;
}

export function addShow(program: Command, io: CommandIo): void {
  program
    .command('show')
    .description('tells what became of one delivery, and what to do about it')
    .argument('<guid>', 'X-GitHub-Delivery, as `hookmint deliveries` shows it')
    .option('--stage <stage>', 'of a deployed stage, in place of the App that .env names')
    .option('--payload', 'shows the payload as well', false)
    .option('--json', 'one JSON value on standard output', false)
    .addHelpText(
      'after',
      "\nExample: hookmint show 0b989ba4-242f-11e5-81e1-c7b6966d2516 --stage prod\n\nIt asks GitHub's log, the logs of the functions, ledger, queue and dead letters; who does not answer is named, and\nwhere nobody else can tell, the verdict is unknown.\nThe dead letters are hidden from others while they are looked through.\nRights on AWS, with --stage: cloudformation:DescribeStacks, secretsmanager:GetSecretValue, logs:StartQuery,\nlogs:GetQueryResults, logs:StopQuery, dynamodb:BatchGetItem, sqs:GetQueueAttributes on the queue,\nsqs:ReceiveMessage and sqs:ChangeMessageVisibility on the dead letters.",
    )
    .action((guid: string, options: ShowOptions) => show(parseGuid(guid), options, io));
}

async function show(guid: string, { stage, payload, json }: ShowOptions, io: CommandIo): Promise<void> {
  const { app, deployed } = await loadTarget(stage, io);
  const gathered = await io.interruptible((signal) =>
    io.showing(`Looking for ${guid}`, (progress): Promise<Gathered> =>
      gather(guid, {
        openReader: () => openDeliveryLog(app, signal, io),
        findAttempts: (reader) =>
          findAttempts(guid, {
            reader,
            now: () => io.clock.now(),
            onPage: (entries) => progress.say(`Looking for ${guid}: read ${entries} deliveries`),
          }),
        matchHandlers: async (event, action) => (await loadAppHandlers(io)).match(event, action),
        deployed,
        scope: { host: new URL(app.apiUrl).host, appId: app.appId },
        clock: io.clock,
        signal,
      }),
    ),
  );
  const on = stage === undefined ? '' : ` --stage ${stage}`;
  const isLocal = stage === undefined && new URL(app.apiUrl).hostname === '127.0.0.1';
  const story = tellStory(gathered, new Date(io.clock.now()), { on, isLocal });
  const shown = payload ? (gathered.payload ?? null) : undefined;
  io.report(json, {
    value: { ...story, ...(shown !== undefined && { payload: shown }) },
    lines: describeStory(story, shown === undefined ? [] : JSON.stringify(shown, null, 2).split('\n')),
  });
  if (['dead', 'missing', 'refused', 'never_seen', 'unknown'].includes(story.verdict)) io.foundWrong();
}
