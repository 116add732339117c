import { generateKeyPairSync } from 'node:crypto';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAppKey } from '../../local/github/app-key.ts';
import type { GitHub } from '../../local/github/types.ts';
import {
  APP_ID,
  at,
  callerOf,
  type Claims,
  INSTALLATION_ID,
  key,
  SCENE,
  sign,
  start,
} from './github-scene.ts';

let github: GitHub;
let call: ReturnType<typeof callerOf>['call'];
let asApp: ReturnType<typeof callerOf>['asApp'];

beforeEach(async () => {
  github = await start();
  ({ call, asApp } = callerOf(github));
});
afterEach(() => github.close());

const UNDECODABLE = 'A JSON web token could not be decoded';
const EXPIRED =
  "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
const FAR = "'Expiration time' claim ('exp') is too far in the future";
const ISSUED =
  "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";

describe('an App JWT', () => {
  it.each<{ name: string; claims: Claims; status: number; message: string }>([
    { name: 'that expires this second', claims: { exp: 0 }, status: 401, message: EXPIRED },
    { name: 'that is expired', claims: { exp: -1 }, status: 401, message: EXPIRED },
    { name: 'without a numeric exp', claims: { exp: 'soon' }, status: 401, message: EXPIRED },
    { name: 'that lives over ten minutes', claims: { exp: 601 }, status: 401, message: FAR },
    { name: 'from the future', claims: { iat: 1 }, status: 401, message: ISSUED },
    { name: 'without an integer iat', claims: { iat: 'now' }, status: 401, message: ISSUED },
    {
      name: 'whose App id is a string',
      claims: { iss: String(APP_ID) },
      status: 401,
      message: "'Issuer' claim ('iss') must be an Integer",
    },
    { name: 'of another App id', claims: { iss: 4712 }, status: 404, message: 'Integration not found' },
    {
      name: 'of another client id',
      claims: { iss: 'Iv23other' },
      status: 404,
      message: 'Integration not found',
    },
  ])('$name is refused', async ({ claims, status, message }) => {
    const answer = await call('GET', '/app', { token: await sign(claims) });
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({
      message,
      documentation_url: 'https://docs.github.com/rest',
      status: String(status),
    });
  });

  it.each<{ name: string; claims: Claims }>([
    { name: 'by client id', claims: {} },
    { name: 'by numeric App id', claims: { iss: APP_ID } },
    { name: 'that lives exactly ten minutes', claims: { exp: 600 } },
    { name: 'issued this second', claims: { iat: 0 } },
  ])('$name is taken', async ({ claims }) => {
    const answer = await call('GET', '/app', { token: await sign(claims) });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ id: 4711, slug: 'hookmint', client_id: 'Iv23liHookmint' });
  });

  it('signed with a key that is not registered is refused', async () => {
    const { privateKeyPem } = createAppKey();
    const answer = await call('GET', '/app', { token: await sign({}, privateKeyPem) });
    expect([answer.status, at(answer.body, 'message')]).toEqual([401, UNDECODABLE]);
  });

  it.each(['eyJ.e30.x', 'nonsense', 'ghs_0123456789abcdefghijklmnopqrstuvwxyzAB'])(
    'that is none (%s) is refused',
    async (token) => {
      const answer = await call('GET', '/app', { token });
      expect([answer.status, at(answer.body, 'message')]).toEqual([401, UNDECODABLE]);
    },
  );

  it('under another algorithm than RS256 is refused', async () => {
    const parts = (await sign()).split('.');
    const header = Buffer.from('{"alg":"none"}').toString('base64url');
    const answer = await call('GET', '/app', { token: [header, parts[1], ''].join('.') });
    expect([answer.status, at(answer.body, 'message')]).toEqual([401, UNDECODABLE]);
  });

  it('under the `token` scheme is refused', async () => {
    const answer = await call('GET', '/app', { headers: { authorization: `token ${await sign()}` } });
    expect(answer.status).toBe(401);
  });

  it('opens nothing but the App endpoints', async () => {
    const answer = await asApp('GET', '/repos/octo-org/hello-world');
    expect([answer.status, at(answer.body, 'message')]).toEqual([401, 'Bad credentials']);
  });
});

describe('the keys of the App', () => {
  it('may be several, as while one is rotated', async () => {
    const next = createAppKey();
    github.registerKey(next.publicKey);
    await expect(call('GET', '/app', { token: await sign({}, next.privateKeyPem) })).resolves.toHaveProperty(
      'status',
      200,
    );
    github.removeKey(key.publicKey);
    await expect(asApp('GET', '/app')).resolves.toHaveProperty('status', 401);
  });

  it('must be at least one', async () => {
    github.removeKey(key.publicKey);
    const answer = await asApp('GET', '/app');
    expect([answer.status, at(answer.body, 'message')]).toEqual([
      401,
      'Integration must generate a public key',
    ]);
  });

  it('may be given as PEM', async () => {
    const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
      type: 'spki',
      format: 'pem',
    });
    github.registerKey(pem.toString());
    await expect(asApp('GET', '/app')).resolves.toHaveProperty('status', 200);
  });
});

describe('the clock', () => {
  it('stands in every answer, refusals too', async () => {
    const answer = await call('GET', '/app');
    expect(answer.headers.get('date')).toBe('Sun, 22 Nov 2026 12:00:00 GMT');
  });

  it('decides about a JWT when it is moved', async () => {
    github.advance(-120_000);
    const answer = await asApp('GET', '/app');
    expect(at(answer.body, 'message')).toBe(ISSUED);
    expect(answer.headers.get('date')).toBe('Sun, 22 Nov 2026 11:58:00 GMT');
  });
});

describe('manners', () => {
  it('refuses a request without User-Agent', async () => {
    const status = await new Promise((resolve, reject) => {
      const sent = request(`${github.url}/app`, (response) => resolve(response.resume().statusCode));
      sent.on('error', reject).end();
    });
    expect(status).toBe(403);
  });

  it('knows no path with a trailing slash', async () => {
    await expect(asApp('GET', '/app/')).resolves.toHaveProperty('status', 404);
  });

  it.each([
    { version: '2022-11-28', status: 200 },
    { version: '2026-03-10', status: 200 },
    { version: '2020-01-01', status: 400 },
  ])('answers $status to version $version', async ({ version, status }) => {
    const answer = await asApp('GET', '/app', { headers: { 'x-github-api-version': version } });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-github-request-id')).not.toBeNull();
  });
});

describe('installations', () => {
  it('are listed in pages', async () => {
    for (let id = 1; id <= 4; id += 1) {
      const account = { login: `user-${id}`, type: 'User' } as const;
      github.install({ id, account, permissions: {}, repositories: 'all' });
    }
    const first = await asApp('GET', '/app/installations?per_page=2');
    const last = await asApp('GET', '/app/installations?per_page=2&page=3');
    expect(at(first.body, 0)).toMatchObject({
      id: 35490125,
      app_id: 4711,
      account: { login: 'octo-org', id: 6811672, type: 'Organization' },
      repository_selection: 'all',
      permissions: { issues: 'write', checks: 'write', pull_requests: 'read' },
      suspended_at: null,
    });
    expect(first.headers.get('link')).toBe(
      `<${github.url}/app/installations?per_page=2&page=2>; rel="next", ` +
        `<${github.url}/app/installations?per_page=2&page=3>; rel="last"`,
    );
    expect(at(last.body, 0, 'id')).toBe(4);
    expect(last.headers.get('link')).not.toContain('rel="next"');
  });

  it.each([
    '/app/installations/35490125',
    '/repos/octo-org/hello-world/installation',
    '/repos/Octo-Org/Hello-World/installation',
    '/orgs/octo-org/installation',
    '/users/octo-org/installation',
  ])('are found at %s', async (path) => {
    const answer = await asApp('GET', path);
    expect([answer.status, at(answer.body, 'id')]).toEqual([200, 35490125]);
  });

  it.each([
    '/app/installations/1',
    '/repos/octo-org/other/installation',
    '/repos/somebody/hello-world/installation',
    '/orgs/somebody/installation',
    '/users/somebody/installation',
  ])('are not found at %s', async (path) => {
    const answer = await asApp('GET', path);
    expect([answer.status, at(answer.body, 'message')]).toEqual([404, 'Not Found']);
  });

  it('of a user are not an organization’s', async () => {
    github.install({
      id: 9,
      account: { login: 'codertocat', type: 'User' },
      permissions: {},
      repositories: 'all',
    });
    await expect(asApp('GET', '/users/codertocat/installation')).resolves.toHaveProperty('status', 200);
    await expect(asApp('GET', '/orgs/codertocat/installation')).resolves.toHaveProperty('status', 404);
  });

  it('cannot be looked up with an installation token', async () => {
    const token = await callerOf(github).mint();
    const answer = await call('GET', '/repos/octo-org/hello-world/installation', { token });
    expect([answer.status, at(answer.body, 'message')]).toEqual([401, UNDECODABLE]);
  });

  it('are looked up under a new name by way of a redirect', async () => {
    await github.rename('octo-org/hello-world', 'octo-org/hello');
    const moved = await asApp('GET', '/repos/octo-org/hello-world/installation');
    expect(moved.status).toBe(301);
    expect(moved.headers.get('location')).toBe(`${github.url}/repositories/186853002/installation`);
    const found = await asApp('GET', '/repositories/186853002/installation');
    expect(at(found.body, 'id')).toBe(35490125);
  });

  it('are still found while suspended', async () => {
    github.suspend(INSTALLATION_ID);
    const answer = await asApp('GET', '/repos/octo-org/hello-world/installation');
    expect(at(answer.body, 'suspended_at')).toBe('2026-11-22T12:00:00Z');
  });

  it('can be suspended and deleted by the App', async () => {
    const path = `/app/installations/${INSTALLATION_ID}`;
    await expect(asApp('PUT', `${path}/suspended`)).resolves.toHaveProperty('status', 204);
    await expect(asApp('POST', `${path}/access_tokens`)).resolves.toHaveProperty('status', 403);
    await expect(asApp('DELETE', `${path}/suspended`)).resolves.toHaveProperty('status', 204);
    await expect(asApp('POST', `${path}/access_tokens`)).resolves.toHaveProperty('status', 201);
    await expect(asApp('DELETE', path)).resolves.toHaveProperty('status', 204);
    await expect(asApp('GET', path)).resolves.toHaveProperty('status', 404);
  });

  it('are deleted later under API version 2026-03-10', async () => {
    const headers = { 'x-github-api-version': '2026-03-10' };
    const answer = await asApp('DELETE', `/app/installations/${INSTALLATION_ID}`, { headers });
    expect(answer.status).toBe(202);
  });
});

it('refuses a repository without an owner in its name', async () => {
  const broken = { ...SCENE, repositories: [{ id: 1, full_name: 'no-slash' }] };
  await expect(start(broken)).rejects.toThrow("not a repository's full name: no-slash");
});
