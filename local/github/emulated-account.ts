/**
 * One account's repositories, held by an `emulate` of its own: it takes accounts only when it starts, so each gets an
 * instance when it is first needed (some 10 ms). Within it everything is allowed; the layer in front has judged
 * already.
 */
import { createEmulator } from 'emulate';
import { generateKeyPairSync } from 'node:crypto';
import { createKeySigner } from '../../lib/github/key-signer.ts';
import { isObject, type JsonObject, parseJson, readText, toObject } from '../../lib/json/json.ts';

export interface Upstream {
  readonly status: number;
  /** `content-type`, and `link` where there is one. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

interface UpstreamRequest {
  readonly method: string;
  /** With its query string. */
  readonly target: string;
  readonly body?: string;
  readonly accept?: string;
}

export interface EmulatedAccount {
  /** Written by `SLUG[bot]`. */
  asBot(request: UpstreamRequest): Promise<Upstream>;
  /** Written by the account itself, to set a scene. Throws where that is refused. */
  asOwner(method: string, target: string, body?: JsonObject): Promise<JsonObject>;
  /** A list that the account itself may see. */
  listAsOwner(target: string): Promise<readonly JsonObject[]>;
  /** Written by the bot, to set a scene. Throws where that is refused. */
  asApp(method: string, target: string, body?: JsonObject): Promise<JsonObject>;
  /** The same by somebody who was known when the account was started. */
  asUser(login: string, method: string, target: string, body?: JsonObject): Promise<JsonObject>;
  /** Whether `emulate` knows this login. */
  knows(login: string): boolean;
  close(): Promise<void>;
}

/** `emulate` counts 5000 requests an hour for each token and then refuses; a new token starts anew. */
const CALLS_PER_TOKEN = 4000;

const APP_ID = 1;
const INSTALLATION_ID = 1;

/** One key for every instance: it opens nothing outside of them. */
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

const EVERYTHING = Object.fromEntries(
  [
    'actions',
    'administration',
    'checks',
    'contents',
    'issues',
    'pull_requests',
    'repository_hooks',
    'statuses',
  ].map((name) => [name, 'write']),
);

type Send = (token: string, request: UpstreamRequest) => Promise<Upstream>;
type Insist = (token: string, method: string, target: string, body?: JsonObject) => Promise<unknown>;

interface AccountOptions {
  readonly slug: string;
  /** The layer's own, with its port: it takes the place of `emulate`'s in every answer. */
  readonly host: string;
  /** Everybody who may write, be assigned or review here. */
  readonly logins: readonly string[];
}

export async function startAccount(
  login: string,
  { slug, host, logins }: AccountOptions,
): Promise<EmulatedAccount> {
  const others = logins.filter((each) => !isSame(each, login) && !each.endsWith('[bot]'));
  const emulator = await createEmulator({
    service: 'github',
    port: 0,
    seed: {
      github: toSeed([login, ...others], slug),
      tokens: Object.fromEntries(
        others.map((each) => [toUserToken(each), { login: each, scopes: ['repo'] }]),
      ),
    },
  });
  const send = createSend(new URL(emulator.url).port, host);

  /** Every text that `emulate` does not know for a token is the first seeded user's: the account's own. */
  const ownerToken = renewing((generation) => Promise.resolve(`owner-${generation}`));
  const botToken = renewing(async () => {
    const target = `/app/installations/${INSTALLATION_ID}/access_tokens`;
    const { text } = await send(await signJwt(), { method: 'POST', target });
    const token = readText(toObject(parseJson(text)), 'token');
    if (token === undefined) throw new Error(`emulate minted no token for ${login}`);
    return token;
  });

  const insist: Insist = (token, method, target, body) => insistOn(send, token, { method, target, body });

  return {
    asBot: async (request) => send(await botToken(), request),
    asOwner: async (method, target, body) => toObject(await insist(await ownerToken(), method, target, body)),
    async listAsOwner(target) {
      const list = await insist(await ownerToken(), 'GET', target);
      return Array.isArray(list) ? list.filter(isObject) : [];
    },
    asApp: async (method, target, body) => toObject(await insist(await botToken(), method, target, body)),
    async asUser(user, method, target, body) {
      const token = isSame(user, login) ? await ownerToken() : toUserToken(user);
      return toObject(await insist(token, method, target, body));
    },
    knows: (user) => [login, ...others].some((each) => isSame(each, user)),
    close: () => emulator.close(),
  };
}

/** @param host Takes the place of `emulate`'s own in every answer. */
function createSend(port: string, host: string): Send {
  const ours = (text: string): string => {
    return text.replaceAll(`localhost:${port}`, host).replaceAll(`127.0.0.1:${port}`, host);
  };
  return async (token, { method, target, body, accept }) => {
    const response = await fetch(`http://127.0.0.1:${port}${target}`, {
      method,
      headers: {
        authorization: `token ${token}`,
        'content-type': 'application/json',
        ...(accept !== undefined && { accept }),
      },
      ...(body !== undefined && body !== '' && { body }),
    });
    const link = response.headers.get('link');
    return {
      status: response.status,
      headers: {
        'content-type': response.headers.get('content-type') ?? 'application/json',
        ...(link !== null && { link: ours(link) }),
      },
      text: ours(await response.text()),
    };
  };
}

/** @throws Error where `emulate` refuses. */
async function insistOn(
  send: Send,
  token: string,
  { method, target, body }: { method: string; target: string; body: JsonObject | undefined },
): Promise<unknown> {
  const { status, text } = await send(token, { method, target, ...(body && { body: JSON.stringify(body) }) });
  if (status >= 400) throw new Error(`emulate refused ${method} ${target}: ${status} ${text}`);
  return parseJson(text);
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function toUserToken(login: string): string {
  return `user-${login.toLowerCase()}`;
}

function toSeed(logins: readonly string[], slug: string) {
  const [account = ''] = logins;
  return {
    users: logins.map((login) => ({ login })),
    apps: [
      {
        app_id: APP_ID,
        slug,
        name: slug,
        private_key: privateKey.export({ type: 'pkcs1', format: 'pem' }),
        permissions: EVERYTHING,
        installations: [{ installation_id: INSTALLATION_ID, account, repository_selection: 'all' }],
      },
    ],
  };
}

/** A token for so many calls, then the next one. */
function renewing(make: (generation: number) => Promise<string>): () => Promise<string> {
  let calls = 0;
  let token = Promise.resolve('');
  return () => {
    if (calls % CALLS_PER_TOKEN === 0) token = make(calls / CALLS_PER_TOKEN);
    calls += 1;
    return token;
  };
}

function signJwt(): Promise<string> {
  const iat = Math.floor(Date.now() / 1000);
  return createKeySigner(privateKey)({ iss: String(APP_ID), iat, exp: iat + 300 });
}
