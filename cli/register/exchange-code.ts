/** The one use of the code that GitHub sent back: for the new App's id, key and webhook secret. */
import { sleep, type Clock } from '../../lib/async/clock.ts';
import { followFor } from '../../lib/async/abort.ts';
import { API_VERSION, USER_AGENT } from '../../lib/github/api.ts';
import type { Fetch } from '../../lib/http/fetch.ts';
import { isId, parseJson, readField, readText } from '../../lib/json/json.ts';
import { parsePrivateKeys } from '../../lib/secrets/private-key.ts';
import { CommandError } from '../command-error.ts';

/** An App that GitHub has just made. */
export interface RegisteredApp {
  readonly id: number;
  readonly clientId: string;
  readonly slug: string;
  readonly name: string;
  /** Login of whoever owns it; null where GitHub does not say. */
  readonly owner: string | null;
  /** Its page at GitHub. */
  readonly htmlUrl: string;
  readonly privateKeyPem: string;
  readonly webhookSecret: string;
}

interface ExchangeDeps {
  readonly apiUrl: string;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** GitHub answered with a 5xx, or not at all: it may know the code still. */
const MAX_TRIES = 3;
const PAUSE_MS = 1_000;
const TIMEOUT_MS = 15_000;

/**
 * @throws CommandError That says what is left at GitHub: it made the App before it gave out the code.
 * @see GitHub docs, "Create a GitHub App from a manifest"
 */
export async function exchangeCode(code: string, deps: ExchangeDeps): Promise<RegisteredApp> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask(code, deps);
    if (answer.status === 201) return toRegisteredApp(answer.body);
    const mayKnowIt = answer.status === 0 || answer.status >= 500;
    if (!mayKnowIt) throw explain(answer.status);
    if (attempt === MAX_TRIES) {
      throw failed('GitHub did not answer when the code was exchanged for the key');
    }
    await sleep(deps.clock, PAUSE_MS, deps.signal);
  }
}

/** A status of 0: no answer came. */
async function ask(code: string, { apiUrl, fetch, clock, signal }: ExchangeDeps) {
  const time = followFor(clock, TIMEOUT_MS, signal);
  try {
    const answer = await fetch(`${apiUrl}/app-manifests/${encodeURIComponent(code)}/conversions`, {
      method: 'POST',
      headers: {
        accept: 'application/vnd.github+json',
        'user-agent': USER_AGENT,
        'x-github-api-version': API_VERSION,
      },
      signal: time.signal,
      redirect: 'error',
    });
    return { status: answer.status, body: parseJson(await answer.text()) };
  } catch (error) {
    if (signal.aborted) throw error;
    return { status: 0, body: undefined };
  } finally {
    time.end();
  }
}

function toRegisteredApp(body: unknown): RegisteredApp {
  const id = readField(body, 'id');
  const slug = readText(body, 'slug');
  const htmlUrl = readText(body, 'html_url');
  const privateKeyPem = readText(body, 'pem');
  const webhookSecret = readText(body, 'webhook_secret');
  if (!isId(id) || slug === undefined || htmlUrl === undefined || privateKeyPem === undefined) {
    throw failed("GitHub's answer lacks the App's id or its key");
  }
  if (webhookSecret === undefined || webhookSecret.trim() === '') {
    throw failed('GitHub made no webhook secret');
  }
  parsePrivateKeys(privateKeyPem);
  return {
    id,
    clientId: readText(body, 'client_id') ?? String(id),
    slug,
    name: readText(body, 'name') ?? slug,
    owner: readText(readField(body, 'owner'), 'login') ?? readText(readField(body, 'owner'), 'slug') ?? null,
    htmlUrl,
    privateKeyPem,
    webhookSecret,
  };
}

function explain(status: number): CommandError {
  if (status === 404 || status === 422) {
    return failed(`GitHub does not take the code (${status}): it was used before, or is older than an hour`);
  }
  if (status === 403 || status === 429) {
    return failed(`GitHub took too many such requests (${status}); it does again after an hour`);
  }
  return failed(`GitHub answered ${status} when the code was exchanged for the key`);
}

function failed(why: string): CommandError {
  return new CommandError(
    `${why}. Nothing was stored. GitHub has made the App all the same: delete it there (Settings, Developer settings, GitHub Apps, Advanced), then run hookmint register again.`,
  );
}
