import { createPrivateKey, createPublicKey, verify } from 'node:crypto';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { createAppKey } from '../../local/github/app-key.ts';
import { createSecretsManager } from '../../local/aws/secrets-manager.ts';
import { createSecretReader } from '../../lib/aws/secrets-manager.ts';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { createSender } from '../../lib/github/api.ts';
import { createAppCalls } from '../../lib/github/app-calls.ts';
import { createAppIdentity } from '../../lib/github/app-identity.ts';
import { createAppJwtSource } from '../../lib/github/app-jwt.ts';
import { createKeySigner } from '../../lib/github/key-signer.ts';
import {
  APP_ID,
  CLIENT_ID,
  INSTALLATION_ID,
  ISSUES_WRITE,
  inTime,
  json,
  MINT,
  NOW,
  patience,
  PEM,
  recordingLog,
  startScene,
  fetchOverHttps,
  startServer,
  stubFetch,
} from './scene.ts';

const APP = { method: 'GET', path: '/app' } as const;
const OTHER = createAppKey();
const MINUTES = 60_000;
const REFUSED_TIME = {
  status: 401,
  body: { message: "'Expiration time' claim ('exp') is too far in the future" },
};

/** The calls of an App against whatever answers, with one good key. */
function callsTo(url: string, fetch = fetchOverHttps) {
  const { log, logged } = recordingLog();
  const signers = [createKeySigner(createPrivateKey(PEM))];
  const source = { signers: () => Promise.resolve(signers), refreshed: () => Promise.resolve(signers) };
  const jwts = createAppJwtSource(CLIENT_ID, () => NOW);
  return {
    call: createAppCalls({ send: createSender(url, fetch, SYSTEM_CLOCK), jwts, signers: source, log }),
    logged,
  };
}

describe('a JWT that GitHub refuses', () => {
  it('is no reason to go on for ever: one key, one call, one reading anew', async () => {
    await using scene = await startScene({ secretText: OTHER.privateKeyPem });
    await expect(scene.call(APP, patience())).rejects.toMatchObject({
      code: 'jwt_refused',
      disposition: 500,
    });
    expect(scene.asked()).toEqual(['GET /app 401']);
    expect(scene.secret.reads).toBe(2);
  });

  it('makes the secret be read anew at most once in 30 s', async () => {
    await using scene = await startScene({ secretText: OTHER.privateKeyPem });
    const refused = () => expect(scene.call(APP, patience())).rejects.toMatchObject({ code: 'jwt_refused' });
    await Promise.all(Array.from({ length: 10 }, refused));
    expect(scene.secret.reads).toBe(2);
    scene.clock.ms += 29_999;
    await refused();
    expect(scene.secret.reads).toBe(2);
    scene.clock.ms += 1;
    await refused();
    expect(scene.secret.reads).toBe(3);
  });

  it.each([
    { name: 'an App without a registered key', message: 'Integration must generate a public key' },
    { name: 'an issuer of the wrong type', message: "'Issuer' claim ('iss') must be an Integer" },
    { name: 'no credential at all', message: 'Bad credentials' },
  ])('as that of $name is a fault of its own', async ({ message }) => {
    await using scene = await startScene();
    scene.github.faults.next({}, { status: 401, body: { message } });
    await expect(scene.call(APP, patience())).rejects.toMatchObject({ code: 'jwt_refused' });
    expect(scene.asked()).toHaveLength(1);
  });

  it('for its times again and again is given up after the one correction', async () => {
    await using scene = await startScene();
    scene.github.faults.next({}, REFUSED_TIME, 10);
    await expect(scene.call(APP, patience())).rejects.toMatchObject({ code: 'jwt_refused' });
    expect(scene.asked()).toEqual(['GET /app 401', 'GET /app 401']);
  });

  it('for its times, by a server whose clock cannot be read, is not sent again', async () => {
    await using scene = await startScene();
    scene.github.faults.next({}, { ...REFUSED_TIME, headers: { date: 'some day' } }, 10);
    await expect(scene.call(APP, patience())).rejects.toMatchObject({ code: 'jwt_refused' });
    expect(scene.asked()).toHaveLength(1);
    const { fetch, requests } = stubFetch(() => json(REFUSED_TIME.body, 401));
    await expect(callsTo('https://api.github.com', fetch).call(APP, patience())).rejects.toMatchObject({
      code: 'jwt_refused',
    });
    expect(requests).toHaveLength(1);
  });

  it('is logged with the words of GitHub, and never shown', async () => {
    await using scene = await startScene({ secretText: OTHER.privateKeyPem });
    await scene.call(APP, patience()).catch(() => {});
    expect(scene.logged.join('\n')).toContain('A JSON web token could not be decoded');
    expect(scene.logged.join('\n')).not.toMatch(/eyJ|BEGIN/);
  });

  it('names an App that GitHub does not know: app_not_found, without a look at the keys', async () => {
    await using scene = await startScene({ appId: '999' });
    await expect(scene.call(APP, patience())).rejects.toMatchObject({
      code: 'app_not_found',
      disposition: 500,
    });
    expect(scene.asked()).toEqual(['GET /app 404']);
    expect(scene.secret.reads).toBe(1);
  });
});

describe('a secret that cannot be used', () => {
  it.each([
    {
      name: 'that fails to come',
      spoil: { failure: new Error('AccessDenied') },
      code: 'secrets_unavailable',
    },
    { name: 'without a value', spoil: { text: undefined }, code: 'private_key_unusable' },
    { name: 'without a key', spoil: { text: 'changeme' }, code: 'private_key_unusable' },
  ])('$name costs GitHub no call', async ({ spoil, code }) => {
    await using scene = await startScene();
    Object.assign(scene.secret, spoil);
    await expect(scene.call(APP, patience())).rejects.toMatchObject({ code });
    expect(scene.asked()).toEqual([]);
  });

  it('is read anew after 30 s where it held no key: somebody may have mended it', async () => {
    await using scene = await startScene({ secretText: 'changeme' });
    const refused = () =>
      expect(scene.call(APP, patience())).rejects.toMatchObject({ code: 'private_key_unusable' });
    await refused();
    const reads = scene.secret.reads;
    scene.secret.text = PEM;
    scene.clock.ms += 29_999;
    await refused();
    expect(scene.secret.reads).toBe(reads);
    scene.clock.ms += 1;
    await expect(scene.call(APP, patience())).resolves.toMatchObject({ status: 200 });
    expect(scene.secret.reads).toBe(reads + 1);
  });

  it.each([
    { name: 'without a value', text: undefined },
    { name: 'without a key', text: 'changeme' },
    { name: 'with half a key', text: PEM.slice(0, 800) },
  ])('$name does not take the place of the key that works, and is logged', async ({ text }) => {
    await using scene = await startScene();
    await scene.call(APP, patience());
    scene.secret.text = text;
    scene.clock.ms += 5 * MINUTES;
    await expect(scene.call(APP, patience())).resolves.toMatchObject({ status: 200 });
    expect(scene.logged.join('\n')).toContain('private key unusable');
    expect(scene.logged.join('\n')).not.toContain(PEM.slice(40, 60));

    const reads = scene.secret.reads;
    await scene.call(APP, patience());
    expect(scene.secret.reads).toBe(reads);
    scene.secret.text = OTHER.privateKeyPem;
    scene.github.registerKey(OTHER.publicKey);
    scene.github.removeKey(createPublicKey(PEM));
    scene.clock.ms += 30_000;
    await expect(scene.call(APP, patience())).resolves.toMatchObject({ status: 200 });
    expect(scene.secret.reads).toBe(reads + 1);
  });

  it('is asked for again by the next call where it failed to come', async () => {
    await using scene = await startScene();
    scene.secret.failure = new Error('Throttling');
    await expect(scene.call(APP, patience())).rejects.toMatchObject({ code: 'secrets_unavailable' });
    scene.secret.failure = undefined;
    await expect(scene.call(APP, patience())).resolves.toMatchObject({ status: 200 });
  });
});

describe('a clock that differs from GitHub’s', () => {
  it.each([
    { name: '20 min behind', skewMs: 20 * MINUTES },
    { name: '20 min ahead', skewMs: -20 * MINUTES },
    { name: 'a day behind', skewMs: 24 * 60 * MINUTES },
    { name: 'a day ahead', skewMs: -24 * 60 * MINUTES },
    { name: 'nine minutes behind', skewMs: 9 * MINUTES },
    { name: 'a minute and a second ahead', skewMs: -61_000 },
  ])('by being $name is corrected with one more call, for good', async ({ skewMs }) => {
    await using scene = await startScene({ skewMs });
    await expect(scene.call(APP, patience())).resolves.toMatchObject({ status: 200, body: { id: APP_ID } });
    await scene.call(APP, patience());
    expect(scene.asked()).toEqual(['GET /app 401', 'GET /app 200', 'GET /app 200']);
    expect(scene.secret.reads).toBe(1);
  });

  it.each([
    { name: 'ten years off', date: new Date(NOW + 10 * 365 * 24 * 60 * MINUTES) },
    { name: 'more than a day off', date: new Date(NOW - 25 * 60 * MINUTES * 60) },
  ])('is not corrected by a date that is $name: no clock is', async ({ date }) => {
    await using scene = await startScene();
    scene.github.faults.next({}, { ...REFUSED_TIME, headers: { date: date.toUTCString() } });
    await expect(scene.call(APP, patience())).rejects.toMatchObject({ code: 'jwt_refused' });
    await expect(scene.call(APP, patience())).resolves.toMatchObject({ status: 200 });
    expect(scene.asked()).toEqual(['GET /app 401', 'GET /app 200']);
  });

  it.each([
    { name: '8 min 59 s behind', skewMs: 9 * MINUTES - 1_000 },
    { name: 'a minute ahead', skewMs: -MINUTES },
  ])('by being $name is not even noticed', async ({ skewMs }) => {
    await using scene = await startScene({ skewMs });
    await scene.call(APP, patience());
    expect(scene.asked()).toEqual(['GET /app 200']);
  });

  it.each([
    { name: '20 min behind', skewMs: 20 * MINUTES },
    { name: '20 min ahead', skewMs: -20 * MINUTES },
  ])('by being $name is corrected at the mint, and the token lives by GitHub’s clock', async ({ skewMs }) => {
    await using scene = await startScene({ skewMs });
    const get = () => scene.mint.get(INSTALLATION_ID, ISSUES_WRITE, inTime());
    await get();
    expect(scene.asked()).toEqual([`POST ${MINT} 401`, `POST ${MINT} 201`]);
    scene.clock.ms += 55 * MINUTES - 2_000;
    await expect(get()).resolves.toMatchObject({ cached: true });
    scene.clock.ms += 2_000;
    await expect(get()).resolves.toMatchObject({ cached: false });
  });

  it('is corrected by calls side by side, each with one more', async () => {
    await using scene = await startScene({ skewMs: 20 * MINUTES });
    await Promise.all(Array.from({ length: 5 }, () => scene.call(APP, patience())));
    expect(scene.asked(/401$/)).toHaveLength(5);
    expect(scene.asked(/200$/)).toHaveLength(5);
  });
});

describe('a key that was rotated', () => {
  it('is read anew, once, and works', async () => {
    await using scene = await startScene();
    await scene.call(APP, patience());
    scene.github.registerKey(OTHER.publicKey);
    scene.github.removeKey(createPublicKey(PEM));
    scene.secret.text = OTHER.privateKeyPem;
    await scene.call(APP, patience());
    await scene.call(APP, patience());
    expect(scene.asked()).toEqual(['GET /app 200', 'GET /app 401', 'GET /app 200', 'GET /app 200']);
    expect(scene.secret.reads).toBe(2);
  });

  it('is found by all calls side by side', async () => {
    await using scene = await startScene();
    await scene.call(APP, patience());
    scene.github.registerKey(OTHER.publicKey);
    scene.github.removeKey(createPublicKey(PEM));
    scene.secret.text = OTHER.privateKeyPem;
    const answers = await Promise.all(Array.from({ length: 8 }, () => scene.call(APP, patience())));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200, 200, 200]);
    expect(scene.secret.reads).toBe(2);
  });

  it('is found in Secrets Manager itself', async () => {
    const secrets = await createSecretsManager();
    await using _ = { [Symbol.asyncDispose]: () => secrets.close() };
    secrets.put('private-key', JSON.stringify({ privateKey: OTHER.privateKeyPem }));
    const client = new SecretsManagerClient({
      endpoint: secrets.url,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    await using scene = await startScene({ readSecret: createSecretReader(client) });
    await expect(scene.call(APP, patience())).rejects.toMatchObject({ code: 'jwt_refused' });
    secrets.put('private-key', JSON.stringify({ privateKey: [PEM, OTHER.privateKeyPem] }));
    scene.clock.ms += 30_000;
    await expect(scene.call(APP, patience())).resolves.toMatchObject({ status: 200 });
    client.destroy();
  });
});

describe('of two keys', () => {
  it('the first signs', async () => {
    const { fetch, requests } = stubFetch((url, init) => fetchOverHttps(url, init));
    const secretText = JSON.stringify({ privateKey: [OTHER.privateKeyPem, PEM] });
    await using scene = await startScene({ fetch, secretText });
    scene.github.registerKey(OTHER.publicKey);
    await scene.call(APP, patience());
    const [header, payload, signature = ''] = (requests[0]?.headers.get('authorization') ?? '')
      .replace(/^Bearer /, '')
      .split('.');
    const signed = Buffer.from(`${header}.${payload}`);
    expect(verify('sha256', signed, OTHER.publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
    expect(scene.asked()).toEqual(['GET /app 200']);
  });

  it('the second is tried where GitHub cannot decode, and comes first from then on', async () => {
    const secretText = JSON.stringify({ privateKey: [OTHER.privateKeyPem, PEM] });
    await using scene = await startScene({ secretText });
    await scene.call(APP, patience());
    await scene.call(APP, patience());
    expect(scene.asked()).toEqual(['GET /app 401', 'GET /app 200', 'GET /app 200']);
    expect(scene.secret.reads).toBe(1);
  });

  it('each is tried with the right clock, within four calls', async () => {
    const secretText = JSON.stringify({ privateKey: [OTHER.privateKeyPem, PEM] });
    await using scene = await startScene({ secretText, skewMs: 20 * MINUTES });
    await expect(scene.call(APP, patience())).resolves.toMatchObject({ status: 200 });
    expect(scene.asked().length).toBeLessThanOrEqual(4);
  });

  it('that GitHub takes neither of ends after one round', async () => {
    const secretText = JSON.stringify({ privateKey: [OTHER.privateKeyPem, createAppKey().privateKeyPem] });
    await using scene = await startScene({ secretText });
    await expect(scene.call(APP, patience())).rejects.toMatchObject({ code: 'jwt_refused' });
    expect(scene.asked()).toEqual(['GET /app 401', 'GET /app 401']);
  });
});

describe.concurrent('an outage', () => {
  it.each([
    { name: '500', fault: { status: 500 } },
    { name: '502 with a page of a proxy', fault: { status: 502, body: '<html>' } },
    { name: '503', fault: { status: 503, headers: { 'retry-after': '120' } } },
    { name: 'a cut connection', fault: { reset: true } },
    { name: 'a connection cut after the call took effect', fault: { resetAfter: true } },
  ] as const)('of two calls ($name) is got over', async ({ fault }) => {
    await using scene = await startScene();
    scene.github.faults.next({ path: /access_tokens/ }, fault, 2);
    await expect(scene.mint.get(INSTALLATION_ID, ISSUES_WRITE, inTime())).resolves.toMatchObject({
      cached: false,
    });
    expect(scene.asked()).toHaveLength(3);
  });

  it.each([
    { name: '502', fault: { status: 502 } },
    { name: 'a cut connection', fault: { reset: true } },
  ] as const)('of three calls ($name) is told', async ({ fault }) => {
    await using scene = await startScene();
    scene.github.faults.next({}, fault, 3);
    await expect(scene.call(APP, patience())).rejects.toMatchObject({
      code: 'github_unavailable',
      disposition: 502,
    });
    expect(scene.asked()).toHaveLength(3);
  });

  it('that cuts an answer in its middle is one too', async () => {
    await using server = await startServer(() => ({
      status: 200,
      headers: { 'content-length': '9000', 'content-type': 'application/json', connection: 'close' },
      body: '{"id":4711,',
    }));
    await expect(callsTo(server.url).call(APP, patience())).rejects.toMatchObject({
      code: 'github_unavailable',
    });
    expect(server.requests).toHaveLength(3);
  });

  it('of nobody listening is told', async () => {
    const server = await startServer(() => 'reset');
    await server[Symbol.asyncDispose]();
    await expect(callsTo(server.url).call(APP, patience())).rejects.toMatchObject({
      code: 'github_unavailable',
    });
  });

  it.each(['call', 'mint'] as const)('by silence ends with the time of the delivery (%s)', async (what) => {
    await using scene = await startScene();
    scene.github.faults.next({}, { silence: true }, 3);
    const delivery = new AbortController();
    const asking =
      what === 'call'
        ? scene.call(APP, delivery.signal)
        : scene.mint.get(INSTALLATION_ID, ISSUES_WRITE, inTime(delivery.signal));
    asking.catch(() => {}); // looked at below
    await expect.poll(() => scene.github.calls.length).toBe(1);
    delivery.abort();
    await expect(asking).rejects.toMatchObject({ code: 'github_unavailable' });
    expect(scene.asked()).toHaveLength(1);
  });

  it('by the silence of one connection leaves time for another', async () => {
    await using scene = await startScene();
    scene.github.faults.next({}, { silence: true });
    await expect(scene.call(APP, AbortSignal.timeout(8_250))).resolves.toMatchObject({ status: 200 });
  });
});

const elsewhere = (url: string) => [
  { name: 'another port', location: `${url}/app` },
  { name: 'a location without a scheme', location: `${url.replace('http:', '')}/app` },
  {
    name: 'a name that looks like GitHub’s',
    location: `http://api.github.com@${url.slice('http://'.length)}/app`,
  },
  { name: 'another scheme', location: 'https://127.0.0.1/app' },
  { name: 'no HTTP at all', location: 'file:///etc/passwd' },
];

describe.concurrent('a redirect', () => {
  it.each([301, 302, 307, 308])(
    '(%i) to another host is a fault and carries no JWT there',
    async (status) => {
      await using other = await startServer(() => ({ status: 200, body: '{"id":1}' }));
      await using scene = await startScene();
      for (const { location } of elsewhere(other.url)) {
        scene.github.faults.next({}, { status, headers: { location } });
        await expect(scene.call(APP, patience())).rejects.toMatchObject({
          code: 'redirected_elsewhere',
          disposition: 500,
        });
      }
      expect(other.requests).toEqual([]);
      expect(scene.asked()).toHaveLength(5);
    },
  );

  it('(303) to another host is not followed either', async () => {
    await using other = await startServer(() => ({ status: 200, body: '{"id":1}' }));
    await using scene = await startScene();
    scene.github.faults.next({}, { status: 303, headers: { location: `${other.url}/app` } });
    await expect(scene.call(APP, patience())).resolves.toMatchObject({ status: 303 });
    expect(other.requests).toEqual([]);
  });

  it('of a mint to another host is a fault and mints nothing', async () => {
    await using other = await startServer(() => ({ status: 201, body: '{"token":"ghs_evil"}' }));
    await using scene = await startScene();
    scene.github.faults.next({}, { status: 307, headers: { location: `${other.url}${MINT}` } });
    await expect(scene.mint.get(INSTALLATION_ID, ISSUES_WRITE, inTime())).rejects.toMatchObject({
      code: 'redirected_elsewhere',
    });
    expect(other.requests).toEqual([]);
  });

  it('within the host, then to another, is a fault as well', async () => {
    await using other = await startServer(() => ({ status: 200, body: '{"id":1}' }));
    await using server = await startServer(({ path }) => ({
      status: 301,
      headers: { location: path === '/app' ? '/moved' : `${other.url}/app` },
    }));
    await expect(callsTo(server.url).call(APP, patience())).rejects.toMatchObject({
      code: 'redirected_elsewhere',
    });
    expect(server.requests.map(({ path }) => path)).toEqual(['/app', '/moved']);
    expect(other.requests).toEqual([]);
  });

  it('within the host is followed with method, body and JWT', async () => {
    await using server = await startServer(({ path }) =>
      path === '/old' ? { status: 307, headers: { location: 'new' } } : { status: 201, body: '{}' },
    );
    const { call } = callsTo(server.url);
    await expect(call({ method: 'POST', path: '/old', body: { a: 1 } }, patience())).resolves.toMatchObject({
      status: 201,
    });
    const [first, second] = server.requests;
    expect(second).toMatchObject({ method: 'POST', path: '/new', body: '{"a":1}' });
    expect(second?.headers.authorization).toBe(first?.headers.authorization);
  });

  it('of a renamed repository is followed', async () => {
    await using scene = await startScene();
    await scene.github.rename('octo-org/hello-world', 'octo-org/hello-moon');
    const path = '/repos/octo-org/hello-world/installation';
    await expect(scene.call({ method: 'GET', path }, patience())).resolves.toMatchObject({
      status: 200,
      body: { id: INSTALLATION_ID },
    });
    expect(scene.asked()).toEqual([`GET ${path} 301`, 'GET /repositories/186853002/installation 200']);
  });

  it('in a circle ends', async () => {
    await using server = await startServer(() => ({ status: 302, headers: { location: '/app' } }));
    await expect(callsTo(server.url).call(APP, patience())).resolves.toMatchObject({ status: 302 });
    expect(server.requests.length).toBeLessThanOrEqual(5);
  });
});

const reset = (seconds: number): string => String(1_795_348_800 + seconds);

describe.concurrent('a rate limit', () => {
  const message = 'API rate limit exceeded for installation ID 35490125.';
  const secondary =
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
  it.each([
    {
      name: 'primary, with its reset',
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset(754) },
      message,
      seconds: 754,
    },
    {
      name: 'primary, as 429',
      status: 429,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset(10) },
      message,
      seconds: 10,
    },
    {
      name: 'primary, reset just now',
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset(0) },
      message,
      seconds: 1,
    },
    {
      name: 'secondary, with its wait',
      status: 403,
      headers: { 'retry-after': '45' },
      message: secondary,
      seconds: 45,
    },
    { name: 'secondary, in words alone', status: 403, headers: {}, message: secondary, seconds: 60 },
    { name: '429 without a word', status: 429, headers: {}, message: '', seconds: 60 },
    {
      name: 'both headers: the wait goes first',
      status: 403,
      headers: { 'retry-after': '7', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset(754) },
      message,
      seconds: 7,
    },
    { name: 'a wait of nothing', status: 429, headers: { 'retry-after': '0' }, message, seconds: 1 },
    {
      name: 'a wait that is no number of whole seconds',
      status: 429,
      headers: { 'retry-after': '1.5' },
      message,
      seconds: 60,
    },
    {
      name: 'a wait of over an hour',
      status: 429,
      headers: { 'retry-after': '86400' },
      message,
      seconds: 3_600,
    },
    {
      name: 'primary, reset in over an hour',
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset(86_400) },
      message,
      seconds: 3_600,
    },
  ])(
    '($name) is told with its seconds, and not tried against',
    async ({ status, headers, seconds, ...refusal }) => {
      await using scene = await startScene();
      scene.github.faults.next({}, { status, headers, body: { message: refusal.message } });
      await expect(scene.call(APP, patience())).rejects.toMatchObject({
        code: 'app_rate_limited',
        disposition: 503,
        retryAfterSeconds: seconds,
      });
      expect(scene.asked()).toHaveLength(1);
      expect(scene.secret.reads).toBe(1);
    },
  );

  it('is reckoned by GitHub’s clock', async () => {
    await using scene = await startScene({ skewMs: 20 * MINUTES });
    await scene.call(APP, patience());
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset(1_230) };
    scene.github.faults.next({}, { status: 403, headers });
    await expect(scene.call(APP, patience())).rejects.toMatchObject({ retryAfterSeconds: 30 });
  });

  it('is not what a suspension or a plain 403 is', async () => {
    await using scene = await startScene();
    for (const words of ['This installation has been suspended', 'Resource not accessible by integration']) {
      scene.github.faults.next({}, { status: 403, body: { message: words } });
      await expect(scene.call(APP, patience())).resolves.toMatchObject({ status: 403 });
    }
  });
});

describe('the numeric id of the App', () => {
  it('is asked for once where the configuration has the client id', async () => {
    await using scene = await startScene();
    const identity = createAppIdentity(CLIENT_ID, scene.call);
    await expect(identity.numericId(patience())).resolves.toBe(4711);
    await expect(identity.numericId(patience())).resolves.toBe(4711);
    expect(scene.asked()).toEqual(['GET /app 200']);
  });

  it('is known without asking where the configuration has it', async () => {
    await using scene = await startScene();
    const identity = createAppIdentity('4711', scene.call);
    await expect(identity.numericId(patience())).resolves.toBe(4711);
    expect(scene.asked()).toEqual([]);
  });

  it.each([
    { name: 'is missing', body: {} },
    { name: 'is a text', body: { id: '4711' } },
    { name: 'is no JSON', body: '<html>' },
  ])('that $name in the answer is a fault, and asked for again', async ({ body }) => {
    await using scene = await startScene();
    const identity = createAppIdentity(CLIENT_ID, scene.call);
    scene.github.faults.next({}, { status: 200, body });
    await expect(identity.numericId(patience())).rejects.toMatchObject({ code: 'github_unexpected' });
    await expect(identity.numericId(patience())).resolves.toBe(4711);
  });
});

it('every call says which version of the API it means, and who it is', async () => {
  const { fetch, requests } = stubFetch(() => json({}));
  await callsTo('https://api.github.com', fetch).call(APP, patience());
  const { url, headers } = requests[0] ?? {};
  expect(url).toBe('https://api.github.com/app');
  expect(headers?.get('x-github-api-version')).toBe('2022-11-28');
  expect(headers?.get('user-agent')).toBe('hookmint');
  expect(headers?.get('accept')).toBe('application/vnd.github+json');
});

it('goes below the path of an Enterprise Server', async () => {
  const { fetch, requests } = stubFetch(() => json({}));
  await callsTo('https://ghe.example.com/api/v3', fetch).call(APP, patience());
  expect(requests[0]?.url).toBe('https://ghe.example.com/api/v3/app');
});
