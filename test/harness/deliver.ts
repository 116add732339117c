/**
 * Sends deliveries to a built function as GitHub does, through a stand-in for the front door: signs a fixture, makes a
 * Lambda event of it, and returns the answer with what the function did at the GitHub stand-in.
 */
import { Octokit } from '@octokit/core';
import { SignJWT } from 'jose';
import { createHmac, createPrivateKey, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { createAppKey } from '../../local/github/app-key.ts';
import { createGitHub } from '../../local/github/server.ts';
import type { AppSpec, GitHub, GitHubOptions, IssuedToken, RecordedCall } from '../../local/github/types.ts';
import { parseJson } from '../../lib/json/json.ts';
import { startLambda } from '../../local/aws/lambda.ts';
import { createSecretsManager, type SecretsManager } from '../../local/aws/secrets-manager.ts';
import type { LambdaResult } from '../../lib/webhook/answer.ts';
import { type EventShape, type HeaderValues, toEvent, valueOf } from './lambda-event.ts';
import { findLeaks } from './leaks.ts';

export { type EventShape } from './lambda-event.ts';

export const WEBHOOK_SECRET = 'the webhook secret of the tests';
const WEBHOOK_SECRET_ID = 'hookmint/webhook-secret';
const PRIVATE_KEY_SECRET_ID = 'hookmint/private-key';

/** One for all Apps of a test file: making one takes a while. */
const appKey = createAppKey();

/** What `test/fixtures/world.json` holds: a GitHub, but for the App's keys. */
export type World = Omit<GitHubOptions, 'app'> & { readonly app: Omit<AppSpec, 'publicKeys'> };

/** One recorded delivery. Signatures are missing: they are made when it is sent. */
export interface Fixture {
  readonly headers: HeaderValues;
  readonly body: object;
}

interface DeliverOptions {
  /** `X-GitHub-Event`; needed where a bare payload is sent. */
  readonly event?: string;
  /** Default `function_url`. */
  readonly shape?: EventShape;
  /** In place of the fixture's; undefined takes one away. A form content type sends the payload as a form. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** What to sign with; null sends no signature. Default `WEBHOOK_SECRET`. */
  readonly secret?: string | null;
}

export interface Delivered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** What GitHub was asked while this delivery was under way. Tell deliveries apart by sending them one by one. */
  readonly calls: readonly RecordedCall[];
  /** Tokens that were minted meanwhile. */
  readonly tokens: readonly IssuedToken[];
}

export interface App {
  readonly github: GitHub;
  readonly secretsManager: SecretsManager;
  /** @param what The name of a fixture, a fixture, or a payload (which needs `event`). */
  deliver(what: string | Fixture | object, options?: DeliverOptions): Promise<Delivered>;
  /** What the function wrote so far. Output may trail an answer by some milliseconds. */
  readonly lines: readonly string[];
  /** Speaks to GitHub as the App on its first installation, with everything granted: to set a scene. */
  asInstallation(): Promise<Octokit>;
  /** @throws Error where anything that the function wrote or answered holds a credential. */
  close(): Promise<void>;
}

interface AppOptions {
  /** Default: `test/fixtures/world.json`. */
  readonly world?: World;
  /** More environment for the function, or other values. */
  readonly env?: Readonly<Record<string, string>>;
  /** Path of a built function. Default: the webhook function. */
  readonly bundle?: string;
}

/** Starts a function with everything that it talks to. Each has a process, a GitHub and secrets of its own. */
export async function startApp({
  world = loadWorld(),
  env = {},
  bundle = builtFunction('webhook'),
}: AppOptions = {}): Promise<App> {
  await using started = new AsyncDisposableStack();
  const app = { ...world.app, publicKeys: [appKey.publicKey] };
  const github = started.adopt(await createGitHub({ ...world, app }), (server) => server.close());
  const secretsManager = started.adopt(await createSecretsManager(), (server) => server.close());
  secretsManager.put(WEBHOOK_SECRET_ID, WEBHOOK_SECRET);
  secretsManager.put(PRIVATE_KEY_SECRET_ID, appKey.privateKeyPem);
  const lambda = started.adopt(
    await startLambda({
      bundle,
      env: {
        GITHUB_APP_ID: String(app.id),
        GITHUB_API_URL: github.url,
        WEBHOOK_SECRET_ID,
        PRIVATE_KEY_SECRET_ID,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        ...env,
      },
    }),
    (process) => process.close(),
  );
  const running = started.move();
  const answers: string[] = [];

  return {
    github,
    secretsManager,
    lines: lambda.lines,
    async deliver(what, { event, shape = 'function_url', headers = {}, secret = WEBHOOK_SECRET } = {}) {
      const calls = github.calls.length;
      const tokens = github.tokens.length;
      const fixture = toFixture(what, event);
      const merged = mergeHeaders(fixture.headers, { ...(event && { 'X-GitHub-Event': event }), ...headers });
      const body = toBytes(fixture.body, merged);
      const signed = secret === null ? merged : { 'X-Hub-Signature-256': sign(body, secret), ...merged };
      const answer = toAnswer(await lambda.invoke(toEvent(shape, { headers: signed, body })));
      answers.push(JSON.stringify(answer));
      return { ...answer, calls: github.calls.slice(calls), tokens: github.tokens.slice(tokens) };
    },
    asInstallation() {
      const installationId = world.installations?.[0]?.id;
      if (installationId === undefined) throw new Error('nobody installed the App in this world');
      return signIn(github.url, {
        clientId: app.clientId,
        installationId,
        privateKeyPem: appKey.privateKeyPem,
      });
    },
    async close() {
      await running.disposeAsync();
      const leaks = findLeaks([...lambda.lines, ...answers], [WEBHOOK_SECRET]);
      if (leaks.length > 0) throw new Error(`lines or answers of the function hold ${leaks.join(' and ')}`);
    },
  };
}

/** @returns Path of a function as `test/setup/build.ts` built it. */
export function builtFunction(name: 'webhook' | 'worker' | 'sweeper'): string {
  return join(inject('functions'), `${name}.mjs`);
}

/** @param name Of a file in `test/fixtures/`, without `.json`. */
export function loadFixture(name: string): Fixture {
  const fixture: Fixture = JSON.parse(readFixtureFile(name));
  return fixture;
}

export function loadWorld(): World {
  const world: World = JSON.parse(readFixtureFile('world'));
  return world;
}

function readFixtureFile(name: string): string {
  return readFileSync(new URL(`../app/functions/fixtures/${name}.json`, import.meta.url), 'utf8');
}

/** A bare payload gets headers of its own, so that no two are taken for one delivery. */
function toFixture(what: string | Fixture | object, event: string | undefined): Fixture {
  if (typeof what === 'string') return loadFixture(what);
  if ('headers' in what && 'body' in what) return what;
  if (event === undefined) throw new Error('a bare payload needs an event');
  const { headers } = loadFixture('ping');
  return { headers: { ...headers, 'X-GitHub-Event': event, 'X-GitHub-Delivery': randomUUID() }, body: what };
}

/** Names are the same in any case; the spelling of the first one stays. */
function mergeHeaders(
  headers: HeaderValues,
  more: Readonly<Record<string, string | readonly string[] | undefined>>,
): HeaderValues {
  const merged = new Map(Object.entries(headers));
  for (const [name, value] of Object.entries(more)) {
    const known = [...merged.keys()].find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
    if (value === undefined) merged.delete(known);
    else merged.set(known, value);
  }
  return Object.fromEntries(merged);
}

/** GitHub sends compact JSON, or the same as the field `payload` of a form. */
function toBytes(payload: object, headers: HeaderValues): Buffer {
  const json = JSON.stringify(payload);
  const isForm = valueOf(headers, 'content-type').startsWith('application/x-www-form-urlencoded');
  return Buffer.from(isForm ? new URLSearchParams({ payload: json }).toString() : json);
}

/** @returns `X-Hub-Signature-256` of exactly these bytes. */
export function sign(body: Buffer | string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

function toAnswer(result: unknown): Pick<Delivered, 'status' | 'headers' | 'body'> {
  if (!isLambdaResult(result))
    throw new Error('the function answered with something that no front door takes');
  const { statusCode, headers, multiValueHeaders = {}, body } = result;
  const joined = Object.entries(multiValueHeaders).map(([name, values]) => [name, values.join(',')]);
  return { status: statusCode, headers: headers ?? Object.fromEntries(joined), body: parseJson(body) };
}

function isLambdaResult(value: unknown): value is LambdaResult {
  return typeof value === 'object' && value !== null && 'statusCode' in value && 'body' in value;
}

async function signIn(url: string, { clientId, installationId, privateKeyPem }: SignIn): Promise<Octokit> {
  const jwt = await new SignJWT()
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuer(clientId)
    .setIssuedAt('1 minute ago')
    .setExpirationTime('5 minutes')
    .sign(createPrivateKey(privateKeyPem));
  const app = new Octokit({ baseUrl: url, auth: jwt });
  const { data } = await app.request('POST /app/installations/{installation_id}/access_tokens', {
    installation_id: installationId,
  });
  return new Octokit({ baseUrl: url, auth: data.token });
}

interface SignIn {
  readonly clientId: string;
  readonly installationId: number;
  readonly privateKeyPem: string;
}
