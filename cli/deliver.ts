/**
 * `npm run deliver -- issues.opened`: sends recorded deliveries to the function that `npm start`
 * serves, signed with its webhook secret.
 */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { findFixtures, type Fixture, loadFixtures, toSignedRequest } from '../local/fixtures.ts';
import { loadLocalSettings, SettingsError } from '../local/local-settings.ts';
import { PROJECT_FOLDER } from '../local/project.ts';
import { readWebhookSecret } from '../local/webhook-secret.ts';

const USAGE = `npm run deliver -- NAME…

  NAME              an event (issues), an event with its action (issues.opened), or a file of test/fixtures
  --list            shows what there is
  --delivery GUID   sends one with this id: the id of an earlier one makes it a redelivery
  --form            as application/x-www-form-urlencoded, GitHub's other content type
  --url URL         default: http://127.0.0.1:3000, or another PORT`;

/** Longer than a GitHub Enterprise Server waits. */
const ANSWER_TIMEOUT_MS = 35_000;

/** What ends the command, in words for whoever typed it. */
class CommandError extends Error {
  override readonly name = 'CommandError';
}

interface Target {
  readonly url: string;
  readonly secret: string;
  readonly form: boolean;
}

try {
  await main();
} catch (error) {
  const isExpected = error instanceof CommandError || error instanceof SettingsError;
  console.error(isExpected ? error.message : error);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values, positionals } = readArguments();
  const fixtures = await loadFixtures();
  if (values.help) return console.log(USAGE);
  if (values.list) return console.log(describe(fixtures));
  const chosen = choose(fixtures, positionals);
  if (values.delivery !== undefined && chosen.length > 1) {
    throw new CommandError(
      `--delivery is the id of one delivery; these are ${chosen.length}:\n${describe(chosen)}`,
    );
  }
  const { port, webhookSecret } = await loadLocalSettings(PROJECT_FOLDER, process.env);
  const url = values.url ?? `http://127.0.0.1:${port}`;
  const secret = webhookSecret ?? (await readWebhookSecret(PROJECT_FOLDER));
  if (secret === undefined) {
    throw new CommandError(
      'There is no webhook secret yet. Run npm start first, in another terminal, or set GITHUB_WEBHOOK_SECRET.',
    );
  }
  for (const fixture of chosen) {
    await send(fixture, values.delivery ?? randomUUID(), { url, secret, form: values.form });
  }
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        list: { type: 'boolean', default: false },
        form: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false, short: 'h' },
        delivery: { type: 'string' },
        url: { type: 'string' },
      },
    });
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

function choose(fixtures: readonly Fixture[], names: readonly string[]): readonly Fixture[] {
  if (names.length === 0) throw new CommandError(`${USAGE}\n\n${describe(fixtures)}`);
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
