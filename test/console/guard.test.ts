/** What the console's server refuses: whoever is not its own page. */
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refuse, SESSION_HEADER } from '../../local/console/guard.ts';
import { createRedaction } from '../../local/console/redaction.ts';
import { type ConsoleServer, startConsole } from '../../local/console/server.ts';

const SESSION = { port: 3001, token: 'the token of the session' };
const OWN = { host: '127.0.0.1:3001' };
const JSON_TYPE = { 'content-type': 'application/json' };
const TOKEN = { [SESSION_HEADER]: SESSION.token };

describe('the guard refuses', () => {
  it.each([
    {
      what: 'a name that resolves to this machine',
      method: 'GET',
      headers: { host: 'attacker.example:3001' },
    },
    { what: 'another port', method: 'GET', headers: { host: '127.0.0.1:3000' } },
    { what: 'no host', method: 'GET', headers: {} },
    { what: 'another origin', method: 'GET', headers: { ...OWN, origin: 'https://attacker.example' } },
    { what: 'the origin of a file', method: 'GET', headers: { ...OWN, origin: 'null' } },
    {
      what: 'another page on this machine',
      method: 'GET',
      headers: { ...OWN, origin: 'http://127.0.0.1:3000' },
    },
    { what: 'an image of another page', method: 'GET', headers: { ...OWN, 'sec-fetch-site': 'cross-site' } },
    { what: 'a change without the token', method: 'POST', headers: { ...OWN, ...JSON_TYPE } },
    {
      what: 'a change with another token',
      method: 'POST',
      headers: { ...OWN, ...JSON_TYPE, [SESSION_HEADER]: 'x' },
    },
    {
      what: 'a change as a form',
      method: 'POST',
      headers: { ...OWN, ...TOKEN, 'content-type': 'text/plain' },
    },
    {
      what: 'a change of another origin',
      method: 'POST',
      headers: { ...OWN, ...JSON_TYPE, ...TOKEN, origin: 'null' },
    },
  ])('$what', ({ method, headers }) => {
    expect(refuse({ method, headers }, SESSION)).toEqual(expect.any(String));
  });

  it.each([
    { what: 'a look', method: 'GET', headers: OWN },
    { what: 'a look by the other name', method: 'GET', headers: { host: 'localhost:3001' } },
    {
      what: 'a link of another page to it',
      method: 'GET',
      headers: { ...OWN, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
    },
    {
      what: 'a change of its own page',
      method: 'POST',
      headers: {
        ...OWN,
        ...JSON_TYPE,
        ...TOKEN,
        origin: 'http://127.0.0.1:3001',
        'sec-fetch-site': 'same-origin',
      },
    },
  ])('not $what', ({ method, headers }) => {
    expect(refuse({ method, headers }, SESSION)).toBeUndefined();
  });
});

describe('the server', () => {
  let server: ConsoleServer;
  const changes: string[] = [];
  beforeAll(async () => {
    const api = {
      read: async () => ({ body: { read: true } }),
      change: async (path: string) => {
        changes.push(path);
        return { body: { done: true } };
      },
      follow: () => () => {},
    };
    server = await startConsole(api, 0);
  });
  afterAll(() => server.close());

  const ask = (headers: Record<string, string>, method = 'POST') =>
    new Promise<number | undefined>((resolve, reject) => {
      const asked = request(`${server.url}/api/sweep`, { method, headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      asked.on('error', reject).end('{}');
    });
  const readToken = async (): Promise<string> => {
    const html = await (await fetch(server.url)).text();
    return /name="session" content="([^"]+)"/.exec(html)?.[1] ?? '';
  };

  it('changes nothing for a page that has no token, or comes by another name', async () => {
    const token = await readToken();
    expect(await ask(JSON_TYPE)).toBe(403);
    expect(await ask({ ...JSON_TYPE, [SESSION_HEADER]: token, host: 'attacker.example' })).toBe(403);
    expect(changes).toEqual([]);
    expect(await ask({ ...JSON_TYPE, [SESSION_HEADER]: token })).toBe(200);
    expect(changes).toEqual(['/api/sweep']);
  });

  it('lets its page load nothing from elsewhere, and nobody frame it', async () => {
    const { headers } = await fetch(server.url);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
  });
});

describe('the redaction', () => {
  const redaction = createRedaction(() => ['a webhook secret']);

  it('takes known secrets and whatever looks like a credential out of text', () => {
    const text = `a webhook secret, ghs_${'x'.repeat(36)}, -----BEGIN RSA PRIVATE KEY-----\nabc`;
    expect(redaction.text(text)).toBe('[redacted], [redacted], [redacted]');
  });

  it('takes the fields of credentials out of values, however they look', () => {
    const value = { token: 'short', list: [{ secret: 's', title: 'a webhook secret' }], tokens: 3 };
    expect(redaction.value(value)).toEqual({
      token: '[redacted]',
      list: [{ secret: '[redacted]', title: '[redacted]' }],
      tokens: 3,
    });
  });
});
