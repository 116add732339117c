/** A small GitHub for the tests of this folder, and a caller that signs and speaks as an App does. */
import { CompactSign } from 'jose';
import { createPrivateKey } from 'node:crypto';
import { createAppKey } from '../../local/github/app-key.ts';
import { createGitHub } from '../../local/github/server.ts';
import type { GitHub, GitHubOptions, InstallationSpec } from '../../local/github/types.ts';

export const APP_ID = 4711;
const CLIENT_ID = 'Iv23liHookmint';
export const INSTALLATION_ID = 35490125;
/** Whole seconds, so that tests can name instants. */
export const NOW = Date.parse('2026-11-22T12:00:00Z');

export const key = createAppKey();

/** The App on one organization, where it may write issues and checks. */
export const INSTALLATION = {
  id: INSTALLATION_ID,
  account: { login: 'octo-org', type: 'Organization', id: 6811672 },
  permissions: { issues: 'write', checks: 'write', pull_requests: 'read' },
  repositories: 'all',
} satisfies InstallationSpec;

/** That organization with a private repository and a public one. */
export const SCENE = {
  app: {
    id: APP_ID,
    clientId: CLIENT_ID,
    slug: 'hookmint',
    publicKeys: [key.publicKey],
    permissions: { issues: 'write', checks: 'write', pull_requests: 'read' },
  },
  installations: [INSTALLATION],
  repositories: [
    {
      id: 186853002,
      full_name: 'octo-org/hello-world',
      private: true,
      issues: [
        { number: 347, title: 'It breaks', body: 'Badly.', user: 'codertocat', authorAssociation: 'MEMBER' },
      ],
      pulls: [
        {
          number: 12,
          title: 'Fix it',
          user: 'codertocat',
          head: { ref: 'patch-1', sha: 'ec26c3e57ca3a959ca5aad62de7213c562f8c821' },
          files: [{ filename: 'src/a.ts', additions: 7, deletions: 2 }],
        },
      ],
      labels: [{ name: 'bug', color: 'd73a4a' }],
    },
    { id: 280886604, full_name: 'octo-org/open', issues: [{ number: 1, title: 'Hi', user: 'hubot' }] },
  ],
  users: [{ login: 'codertocat', id: 21031067 }],
  now: () => NOW,
} satisfies GitHubOptions;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The JSON in it, whatever that is. */
  readonly body: unknown;
}

/** Speaks to a stand-in; redirects are not followed. */
export function callerOf(github: GitHub) {
  async function call(
    method: string,
    path: string,
    { token, body, headers }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const response = await fetch(`${github.url}${path}`, {
      method,
      redirect: 'manual',
      headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed: unknown = text === '' ? undefined : JSON.parse(text);
    return { status: response.status, headers: response.headers, body: parsed };
  }

  async function asApp(
    method: string,
    path: string,
    options: { body?: unknown; headers?: Record<string, string> } = {},
  ) {
    return call(method, path, { ...options, token: await sign() });
  }

  /** Mints and returns the token's text. */
  async function mint(request?: object, id = INSTALLATION_ID): Promise<string> {
    const answer = await asApp('POST', `/app/installations/${id}/access_tokens`, { body: request });
    if (answer.status !== 201) throw new Error(`no token: ${answer.status}`);
    return String(at(answer.body, 'token'));
  }

  return { call, asApp, mint };
}

export interface Claims {
  readonly iss?: string | number;
  readonly iat?: unknown;
  readonly exp?: unknown;
}

/** A JWT that GitHub would take, unless told otherwise. Times are seconds from `NOW`, where they are numbers. */
export function sign(claims: Claims = {}, privateKeyPem = key.privateKeyPem): Promise<string> {
  const seconds = NOW / 1000;
  const { iss = CLIENT_ID, iat = -60, exp = 540 } = claims;
  const toInstant = (value: unknown): unknown => (typeof value === 'number' ? seconds + value : value);
  const payload = JSON.stringify({ iss, iat: toInstant(iat), exp: toInstant(exp) });
  return new CompactSign(new TextEncoder().encode(payload))
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .sign(createPrivateKey(privateKeyPem));
}

/** The value at a path of keys in somebody's JSON. */
export function at(value: unknown, ...keys: readonly (string | number)[]): unknown {
  return keys.reduce<unknown>((inner, each) => {
    return typeof inner === 'object' && inner !== null ? Reflect.get(inner, each) : undefined;
  }, value);
}

export const start = (options: Partial<GitHubOptions> = {}): Promise<GitHub> =>
  createGitHub({ ...SCENE, ...options });
