import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readGrants } from '../../cli/grants/read-grants.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import { createGitHub } from '../../local/github/server.ts';
import { type FrontDoor, openFrontDoor } from '../../local/aws/function-url.ts';
import { readFixture, toSignedRequest } from '../../local/fixtures/fixtures.ts';
import { readRecordedRoutes } from '../../local/runs/recorded-routes.ts';
import { loadHandlerSettings } from '../../local/server/handler-settings.ts';
import { loadLocalSettings } from '../../local/server/settings.ts';
import { createNarrator } from '../../local/terminal/narrate.ts';
import type { Exchange } from '../../local/terminal/watch.ts';
import { loadWorld, sign } from '../harness/deliver.ts';
import { toFunctionUrlEvent } from '../harness/function-url-event.ts';
import { makeProject, type LocalProject, type LocalServer } from '../harness/local-project.ts';

const GUID = /[0-9a-f]{8}-[0-9a-f-]{27}/;

describe('the front door', () => {
  let door: FrontDoor;
  let events: LambdaFunctionURLEvent[];

  const open = async (answer: (event: LambdaFunctionURLEvent) => unknown = () => ({ statusCode: 200 })) => {
    events = [];
    door = await openFrontDoor(0);
    door.serve(async (event) => {
      events.push(event);
      return answer(event);
    });
  };
  afterEach(() => door.close());

  const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    fetch(door.url, { method: 'POST', body, headers });

  it('hands on the exact bytes of JSON as text', async () => {
    await open();
    const body = '{"title":"Grüße 👋",\r\n  "n": 1.0 }';
    await post(body, { 'content-type': 'application/json; charset=utf-8' });
    expect(events[0]).toMatchObject({ body, isBase64Encoded: false });
  });

  it.each([
    {
      what: 'a form',
      type: 'application/x-www-form-urlencoded',
      body: 'payload=%7B%7D',
      base64: 'cGF5bG9hZD0lN0IlN0Q=',
    },
    { what: 'a body without a content type', type: undefined, body: '{}', base64: 'e30=' },
    { what: 'JSON under a name of its own', type: 'application/vnd.github+json', body: '{}', base64: 'e30=' },
    {
      what: 'text that is not UTF-8',
      type: 'application/json',
      body: Buffer.from([0xff, 0x7b]),
      base64: '/3s=',
    },
  ])('hands on $what as base64', async ({ type, body, base64 }) => {
    await open();
    const bytes = new Uint8Array(Buffer.from(body));
    await post(bytes, type === undefined ? {} : { 'content-type': type });
    expect(events[0]).toMatchObject({ body: base64, isBase64Encoded: true });
  });

  it('lower-cases the names of headers and joins repeated ones', async () => {
    await open();
    const outgoing = request(door.url, {
      method: 'POST',
      headers: { 'X-GitHub-Event': 'ping', 'X-Hub-Signature-256': ['sha256=a', 'sha256=b'] },
    });
    outgoing.end();
    const [response]: IncomingMessage[] = await once(outgoing, 'response');
    response?.resume();
    expect(events[0]?.headers).toMatchObject({
      'x-github-event': 'ping',
      'x-hub-signature-256': 'sha256=a,sha256=b',
    });
  });

  it('takes any method on any path, and says when and from where', async () => {
    await open();
    const before = Date.now();
    await fetch(`${door.url}/a/b%20c?d=e&f`, { method: 'PUT', headers: { 'user-agent': 'someone' } });
    const { rawPath, rawQueryString, version, requestContext } = events[0] ?? {};
    expect({ rawPath, rawQueryString, version }).toEqual({
      rawPath: '/a/b%20c',
      rawQueryString: 'd=e&f',
      version: '2.0',
    });
    expect(requestContext?.http).toMatchObject({
      method: 'PUT',
      path: '/a/b%20c',
      sourceIp: '127.0.0.1',
      userAgent: 'someone',
    });
    expect(requestContext?.timeEpoch).toBeGreaterThanOrEqual(before);
    expect(requestContext?.requestId).toMatch(GUID);
  });

  it.each([
    { what: 'text of 6 MB', type: 'text/plain', bytes: 6_291_456, status: 200 },
    { what: 'text of one byte more', type: 'text/plain', bytes: 6_291_457, status: 413 },
    { what: 'bytes that are over 6 MB as base64', type: 'image/png', bytes: 5_000_000, status: 413 },
  ])('answers $status to $what', async ({ type, bytes, status }) => {
    await open();
    const response = await post('x'.repeat(bytes), { 'content-type': type });
    expect(response.status).toBe(status);
    expect(events).toHaveLength(status === 200 ? 1 : 0);
  });

  it('answers as the function says', async () => {
    const body = Buffer.from('hello').toString('base64');
    await open(() => ({ statusCode: 503, headers: { 'retry-after': '30' }, body, isBase64Encoded: true }));
    const response = await post('');
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([
      503,
      '30',
      'hello',
    ]);
  });

  it('answers 502 where the function throws', async () => {
    await open(() => {
      throw new Error('boom');
    });
    const response = await post('');
    expect([response.status, await response.json()]).toEqual([502, { Message: 'Internal Server Error' }]);
  });

  it('lets a request wait for the function', async () => {
    door = await openFrontDoor(0);
    const early = fetch(door.url);
    door.serve(async () => ({ statusCode: 204 }));
    expect((await early).status).toBe(204);
  });
});

describe('the settings', () => {
  let project: LocalProject;
  beforeAll(async () => {
    project = await makeProject();
    await project.write('app.pem', createAppKey().privateKeyPem);
  });
  afterAll(() => project.remove());

  const load = (env: Record<string, string> = {}) => loadLocalSettings(project.folder, env);
  const REAL = { GITHUB_APP_ID: '31415', GITHUB_PRIVATE_KEY_FILE: 'app.pem', GITHUB_WEBHOOK_SECRET: 's' };

  it('need nothing at all', async () => {
    await project.write('.env', '');
    expect(await load()).toEqual({
      port: 3000,
      webhookSecret: undefined,
      github: { kind: 'stand-in' },
      passedOn: {},
    });
  });

  it('come from .env, and from the environment first', async () => {
    await project.write(
      '.env',
      'GITHUB_APP_ID=1\nGITHUB_PRIVATE_KEY_FILE=app.pem\nGITHUB_WEBHOOK_SECRET=s\nPORT=1',
    );
    const { port, github } = await load({ PORT: '2', GITHUB_APP_ID: 'Iv23abc' });
    expect({ port, github }).toMatchObject({ port: 2, github: { kind: 'real', appId: 'Iv23abc' } });
    await project.write('.env', '');
  });

  it('take a blank variable for a missing one', async () => {
    expect(await load({ GITHUB_APP_ID: '', GITHUB_API_URL: ' ' })).toMatchObject({
      github: { kind: 'stand-in' },
    });
  });

  it('of handlers are each read by its own name, and a secret among them goes into Secrets Manager', async () => {
    const declared = { NOTIFY_URL: 'text', NOTIFY_TOKEN: 'secret' } as const;
    await project.write('.env', 'NOTIFY_TOKEN=s3cret\nNOTIFY_URL=\n');
    await expect(loadHandlerSettings(project.folder, {}, declared)).rejects.toThrow(
      /^NOTIFY_URL is missing: handlers declare it as a text. Write it into .env$/,
    );
    const env = { NOTIFY_URL: 'https://chat.example' };
    expect(await loadHandlerSettings(project.folder, env, declared)).toEqual({
      variables: {
        NOTIFY_URL: 'https://chat.example',
        NOTIFY_TOKEN_SECRET_ID: 'hookmint/settings/NOTIFY_TOKEN',
      },
      secrets: { 'hookmint/settings/NOTIFY_TOKEN': 's3cret' },
    });
    await project.write('.env', '');
  });

  it.each([
    { dotEnv: 'APP_ID=1', says: 'APP_ID in .env is not read. It is called GITHUB_APP_ID' },
    { dotEnv: 'GITHUB_APPID=1', says: 'It is called GITHUB_APP_ID' },
    {
      dotEnv: 'PRIVATE_KEY="-----BEGIN"',
      says: 'It is called GITHUB_PRIVATE_KEY_FILE, the path of the .pem file',
    },
    { dotEnv: 'WEBHOOK_SECRET=s', says: 'It is called GITHUB_WEBHOOK_SECRET' },
    { dotEnv: 'GHE_HOST=git.example', says: 'It is called GITHUB_API_URL: https://HOST/api/v3' },
  ])("by Probot's names are refused, and the name that is meant is told: $says", async ({ dotEnv, says }) => {
    await project.write('.env', `${dotEnv}\n`);
    await expect(load()).rejects.toThrow(says);
    await project.write('.env', `${dotEnv}\nGITHUB_APP_ID=\n`);
    await expect(load()).rejects.toThrow(says);
    await project.write('.env', '');
  });

  it('take GITHUB_API_URL alone for another stand-in, if it is on this machine', async () => {
    const near = await load({ GITHUB_API_URL: 'http://127.0.0.1:4000/' });
    const far = await load({ GITHUB_API_URL: 'https://api.github.com' });
    expect([near.github, far.github]).toEqual([
      { kind: 'other-stand-in', apiUrl: 'http://127.0.0.1:4000' },
      { kind: 'stand-in' },
    ]);
  });

  it.each([
    { env: { ...REAL, GITHUB_APP_ID: '' }, problem: 'GITHUB_APP_ID is missing' },
    {
      env: { ...REAL, GITHUB_APP_ID: 'my app!' },
      problem: 'GITHUB_APP_ID is neither a client id nor a number',
    },
    { env: { ...REAL, GITHUB_PRIVATE_KEY_FILE: '' }, problem: 'GITHUB_PRIVATE_KEY_FILE is missing' },
    { env: { ...REAL, GITHUB_PRIVATE_KEY_FILE: 'no.pem' }, problem: 'a file that cannot be read (ENOENT)' },
    {
      env: { ...REAL, GITHUB_PRIVATE_KEY_FILE: 'package.json' },
      problem: "where the App's private key belongs",
    },
    { env: { ...REAL, GITHUB_PRIVATE_KEY_FILE: '-----BEGIN RSA' }, problem: 'takes the path' },
    { env: { ...REAL, GITHUB_WEBHOOK_SECRET: '' }, problem: 'GITHUB_WEBHOOK_SECRET is missing' },
    {
      env: { ...REAL, GITHUB_API_URL: 'http://ghes.test' },
      problem: 'GITHUB_API_URL must begin with https://',
    },
    { env: { PORT: 'x1' }, problem: 'PORT is not a number' },
    { env: { LOG_LEVEL: 'loud' }, problem: 'LOG_LEVEL is none of' },
  ])('are refused: $problem', async ({ env, problem }) => {
    const refusal = await load(env).catch(String);
    expect(refusal).toContain(problem);
    expect(refusal).not.toMatch(/no\.pem|package\.json|BEGIN|my app|ghes|x1|loud/);
  });

  it('are refused with every problem at once', async () => {
    await expect(load({ GITHUB_APP_ID: '1', PORT: 'x' })).rejects.toThrow(/PORT[^]*SECRET[^]*KEY_FILE/);
  });
});

const call = (path: string, tokenSha256: string) =>
  ({
    method: 'GET',
    path,
    status: 200,
    credential: 'token',
    tokenSha256,
    at: new Date(0),
    requestId: path,
  }) as const;
const exchange = (headers: Record<string, string>, more: Partial<Exchange> = {}): Exchange => ({
  request: toFunctionUrlEvent({ 'content-type': 'application/json', ...headers }),
  status: 200,
  answer: { outcome: 'handled' },
  lines: [],
  calls: [],
  durationMs: 1,
  overlapped: false,
  ...more,
});

describe('the story of a delivery', () => {
  const tokens = [
    { sha256: 'a', permissions: { issues: 'write' } },
    { sha256: 'b', permissions: { contents: 'read', checks: 'write' } },
  ].map(({ sha256, permissions }) => ({
    sha256,
    grant: { installationId: 1, permissions, repositoryIds: [7] },
    issuedAt: new Date(0),
    expiresAt: new Date(0),
    revoked: false,
  }));
  const narrator = createNarrator({ paint: (_, text) => text, width: 100, tokens });
  it('gives each handler the calls of its own token', () => {
    const lines = [
      { message: 'handler', handler: 'one', grant: 'checks=write, contents=read on 7' },
      { message: 'handler', handler: 'two', grant: 'issues=write on 7' },
    ];
    const handlers = [
      { name: 'one', outcome: 'handled' },
      { name: 'two', outcome: 'handled' },
    ];
    const calls = [call('/two', 'a'), call('/one', 'b')];
    const told = narrator.exchange(exchange({}, { answer: { outcome: 'handled', handlers }, lines, calls }));
    expect(told).toMatch(/one +handled[^]*\/one[^]*two +handled[^]*\/two/);
  });

  it.each([
    {
      says: 'issues=write or pull_requests=write',
      tells: [
        'For POST /repos/{owner}/{repo}/check-runs GitHub asks for issues=write or pull_requests=write, and its documentation says checks=write.',
      ],
    },
    { says: 'checks=write', tells: [] },
  ])('names what GitHub asks for, $says, and its documentation where that differs', ({ says, tells }) => {
    const path = '/repos/octo-org/widgets/check-runs';
    const refused = { ...call(path, 'b'), method: 'POST', status: 403 };
    const handlers = [{ name: 'one', outcome: 'failed', reason: `permission_missing: ${says}` }];
    const lines = [{ message: 'handler', handler: 'one', grant: 'checks=write, contents=read on 7' }];
    const told = narrator.exchange(
      exchange({}, { answer: { outcome: 'failed', handlers }, lines, calls: [refused] }),
    );
    const found = told.split('\n').filter((line) => line.includes('GitHub asks for'));
    expect(found.map((line) => line.trim())).toEqual(tells);
  });

  it('says where a permission stands that the stand-in has not granted, and nothing of that with a real App', () => {
    const handlers = [{ name: 'one', outcome: 'skipped', reason: 'permission_not_granted: contents=read' }];
    const skipped = exchange({}, { answer: { outcome: 'skipped', handlers } });
    const hint = 'Add it to installations[].permissions in functions/fixtures/world.json';
    const local = createNarrator({ paint: (_, text) => text, width: 100, tokens, isStandIn: true });
    expect(local.exchange(skipped)).toContain(hint);
    expect(narrator.exchange(skipped)).not.toContain(hint);
  });

  it('shows no control characters of a sender', () => {
    const told = narrator.exchange(
      exchange({ 'x-github-event': 'is\u001b[2Jsues\u202e', 'x-github-delivery': '\u0007' }),
    );
    // oxlint-disable-next-line no-control-regex
    expect(told).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(told).toContain('is·[2Jsues·');
  });

  it.each([
    { payload: { issue: { number: 3 }, repository: { full_name: 'acme/pump' } }, about: 'acme/pump#3' },
    { payload: { issue: { number: 3 }, sender: { login: 'mona' } }, about: '#3 by mona' },
    { payload: { installation: { account: { login: 'acme' } } }, about: 'acme' },
    { payload: {}, about: '' },
  ])('has a headline about $about, whatever the payload lacks', ({ payload, about }) => {
    const issues = exchange({ 'x-github-event': 'issues' });
    const told = narrator.exchange({
      ...issues,
      request: { ...issues.request, body: JSON.stringify(payload) },
    });
    const [headline = ''] = told.split('\n');
    expect(headline.replaceAll(/ {2,}/g, ' | ').trim()).toBe(
      ['| ✓ issues', ...(about === '' ? [] : [about]), '200 handled', '1 ms'].join(' | '),
    );
  });

  it('says why a request was refused', () => {
    const rejected = {
      status: 401,
      answer: { outcome: 'rejected' },
      lines: [{ message: 'rejected', reason: 'signature_mismatch' }],
    };
    expect(narrator.exchange(exchange({ 'x-github-event': 'push' }, rejected))).toMatch(
      /✗ push +401 rejected[^]*signature_mismatch: X-Hub-Signature-256 was not made from this body/,
    );
  });
});

describe('npm start', () => {
  let project: LocalProject;
  let server: LocalServer;
  beforeAll(async () => {
    project = await makeProject();
    server = await project.start();
  });
  afterAll(() => project.remove());

  it.each([
    ['ping', 'ping', '202 ignored'],
    ['installation.created', 'installation-created', '200 handled'],
    ['issues.opened', 'issues-opened-by-member', '202 ignored'],
    ['issues.opened', 'issues-opened-first-time', '200 handled'],
    ['pull_request.opened', 'pull-request-opened', '200 handled'],
    ['pull_request.opened', 'pull-request-opened-from-fork', '200 handled'],
    ['pull_request.edited', 'pull-request-edited-body', '202 ignored'],
    ['pull_request.edited', 'pull-request-edited-title', '200 handled'],
    ['pull_request.reopened', 'pull-request-reopened', '200 handled'],
    ['pull_request.synchronize', 'pull-request-synchronize', '200 handled'],
    ['push', 'push', '202 ignored'],
    ['installation.suspend', 'installation-suspend', '200 handled'],
    ['installation.unsuspend', 'installation-unsuspend', '200 handled'],
    ['installation.deleted', 'installation-deleted', '200 handled'],
  ])('sends %s as recorded in %s: %s', (event, name, ending) => {
    const story = server
      .output()
      .split(/\n\n/)
      .find((part) => part.includes(` ${name}.json`));
    expect(story?.split('\n')[0]).toMatch(
      new RegExp(`^  . ${event.replace('.', '\\.')}  .*${ending} +\\d+ ms$`),
    );
  });

  it('tells how a delivery was handled', () => {
    const story = server
      .output()
      .split(/\n\n/)
      .find((part) => part.includes('issues-opened-first-time'));
    expect(
      story
        ?.replaceAll(/\d+ ms/g, 'N ms')
        .replaceAll(/ +/g, ' ')
        .split('\n'),
    ).toEqual([
      ' ✓ issues.opened octo-org/widgets#14 by monalisa 200 handled N ms',
      ' 23a1fd33-35bb-11f1-8839-c6667a27df1d installation 51230417 issues-opened-first-time.json',
      ' issues.opened handled N ms token minted: issues=write on octo-org/widgets',
      ' → POST /app/installations/51230417/access_tokens 201',
      expect.stringContaining(' → GET /repos/octo-org/widgets/issues?creator=monalisa'),
      ' → GET /repos/octo-org/widgets/issues/14/comments?per_page=100&page=1 200',
      ' → POST /repos/octo-org/widgets/issues/14/comments 201',
    ]);
  });

  it('keeps the webhook secret in a file for its owner alone, and shows where, not what', async () => {
    const secret = await project.read('.hookmint/webhook-secret');
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(await project.modeOf('.hookmint/webhook-secret')).toBe('600');
    expect(await project.modeOf('.hookmint')).toBe('700');
    expect(server.output()).toContain('.hookmint/webhook-secret');
    expect(server.output()).not.toContain(secret);
  });

  it('answers 401 to an unsigned request, on any path, and tells of it', async () => {
    const from = server.output().length;
    const headers = { 'content-type': 'application/json', 'x-github-event': 'issues' };
    const response = await fetch(`${server.url}/any/path`, { method: 'POST', headers, body: '{}' });
    expect([response.status, await response.json()]).toEqual([401, { outcome: 'rejected' }]);
    await server.until('signature_missing', from);
  });

  it('is what hookmint trigger sends to', async () => {
    const from = server.output().length;
    const { code, output } = await project.run('trigger', {
      args: ['pull-request-edited-title', '--form'],
      env: { PORT: server.port },
    });
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toMatch(/200 {2}\{"delivery":"[0-9a-f-]{36}","event":"pull_request","outcome":"handled"/);
    await server.until('token cached: checks=write on octo-org/widgets', from);
  });

  it('says so where the port is taken, and ends with 2', async () => {
    const { code, output } = await project.run('dev', { env: { PORT: server.port } });
    expect(code).toBe(2);
    expect(output).toMatch(/^Port \d+ is taken[^\n]*PORT=\d+ npm start\n$/);
  });

  it('handles a delivery once', async () => {
    const from = server.output().length;
    const { output } = await project.run('trigger', {
      args: ['issues-opened-first-time', '--delivery', '23a1fd33-35bb-11f1-8839-c6667a27df1d'],
      env: { PORT: server.port },
    });
    expect(output).toMatch(/200 {2}\{.*"outcome":"duplicate"/);
    await server.until('200 duplicate', from);
  });

  it('refuses what it does not know', async () => {
    const { code, output } = await project.run('dev', { args: ['--queue'] });
    expect([code, output]).toEqual([2, expect.stringContaining("unknown option '--queue'")]);
  });

  it('shares the webhook secret with a second server, and not the ledger', async () => {
    const secret = await project.read('.hookmint/webhook-secret');
    const second = await project.start();
    expect(await project.read('.hookmint/webhook-secret')).toBe(secret);
    expect(second.output()).toContain('Another server has the ledger in .hookmint/ledger');
    expect(await second.stop('SIGTERM')).toBe(0);
  });
});

describe('npm start -- --queued', () => {
  let project: LocalProject;
  let server: LocalServer;
  beforeAll(async () => {
    project = await makeProject();
    server = await project.start({}, ['--queued']);
  });
  afterAll(() => project.remove());

  const storiesOf = (text: string) =>
    server
      .output()
      .split(/\n\n/)
      .filter((part) => part.includes(text));

  it('tells that a delivery was queued, and then what the worker did with it', () => {
    const [queued, worked, ...more] = storiesOf('23a1fd33-35bb-11f1-8839-c6667a27df1d');
    expect(queued).toMatch(/^ {2}» issues\.opened {2}octo-org\/widgets#14 by monalisa +202 queued +\d+ ms\n/);
    expect(worked).toMatch(
      /^ {2}✓ issues\.opened .* worker: handled +\d+ ms\n[^]*issues\.opened {2}handled +\d+ ms {3}token minted: issues=write on octo-org\/widgets\n[^]*→ POST {3}\/repos\/octo-org\/widgets\/issues\/14\/comments +201/,
    );
    expect(more).toEqual([]);
  });

  it('tells of a delivery that comes again', async () => {
    const from = server.output().length;
    const id = '23a1fd33-35bb-11f1-8839-c6667a27df1d';
    const { output } = await project.run('trigger', {
      args: ['issues-opened-first-time', '--delivery', id],
      env: { PORT: server.port },
    });
    expect(output).toContain('202 ');
    await server.until('worker: duplicate', from);
  });

  it('shows the queue, for hookmint redrive', async () => {
    const [, url = ''] = /npx hookmint redrive --queue-url (\S+) --dry-run/.exec(server.output()) ?? [];
    const { code, output } = await project.run('redrive', { args: ['--queue-url', url, '--dry-run'] });
    expect([code, output]).toEqual([0, expect.stringMatching(/^0 dead letters in http:/)]);
  });

  it('ends, and its functions with it', async () => {
    expect(await server.stop('SIGINT')).toBe(0);
    await expect(project.read(`.hookmint/${server.port}/functions/worker.mjs`)).rejects.toThrow('ENOENT');
  });
});

describe('npm start with handlers of your own', () => {
  let project: LocalProject;
  beforeAll(async () => {
    project = await makeProject();
  });
  afterAll(() => project.remove());

  const useHandler = async (code: string): Promise<void> => {
    const head = "import { defineHandler } from 'hookmint';\n";
    await project.write('functions/handlers/push.ts', head + code);
    const table = `export const handlers = { push: () => import('./push.ts') };`;
    await project.write('functions/handlers/index.ts', table);
  };
  const define = (handle: string) =>
    useHandler(`export default defineHandler('push', { permissions: {}, ${handle} });`);

  it('tells what a handler logs, prints and throws', async () => {
    await define(
      `handle({ log }) { console.log('printed'); log.warn('odd', { n: 1 }); throw new TypeError('oh'); }`,
    );
    const server = await project.start();
    expect(server.output()).toMatch(
      /│ printed\n[^]*✗ push .*500 failed[^]*TypeError: oh[^]*log\.warn {2}odd {2}n=1/,
    );
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends on %s with 0, and the function with it', async (signal) => {
    await define(`handle({ log }) { log.info('mine', { pid: process.pid }); }`);
    const server = await project.start();
    const pid = Number(/pid=(\d+)/.exec(server.output())?.[1]);
    expect(process.kill(pid, 0)).toBe(true);
    expect(await server.stop(signal)).toBe(0);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await expect(project.read(`.hookmint/${server.port}/functions/webhook.mjs`)).rejects.toThrow('ENOENT');
    await expect(fetch(server.url)).rejects.toThrow('fetch failed');
  });

  it('ends even while a handler is in an endless loop', async () => {
    await define(
      `handle({ payload }) { if (payload.ref === 'refs/heads/loop') { console.log('in the loop'); for (;;); } }`,
    );
    const server = await project.start();
    const secret = await project.read('.hookmint/webhook-secret');
    const body = '{"ref":"refs/heads/loop"}';
    const headers = {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': 'loop',
      'x-hub-signature-256': sign(body, secret),
    };
    const answer = fetch(server.url, { method: 'POST', headers, body }).then(({ status }) => status);
    await server.until('in the loop');
    expect(await server.stop('SIGTERM')).toBe(0);
    expect(await answer.catch(() => 502)).toBe(502);
  });

  it('starts the function anew after its process died', async () => {
    await define(`handle() { process.exit(7); }`);
    const server = await project.start();
    expect(server.output()).toContain("The function's process ended with exit code 7");
    expect(server.output()).toMatch(/✗ push .*502 no answer/);
    expect(server.output()).toMatch(/· installation\.deleted|· installation .*202 ignored/);
  });

  it.each([
    {
      what: 'a syntax error',
      code: 'export default 5 +;',
      told: /ERROR.*push\.ts:1|push\.ts:2[^]*could not be built/,
    },
    {
      what: 'a module that is no handler',
      code: 'export default 5;',
      told: /could not be built: .*push\.ts has a default export/,
    },
  ])('ends with 2 on $what', async ({ code, told }) => {
    await useHandler(code);
    const ended = await project.run('dev', { env: { PORT: '0' } });
    expect(ended.code).toBe(2);
    expect(ended.output).toMatch(told);
  });
});

describe('npm start while its files change', () => {
  let project: LocalProject;
  let server: LocalServer;
  const HANDLER = 'functions/handlers/issues-opened.ts';
  const GUID_OF_FIXTURE = '23a1fd33-35bb-11f1-8839-c6667a27df1d';
  /** As GitHub would send the recorded one. @returns The status with the answer. */
  const trigger = async (id: string = randomUUID(), secret?: string): Promise<string> => {
    const fixture = await readFixture(
      join(project.folder, 'functions/fixtures/issues-opened-first-time.json'),
    );
    const signed = { secret: secret ?? (await project.read('.hookmint/webhook-secret')), id };
    const response = await fetch(server.url, { method: 'POST', ...toSignedRequest(fixture, signed) });
    return `${response.status}  ${await response.text()}`;
  };
  beforeAll(async () => {
    project = await makeProject();
    server = await project.start();
  });
  afterAll(() => project.remove());

  it('takes up a handler', async () => {
    const code = await project.read(HANDLER);
    const from = server.output().length;
    await project.write(
      HANDLER,
      code.replace(/async handle\(.*\{$/m, "$&\n    throw new Error('the new code');"),
    );
    await server.until(`${HANDLER}: taken up`, from);
    expect(await trigger()).toMatch(/500 {2}/);
    await server.until('the new code', from);
    await project.write(HANDLER, code);
    await server.until(`${HANDLER}: taken up`, server.output().lastIndexOf('the new code'));
    expect(await trigger()).toMatch(/200 {2}/);
  });

  it('keeps which routes a handler called, for hookmint grants', async () => {
    const code = await project.read(HANDLER);
    const from = server.output().length;
    const calls = `const route = ['GET /repos/octo-org/widgets', 'commits'].join('/');
      await github.request(route as never);`;
    await project.write(HANDLER, code.replace(/async handle\(.*\{$/m, `$&\n    ${calls}`));
    await server.until(`${HANDLER}: taken up`, from);
    expect(await trigger()).toMatch(/500 {2}/);
    await expect
      .poll(() => readRecordedRoutes(project.folder))
      .toContainEqual(
        expect.objectContaining({ handler: 'issues.opened', route: 'GET /repos/{owner}/{repo}/commits' }),
      );
    const grants = await readGrants({ app: project.folder });
    expect(grants.find(({ handler }) => handler === 'issues.opened')?.missing).toEqual({ contents: 'read' });
    await project.write(HANDLER, code);
    await server.until(`${HANDLER}: taken up`, server.output().lastIndexOf('failed'));
  });

  it('tells a handler the settings that it declares, from .env, and says which are missing', async () => {
    const code = await project.read(HANDLER);
    const from = server.output().length;
    await project.write(
      HANDLER,
      code
        .replace(
          '  async handle({',
          "  settings: { NOTIFY_URL: 'text', NOTIFY_TOKEN: 'secret' },\n  async handle({ settings,",
        )
        .replace(/async handle\(.*\{$/m, '$&\n    throw new Error(Object.values(settings).join());'),
    );
    await server.until('NOTIFY_TOKEN is missing: handlers declare it as a secret. Write it into .env', from);
    expect(server.output().slice(from)).toContain('NOTIFY_URL is missing: handlers declare it as a text');
    await project.write('.env', 'NOTIFY_URL=http://chat.example\nNOTIFY_TOKEN=s3cret\n');
    await server.until('.env: taken up', from);
    expect(await trigger()).toMatch(/500 {2}/);
    await server.until('http://chat.example,[redacted]', from);
    await project.write(HANDLER, code);
    await server.until(`${HANDLER}: taken up`, server.output().lastIndexOf('http://chat.example'));
    await project.write('.env', '');
    await server.until('.env: ', server.output().lastIndexOf('http://chat.example'));
  });

  it('goes on with the last good build where the new code is no good, and says what is wrong', async () => {
    const code = await project.read(HANDLER);
    const from = server.output().length;
    await project.write(HANDLER, `${code}\nconst five: number = 5 +;\n`);
    await server.until('The last good build goes on.', from);
    expect(server.output().slice(from)).toMatch(/Unexpected ";"[^]*issues-opened\.ts:\d+/);
    expect(await trigger()).toMatch(/200 {2}/);
    await project.write(HANDLER, code);
    await server.until('taken up', from);
  });

  it('takes up world.json, and keeps what handlers made at GitHub', async () => {
    const from = server.output().length;
    const world = JSON.parse(await project.read('functions/fixtures/world.json'));
    const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
    world.responses = { [route]: { status: 503, body: { message: 'written in world.json' } } };
    await project.write('functions/fixtures/world.json', JSON.stringify(world));
    await server.until('world.json: taken up', from);
    expect(await trigger()).toMatch(/50[02] {2}/);
    delete world.responses;
    await project.write('functions/fixtures/world.json', JSON.stringify(world));
    await server.until('world.json: taken up', server.output().lastIndexOf('503'));
    // The comment of the first delivery is there: the handler sees it, and writes no other.
    const before = server.output().length;
    await trigger();
    await server.until('200 handled', before);
    expect(server.output().slice(before)).not.toContain('POST   /repos');
  });

  it('says what is wrong with world.json, and keeps the GitHub of before', async () => {
    const from = server.output().length;
    const world = await project.read('functions/fixtures/world.json');
    await project.write('functions/fixtures/world.json', '{ "app": ');
    await server.until('The GitHub of before goes on.', from);
    expect(server.output().slice(from)).toContain('world.json is no JSON');
    await project.write('functions/fixtures/world.json', world);
    await server.until('world.json: taken up', from);
  });

  it('sends a recorded delivery that was changed', async () => {
    const from = server.output().length;
    const push = await project.read('functions/fixtures/push.json');
    await project.write(
      'functions/fixtures/push.json',
      push.replaceAll('octo-org/widgets', 'octo-org/gadgets'),
    );
    await server.until('push.json', from);
    expect(server.output().slice(from)).toMatch(/push {2}octo-org\/gadgets/);
  });

  it('takes up .env: another webhook secret, another LOG_LEVEL', async () => {
    const from = server.output().length;
    await project.write('.env', 'GITHUB_WEBHOOK_SECRET=another\nLOG_LEVEL=error\n');
    await server.until('.env: taken up', from);
    expect(await trigger(randomUUID(), 'another')).toMatch(/200 {2}/);
    await project.write('.env', 'LOG_LEVEL=loud\n');
    await server.until('What was set before goes on.', from);
    expect(server.output().slice(from)).toContain('LOG_LEVEL is none of');
    await project.write('.env', '');
    await server.until('.env: taken up', server.output().lastIndexOf('LOG_LEVEL is none of'));
  });

  it('knows after a restart what was handled before', async () => {
    const id = 'a7b41f0e-0000-4000-8000-000000000001';
    expect(await trigger(id)).toContain('"outcome":"handled"');
    await server.stop('SIGINT');
    server = await project.start();
    expect((await project.run('deliveries', { args: ['--json'] })).output).toContain(id);
    expect(await trigger(id)).toContain('"outcome":"duplicate"');
    // The recorded ones begin anew, as the stand-in for GitHub does, but for its log.
    expect(server.output()).toMatch(new RegExp(`200 handled[^\\n]*\\n +${GUID_OF_FIXTURE}`));
  });
});

describe('npm start with a real App', () => {
  it('talks to the GitHub of .env, and sends it no recorded delivery', async () => {
    const { privateKeyPem, publicKey } = createAppKey();
    const world = loadWorld();
    const github = await createGitHub({ ...world, app: { ...world.app, publicKeys: [publicKey] } });
    const project = await makeProject();
    await project.write('app.pem', privateKeyPem);
    const env = `GITHUB_APP_ID=31415\nGITHUB_PRIVATE_KEY_FILE=app.pem\nGITHUB_WEBHOOK_SECRET="{not JSON"\n`;
    await project.write('.env', `${env}GITHUB_API_URL=${github.url}\n`);

    const server = await project.start();
    expect(github.calls).toMatchObject([{ method: 'GET', path: '/app', status: 200 }]);
    expect(server.output()).toContain(`the real GitHub at ${github.url}, as App 31415`);
    expect(server.output()).toContain('GitHub knows the App by its key: ');
    expect(server.output()).not.toMatch(/not JSON|BEGIN/);
    const options = { args: ['issues-opened-first-time'], env: { PORT: server.port } };
    const { code, output } = await project.run('trigger', options);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(github.calls.at(-1)).toMatchObject({ method: 'POST', status: 201 });
    await server.until('token minted: issues=write');
    // Nothing of ours stands between handler and GitHub: the function's own lines say what it called.
    await server.until('POST   /repos/octo-org/widgets/issues/14/comments');

    await project.remove();
    await github.close();
  });

  it('ends with 2 where .env is incomplete', async () => {
    const project = await makeProject();
    await project.write('.env', 'GITHUB_APP_ID=31415\n');
    const { code, output } = await project.run('dev');
    expect(code).toBe(2);
    expect(output).toMatch(/GITHUB_WEBHOOK_SECRET is missing[^]*GITHUB_PRIVATE_KEY_FILE is missing/);
    await project.remove();
  });
});
