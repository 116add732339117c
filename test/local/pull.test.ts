/** `npm start -- --pull`: what GitHub's log has that is new comes to the front door, once. */
import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDeliveryLog } from '../../lib/github/delivery-log.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import { createGitHub } from '../../local/github/server.ts';
import type { GitHub } from '../../local/github/types.ts';
import { type HttpRequest, type HttpServer, listen } from '../../local/http/server.ts';
import { type PullDeps, pullOnce, startPulling } from '../../local/server/pull-deliveries.ts';
import { openPulledStore } from '../../local/server/pulled-store.ts';
import { parseAppKeys } from '../../cli/app/app-key.ts';
import { createCalls } from '../../cli/app/calls.ts';
import { createIo } from '../../cli/io/io.ts';
import { surroundingsOfProcess } from '../../cli/io/surroundings.ts';
import { runIn } from '../cli/run.ts';
import { createManualClock } from '../harness/clock.ts';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { loadFixture, loadWorld } from '../harness/deliver.ts';
import { makeProject } from '../harness/local-project.ts';
import { isObject, toObject } from '../../lib/json/json.ts';

const SECRET = 'the secret of .env';
const GUID = '0b989ba4-242f-11e5-81e1-c7b6966d2516';
const { privateKeyPem, publicKey } = createAppKey();
const { signal } = new AbortController();
const START = Date.now();

let github: GitHub;
let folder: string;
let door: HttpServer;
const came: HttpRequest[] = [];
const told: string[] = [];
beforeEach(async () => {
  came.length = 0;
  told.length = 0;
  const world = loadWorld();
  github = await createGitHub({ ...world, app: { ...world.app, publicKeys: [publicKey] } });
  folder = await mkdtemp(join(tmpdir(), 'hookmint-pull-'));
  door = await listen(async (request) => {
    came.push(request);
    return { status: 500 };
  });
});
afterEach(async () => {
  await Promise.all([github.close(), door.close(), rm(folder, { recursive: true })]);
});

/** As another `npm start` of the same folder would begin. */
const begin = async (): Promise<PullDeps> => {
  const app = {
    appId: String(loadWorld().app.id),
    apiUrl: github.url,
    namedBy: '.env',
    keyIsIn: 'file' as const,
    keys: async () => parseAppKeys(privateKeyPem),
    webhookSecret: async () => SECRET,
  };
  const io = createIo({ ...surroundingsOfProcess(), endProcess() {} });
  return {
    log: createDeliveryLog(await createCalls(app, io)),
    store: await openPulledStore(folder, app.appId, START),
    url: door.url,
    secret: () => SECRET,
    clock: SYSTEM_CLOCK,
    tell: (text) => void told.push(text),
  };
};
const add = (minutes: number, more: object = {}) =>
  github.deliveries.add({
    event: 'issues',
    action: 'opened',
    statusCode: 0,
    deliveredAt: new Date(START + minutes * 60_000),
    request: { headers: { 'X-GitHub-Hook-ID': '4711' }, payload: { action: 'opened' } },
    ...more,
  });
const ids = () => came.map(({ headers }) => headers['x-github-delivery']);

describe('pulling', () => {
  it('sends what is new as GitHub would, signed, with its own id and hook', async () => {
    add(1, { guid: GUID });
    expect(await pullOnce(await begin(), signal)).toBe(1);
    const [request] = came;
    expect(request?.body).toBe('{"action":"opened"}');
    expect(request?.headers).toMatchObject({
      'x-github-delivery': GUID,
      'x-github-event': 'issues',
      'x-github-hook-id': '4711',
      'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update('{"action":"opened"}').digest('hex')}`,
    });
  });

  it('leaves what came before the first start, and sends what came while nothing ran', async () => {
    add(-60, { guid: 'before' });
    expect(await pullOnce(await begin(), signal)).toBe(0);
    add(1, { guid: 'meanwhile' });
    await pullOnce(await begin(), signal);
    expect(ids()).toEqual(['meanwhile']);
  });

  it('sends each attempt once, also over restarts, whatever became of it', async () => {
    add(1, { guid: 'one' });
    const first = await begin();
    await pullOnce(first, signal);
    await pullOnce(first, signal);
    add(2, { guid: 'two' });
    await pullOnce(await begin(), signal);
    add(3, { guid: 'one', redelivery: true });
    await pullOnce(await begin(), signal);
    expect(ids()).toEqual(['one', 'two', 'one']);
  });

  it('goes through as many pages as are new, the oldest delivery first', async () => {
    for (let nth = 0; nth < 150; nth += 1) add(nth / 60, { guid: `nr-${nth}` });
    expect(await pullOnce(await begin(), signal)).toBe(150);
    expect([ids()[0], ids().at(-1)]).toEqual(['nr-0', 'nr-149']);
  });

  it('says where GitHub has lost a payload, and goes on', async () => {
    add(1, { guid: 'lost', request: {} });
    add(2, { guid: 'kept' });
    expect(await pullOnce(await begin(), signal)).toBe(2);
    expect(ids()).toEqual(['kept']);
    expect(told).toEqual(['GitHub no longer has the payload of issues.opened lost.']);
  });

  it('waits for as long as a rate limit says, and twice as long after each other failure', async () => {
    const clock = createManualClock();
    const log = { path: /deliveries/ };
    const limit = {
      status: 403,
      body: { message: 'API rate limit exceeded' },
      headers: { 'retry-after': '90', 'x-ratelimit-remaining': '0' },
    };
    github.faults.next(log, limit);
    const pulling = startPulling({ ...(await begin()), clock });
    await expect.poll(() => told).toEqual([expect.stringMatching(/rate limit.*next try is in 90 s\.$/)]);
    await clock.advance(89_000);
    const before = github.calls.length;
    await clock.advance(1_000);
    await expect.poll(() => github.calls.length).toBeGreaterThan(before);
    await pulling.close();
  });
});

describe('npm start -- --pull', () => {
  it('handles what GitHub’s log has, and hookmint show tells of it without a stage', async () => {
    const project = await makeProject();
    await project.write('app.pem', privateKeyPem);
    const env = {
      GITHUB_APP_ID: String(loadWorld().app.id),
      GITHUB_PRIVATE_KEY_FILE: 'app.pem',
      GITHUB_WEBHOOK_SECRET: SECRET,
      GITHUB_API_URL: github.url,
    };
    const server = await project.start(env, ['--pull']);
    expect(server.output()).toContain('GitHub itself shows these deliveries as failed');
    const { headers, body } = loadFixture('issues-opened-first-time');
    const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    const entry = { guid: GUID, event: 'issues', action: 'opened', statusCode: 0 };
    github.deliveries.add({ ...entry, request: { headers: texts, payload: body } });
    await server.until('issues.opened');
    const shown = async () => {
      const { stdout } = await runIn(project.folder, ['show', GUID, '--json'], { env });
      return toObject(JSON.parse(stdout));
    };
    await expect.poll(shown).toMatchObject({ verdict: 'handled' });
    const { sources } = await shown();
    expect(Array.isArray(sources) && sources.filter(isObject).filter(({ ok }) => ok !== true)).toEqual([]);
    await project.remove();
  });

  it('is refused without a real App', async () => {
    const project = await makeProject();
    const { code, output } = await project.run('dev', { args: ['--pull'], env: { PORT: '0' } });
    expect([code, output]).toEqual([2, expect.stringContaining('--pull is for a real App')]);
    await project.remove();
  });
});
