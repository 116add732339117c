/**
 * `hookmint trigger issues.opened`: sends recorded deliveries to the function that `npm start` serves, signed
 * with its webhook secret.
 */
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { findFixtures, type Fixture, loadFixtures, toSignedRequest } from '../local/fixtures/fixtures.ts';
import { loadLocalSettings } from '../local/server/settings.ts';
import { CommandError } from './command-error.ts';
import { readWebhookSecret } from '../local/server/webhook-secret.ts';

/** Longer than a GitHub Enterprise Server waits. */
const ANSWER_TIMEOUT_MS = 35_000;

interface Target {
  readonly url: string;
  readonly secret: string;
  readonly form: boolean;
}

interface TriggerOptions {
  readonly list: boolean;
  readonly form: boolean;
  readonly delivery?: string;
  readonly url?: string;
}

export function addTrigger(program: Command): void {
  program
    .command('trigger')
    .description('sends recorded deliveries, signed, to the app that runs on this machine')
    .argument(
      '[event...]',
      'an event (issues), one with its action (issues.opened), or a file of functions/fixtures',
    )
    .option('--list', 'shows what there is', false)
    .option('--delivery <guid>', 'sends one with this id: the id of an earlier one makes it a redelivery')
    .option('--form', "as application/x-www-form-urlencoded, GitHub's other content type", false)
    .option('--url <url>', 'default: http://127.0.0.1:3000, or another PORT')
    .addHelpText('after', '\nExample: hookmint trigger issues.opened')
    .action((names: readonly string[], options: TriggerOptions) => trigger(names, options));
}

async function trigger(names: readonly string[], options: TriggerOptions): Promise<void> {
  const fixtures = await loadFixtures();
  if (options.list) return console.log(describe(fixtures));
  const chosen = choose(fixtures, names);
  if (options.delivery !== undefined && chosen.length > 1) {
    throw new CommandError(
      `--delivery is the id of one delivery; these are ${chosen.length}:\n${describe(chosen)}`,
    );
  }
  const { port, webhookSecret } = await loadLocalSettings(process.cwd(), process.env);
  const url = options.url ?? `http://127.0.0.1:${port}`;
  const secret = webhookSecret ?? (await readWebhookSecret(process.cwd()));
  if (secret === undefined) {
    throw new CommandError(
      'There is no webhook secret yet. Run npm start first, in another terminal, or set GITHUB_WEBHOOK_SECRET.',
    );
  }
  for (const fixture of chosen) {
    await send(fixture, options.delivery ?? randomUUID(), { url, secret, form: options.form });
  }
}

function choose(fixtures: readonly Fixture[], names: readonly string[]): readonly Fixture[] {
  if (names.length === 0) throw new CommandError(`Which one? There are:\n\n${describe(fixtures)}`);
  return names.flatMap((name) => {
    const found = findFixtures(fixtures, name);
    if (found.length === 0) {
      throw new CommandError(`There is no recorded delivery '${name}'. There are:\n\n${describe(fixtures)}`);
    }
    return found;
  });
}

function describe(fixtures: readonly Fixture[]): string {
  const eventWidth = Math.max(...fixtures.map(({ event }) => event.length));
  return fixtures.map(({ event, name }) => `  ${event.padEnd(eventWidth)}  ${name}`).join('\n');
}

async function send(fixture: Fixture, id: string, { url, secret, form }: Target): Promise<void> {
  const request = toSignedRequest(fixture, { secret, id, form });
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const response = await fetch(url, { method: 'POST', ...request, signal }).catch((error: unknown) => {
    throw explainSilence(url, error);
  });
  console.log(`${fixture.event}  ${fixture.name}  ${id}`);
  console.log(`  ${response.status}  ${await response.text()}`);
  if (response.status === 401) {
    console.log(
      '  The server has another webhook secret: was GITHUB_WEBHOOK_SECRET set in one terminal only?',
    );
  }
  if (!response.ok) process.exitCode = 1;
}

function explainSilence(url: string, error: unknown): CommandError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED') {
    return new CommandError(
      `Nothing listens on ${url}. Run npm start first, in another terminal; for another port, set PORT here too.`,
    );
  }
  return new CommandError(`No answer from ${url}: ${cause instanceof Error ? cause.message : String(cause)}`);
}
