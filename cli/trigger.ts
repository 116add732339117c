/**
 * `hookmint trigger issues.opened`: sends recorded deliveries to the function that `npm start` serves, signed
 * with its webhook secret.
 */
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { readText } from '../lib/json/json.ts';
import { type Fixture, loadFixtures, toFixtureFolder } from '../local/fixtures/fixtures.ts';
import { readRunning } from '../local/server/running-file.ts';
import { loadLocalSettings } from '../local/server/settings.ts';
import { readWebhookSecret } from '../local/server/webhook-secret.ts';
import { CommandError } from './command-error.ts';
import type { CommandIo } from './io/io.ts';
import { choose, type Chosen, listNames } from './trigger/choose.ts';
import { loadExamples } from './trigger/examples.ts';
import { type Destination, send, type Sent } from './trigger/send.ts';
import { parseChange, withChange } from './trigger/set-field.ts';

interface TriggerOptions {
  readonly list: boolean;
  readonly form: boolean;
  readonly set: readonly string[];
  readonly delivery?: string;
  readonly url?: string;
  readonly json: boolean;
}

export function addTrigger(program: Command, io: CommandIo): void {
  program
    .command('trigger')
    .description('sends recorded deliveries, signed, to the app that runs on this machine')
    .argument(
      '[event...]',
      "an event (issues), one with its action (issues.opened), or a file of functions/fixtures; where the app has no fixture of it, one of GitHub's examples",
    )
    .option('--list', 'shows what there is', false)
    .option(
      '--set <field=value>',
      'changes a field of the payload, as often as wanted',
      (text: string, all: readonly string[]) => [...all, text],
      [],
    )
    .option('--delivery <guid>', 'sends one with this id: the id of an earlier one makes it a redelivery')
    .option('--form', "as application/x-www-form-urlencoded, GitHub's other content type", false)
    .option('--url <url>', 'default: where npm start serves, http://127.0.0.1:3000 or another PORT')
    .option('--json', 'one JSON value on standard output', false)
    .addHelpText('after', '\nExample: hookmint trigger issues.opened --set issue.title="It crashes"')
    .action((names: readonly string[], options: TriggerOptions) => trigger(names, options, io));
}

async function trigger(names: readonly string[], options: TriggerOptions, io: CommandIo): Promise<void> {
  const unreadable: string[] = [];
  const fixtures = await loadFixtures(toFixtureFolder(io.folder), (problem, file) => {
    io.tell(problem);
    unreadable.push(file);
  });
  if (options.list) return list(fixtures, options.json, io);
  const changes = options.set.map(parseChange);
  const recorded = { fixtures, unreadable, loadExamples };
  const chosen = choose(names, recorded).map((each) => change(each, changes));
  if (options.delivery !== undefined && chosen.length > 1) {
    throw new CommandError(
      `--delivery is the id of one delivery; these are ${chosen.length}:\n${listNames(chosen)}`,
    );
  }
  const destination = await findDestination(options, io);
  const sent: Sent[] = [];
  await io.showing(`Sending to ${destination.url}`, async (progress) => {
    for (const fixture of chosen) {
      progress.say(`Waiting for an answer to ${fixture.name}`);
      sent.push(await send(fixture, options.delivery ?? randomUUID(), destination));
    }
  });
  io.report(options.json, { value: sent, lines: sent.flatMap(describe) });
  if (sent.some(({ status }) => status >= 300)) io.foundWrong();
}

function list(fixtures: readonly Fixture[], json: boolean, io: CommandIo): void {
  const examples = loadExamples();
  const toJson = ({ event, name }: Fixture, of: Chosen['of']) => ({ event, name, of });
  const events = [...new Set(examples.map(({ event }) => event))];
  io.report(json, {
    value: [
      ...fixtures.map((each) => toJson(each, 'app')),
      ...examples.map((each) => toJson(each, 'examples')),
    ],
    lines: [
      ...listNames(fixtures).split('\n'),
      '',
      `And ${examples.length} examples of GitHub's: ${events.join(', ')}.`,
    ],
  });
}

function change(fixture: Chosen, changes: readonly ReturnType<typeof parseChange>[]): Chosen {
  const payload = changes.reduce(withChange, fixture.payload);
  const [event = ''] = fixture.event.split('.', 1);
  const action = readText(payload, 'action');
  return { ...fixture, payload, event: action === undefined ? event : `${event}.${action}` };
}

async function findDestination({ url, form }: TriggerOptions, io: CommandIo): Promise<Destination> {
  const { port, webhookSecret } = await loadLocalSettings(io.folder, io.env);
  const secret = webhookSecret ?? (await readWebhookSecret(io.folder));
  if (secret === undefined) {
    throw new CommandError(
      'There is no webhook secret yet. Run npm start first, in another terminal, or set GITHUB_WEBHOOK_SECRET.',
    );
  }
  const named = url ?? (io.env['PORT'] === undefined ? (await readRunning(io.folder))?.url : undefined);
  return { url: named ?? `http://127.0.0.1:${port}`, secret, form };
}

function describe({ event, name, of, delivery, status, answer }: Sent): readonly string[] {
  return [
    `${event}  ${name}  ${delivery}${of === 'examples' ? "  GitHub's example: the app has no such fixture" : ''}`,
    `  ${status}  ${answer}`,
    ...(status === 401
      ? ['  The server has another webhook secret: was GITHUB_WEBHOOK_SECRET set in one terminal only?']
      : []),
  ];
}
