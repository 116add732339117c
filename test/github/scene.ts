/** The parts of lib/github put together against the GitHub stand-in, with the clock and the secret in hand. */
import { readFileSync } from 'node:fs';
import { createPublicKey } from 'node:crypto';
import { listen, type HttpOutcome, type HttpRequest } from '../../local/http/server.ts';
import { createGitHub } from '../../local/github/server.ts';
import type { GitHub, GitHubOptions } from '../../local/github/types.ts';
import { SYSTEM_CLOCK, type Clock } from '../../lib/async/clock.ts';
import { type Deadline, startDeadline } from '../../lib/async/deadline.ts';
import { createSender } from '../../lib/github/api.ts';
import { createAppCalls, type CallAsApp } from '../../lib/github/app-calls.ts';
import { createAppJwtSource } from '../../lib/github/app-jwt.ts';
import { type Authority, createGitHubApp, type GitHubApp } from '../../lib/github/app.ts';
import type { Occasion } from '../../lib/github/occasion.ts';
import type { Grant } from '../../lib/github/grant.ts';
import { createKeyRing } from '../../lib/github/key-ring.ts';
import { createMint, type Mint, type MintTime } from '../../lib/github/mint.ts';
import type { Answer } from '../../lib/http/answer.ts';
import { createConnections } from '../../lib/http/connections.ts';
import { createFetch, type Fetch } from '../../lib/http/fetch.ts';
import type { FetchInit } from '../../lib/http/message.ts';
import type { BoundLog, HandlerLog } from '../../lib/log/log.ts';
import { createSecretCache, type ReadSecret, type SecretCache } from '../../lib/secrets/secret-cache.ts';

export const APP_ID = 4711;
export const CLIENT_ID = 'Iv23liHookmint';
export const INSTALLATION_ID = 35490125;
export const HELLO_WORLD = 186853002;
export const OPEN = 280886604;
/** Whole seconds, so that tests can name instants. */
export const NOW = Date.parse('2026-11-22T12:00:00Z');
export const MINT = `/app/installations/${INSTALLATION_ID}/access_tokens`;
export const ISSUE = '/repos/octo-org/hello-world/issues/347';

/** GitHub's own example: `integration-from-manifest` of its OpenAPI description. Nobody's key. */
export const PEM = readFileSync(new URL('../secrets/keys/manifest-example.pem', import.meta.url), 'utf8');

/** The functions' own. */
export const fetchOverHttps = createFetch(createConnections({ now: Date.now, env: {} }));

export const ISSUES_WRITE: Grant = { permissions: { issues: 'write' }, repositories: [HELLO_WORLD] };

/** One organization; its App may write issues and checks and read pull requests. */
const WORLD = {
  app: {
    id: APP_ID,
    clientId: CLIENT_ID,
    slug: 'hookmint',
    publicKeys: [createPublicKey(PEM)],
    permissions: { issues: 'write', checks: 'write', pull_requests: 'read' },
  },
  installations: [
    {
      id: INSTALLATION_ID,
      account: { login: 'octo-org', type: 'Organization', id: 6811672 },
      permissions: { issues: 'write', checks: 'write', pull_requests: 'read' },
      repositories: ['hello-world', 'open'],
    },
    {
      id: 77,
      account: { login: 'octocat', type: 'User' },
      permissions: { issues: 'write' },
      repositories: 'all',
    },
  ],
  repositories: [
    {
      id: HELLO_WORLD,
      full_name: 'octo-org/hello-world',
      private: true,
      issues: [{ number: 347, title: 'It breaks', user: 'codertocat' }],
    },
    { id: OPEN, full_name: 'octo-org/open', private: true },
    { id: 99, full_name: 'octo-org/not-selected', private: true },
    { id: 1296269, full_name: 'octocat/Spoon-Knife', private: true },
  ],
} satisfies GitHubOptions;

interface Scene extends AsyncDisposable {
  readonly github: GitHub;
  /** The clock of hookmint; move it at will. The stand-in's own: `github.advance`. */
  readonly clock: SceneClock;
  readonly secret: StubSecret;
  readonly secretCache: SecretCache;
  readonly logged: readonly string[];
  readonly call: CallAsApp;
  readonly mint: Mint;
  readonly app: GitHubApp;
  /** A token and a client of the whole App, as a handler gets them. */
  authorise(grant?: Grant, occasion?: Partial<Occasion>): Promise<Authority>;
  /** `['POST /app/… 201']` of what the stand-in was asked. */
  asked(matching?: RegExp): readonly string[];
}

interface SceneOptions {
  readonly appId?: string;
  readonly github?: Partial<GitHubOptions>;
  readonly secretText?: string;
  /** How far GitHub's clock is ahead of ours. */
  readonly skewMs?: number;
  readonly fetch?: Fetch;
  readonly readSecret?: ReadSecret;
}

export async function startScene(options: SceneOptions = {}): Promise<Scene> {
  const { appId = CLIENT_ID, skewMs = 0, fetch = fetchOverHttps } = options;
  const clock = createSceneClock();
  const github = await createGitHub({ ...WORLD, now: () => clock.ms + skewMs, ...options.github });
  const { log, logged } = recordingLog();
  const secret = stubSecret(options.secretText ?? PEM);
  const now = (): number => clock.ms;
  const secretCache = createSecretCache({
    readSecret: options.readSecret ?? secret.read,
    clock: { ...SYSTEM_CLOCK, now },
    log,
  });

  const apiUrl = github.url;
  const jwts = createAppJwtSource(appId, now);
  const signers = createKeyRing(secretCache, 'private-key', log);
  const call = createAppCalls({ send: createSender(apiUrl, fetch, clock), jwts, signers, log });
  const mint = createMint({ call, apiUrl, appId, clock, githubNow: jwts.githubNow });
  const app = createGitHubApp({ appId, apiUrl, signers, fetch, clock, log });

  const deadlines: Deadline[] = [];
  return {
    github,
    clock,
    secret,
    secretCache,
    logged,
    call,
    mint,
    app,
    authorise(grant = ISSUES_WRITE, occasion = {}) {
      const deadline = startDeadline(clock.ms + 2 * 3_600_000, clock);
      deadlines.push(deadline);
      return app.authorise(grant, {
        delivery: DELIVERY,
        payload: {},
        targetAppId: null,
        deadline,
        log,
        ...occasion,
      });
    },
    asked: (matching = /./) =>
      github.calls
        .map(({ method, path, status }) => `${method} ${path} ${status}`)
        .filter((line) => matching.test(line)),
    async [Symbol.asyncDispose]() {
      for (const deadline of deadlines) deadline.end();
      await github.close();
    },
  };
}

/** An old delivery of the installation. */
export const DELIVERY = {
  event: 'issues',
  action: 'opened',
  installationId: INSTALLATION_ID,
  receivedAt: new Date(NOW - 3_600_000),
};

export interface SceneClock extends Clock {
  /** Move it at will. */
  ms: number;
}

/** No pause of the code under test is longer. */
const LONGEST_PAUSE_MS = 2_000;

/** A clock on which pauses pass at once, and which is otherwise moved by hand. Limits are timers of this machine. */
export function createSceneClock(): SceneClock {
  const clock: SceneClock = {
    ms: NOW,
    now: () => clock.ms,
    after(ms, callback) {
      if (ms > LONGEST_PAUSE_MS) return SYSTEM_CLOCK.after(ms, callback);
      const waiting = setImmediate(() => {
        clock.ms += ms;
        callback();
      });
      return () => clearImmediate(waiting);
    },
  };
  return clock;
}

interface StubSecret {
  text: string | undefined;
  /** How often AWSCURRENT was read. */
  reads: number;
  failure: Error | undefined;
  readonly read: ReadSecret;
}

/** Secrets Manager with one secret, old enough for its previous version not to matter. */
function stubSecret(text: string): StubSecret {
  const secret: StubSecret = {
    text,
    reads: 0,
    failure: undefined,
    read: async () => {
      secret.reads += 1;
      if (secret.failure !== undefined) throw secret.failure;
      return secret.text === undefined ? undefined : { text: secret.text, createdAt: new Date(0) };
    },
  };
  return secret;
}

/** Takes what the product logs, and what a handler does. */
export function recordingLog(): { readonly log: BoundLog & HandlerLog; readonly logged: readonly string[] } {
  const logged: string[] = [];
  const write = (message: string, fields?: object): void => {
    logged.push(JSON.stringify({ message, ...fields }));
  };
  const levels = { debug: write, info: write, warn: write, error: write };
  const log: BoundLog & HandlerLog = {
    ...levels,
    writes: () => true,
    with: () => log,
    guarding: () => log,
    forHandler: () => log,
  };
  return { logged, log };
}

/** Time enough for anything here. */
export const patience = (): AbortSignal => new AbortController().signal;

/** The same, for a mint. */
export const inTime = (signal = patience()): MintTime => ({ signal, leftMs: 20_000 });

/** A server that answers as told and remembers what it was asked, for what the stand-in does not do. */
export async function startServer(answer: (request: HttpRequest) => HttpOutcome) {
  const requests: HttpRequest[] = [];
  const server = await listen((request) => {
    requests.push(request);
    return Promise.resolve(answer(request));
  });
  return { url: server.url, requests, [Symbol.asyncDispose]: () => server.close() };
}

/** A `fetch` that asks nobody, and remembers what it was asked. */
export function stubFetch(answer: (url: string, init: FetchInit) => Answer | Promise<Answer>) {
  const requests: { readonly url: string; readonly method: string; readonly headers: Headers }[] = [];
  const fetch: Fetch = async (url, init = {}) => {
    requests.push({ url: String(url), method: init.method ?? 'GET', headers: new Headers(init.headers) });
    return toWhole(await answer(String(url), init));
  };
  return { fetch, requests };
}

/** As `createFetch` hands answers on: they can be read as often as one likes. */
function toWhole(answer: Answer): Answer {
  let bytes: Promise<ArrayBuffer> | undefined;
  const arrayBuffer = (): Promise<ArrayBuffer> => (bytes ??= answer.arrayBuffer());
  const { status, statusText, url, headers, body } = answer;
  return {
    status,
    statusText,
    url: url === '' ? 'https://api.github.com/' : url,
    headers,
    body,
    arrayBuffer,
    text: async () => new TextDecoder().decode(await arrayBuffer()),
  };
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  });
}
