/** The recorded deliveries of `test/fixtures/`, and the GitHub that they come from. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppSpec, GitHubOptions } from './github/types.ts';
import { toObject } from './json.ts';
import { PROJECT_FOLDER } from './project.ts';
import { signBody } from './sign.ts';

export interface Fixture {
  /** Of the file, without `.json`. */
  readonly name: string;
  /** `issues.opened`, or the event alone where the payload has no action. */
  readonly event: string;
  /** `X-GitHub-Delivery`, as recorded. */
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: object;
}

/** A GitHub as `createGitHub` takes it, but for the App's keys. */
export type RecordedWorld = Omit<GitHubOptions, 'app'> & { readonly app: Omit<AppSpec, 'publicKeys'> };

export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const FOLDER = join(PROJECT_FOLDER, 'test', 'fixtures');
const WORLD_FILE = 'world.json';

/** As things happen to an App: installed, used, suspended, removed. What is not listed comes in the middle. */
const FIRST = ['ping', 'installation.created', 'issues.opened', 'pull_request.opened'];
const LAST = ['push', 'installation.suspend', 'installation.unsuspend', 'installation.deleted'];

/** Every recorded delivery, in an order that makes sense when they are sent one after the other. */
export async function loadFixtures(folder = FOLDER): Promise<readonly Fixture[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json') && file !== WORLD_FILE);
  const fixtures = await Promise.all(files.map((file) => loadFixture(folder, file)));
  return fixtures.toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

/** The ones of this file name, or else of this event, with or without its action. */
export function findFixtures(fixtures: readonly Fixture[], wanted: string): readonly Fixture[] {
  const name = wanted.replace(/^.*\//, '').replace(/\.json$/, '');
  const named = fixtures.filter((fixture) => fixture.name === name);
  if (named.length > 0) return named;
  return fixtures.filter(({ event }) => event === wanted || event.split('.', 1)[0] === wanted);
}

export async function loadWorld(): Promise<RecordedWorld> {
  const world: RecordedWorld = JSON.parse(await readFile(join(FOLDER, WORLD_FILE), 'utf8'));
  return world;
}

/**
 * The request that GitHub would send: compact JSON, or the same as the field `payload` of a form.
 *
 * @param options.id In place of the recorded `X-GitHub-Delivery`.
 */
export function toSignedRequest(
  { headers, payload, id: recordedId }: Pick<Fixture, 'headers' | 'payload' | 'id'>,
  { secret, id = recordedId, form = false }: { secret: string; id?: string; form?: boolean },
): SignedRequest {
  const json = JSON.stringify(payload);
  const body = form ? new URLSearchParams({ payload: json }).toString() : json;
  const sent = new Headers(headers);
  sent.set('x-github-delivery', id);
  sent.set('x-hub-signature-256', signBody(body, secret));
  sent.set('content-type', form ? 'application/x-www-form-urlencoded' : 'application/json');
  return { headers: Object.fromEntries(sent), body };
}

async function loadFixture(folder: string, file: string): Promise<Fixture> {
  const recorded: { headers: Record<string, string>; body: object } = JSON.parse(
    await readFile(join(folder, file), 'utf8'),
  );
  const headers = new Headers(recorded.headers);
  const { action } = toObject(recorded.body);
  const event = headers.get('x-github-event') ?? '';
  return {
    name: file.replace(/\.json$/, ''),
    event: typeof action === 'string' ? `${event}.${action}` : event,
    id: headers.get('x-github-delivery') ?? '',
    headers: recorded.headers,
    payload: recorded.body,
  };
}

function rank({ event }: Fixture): number {
  if (FIRST.includes(event)) return FIRST.indexOf(event);
  return LAST.includes(event) ? FIRST.length + 1 + LAST.indexOf(event) : FIRST.length;
}
