/** `hookmint register`, driven as a browser would, against the stand-in of GitHub's pages. */
import { mkdir, stat } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import type { GitHub } from '../../local/github/types.ts';
import { createManualClock } from '../harness/clock.ts';
import { leakedFrom } from './leaked.ts';
import { createAtGitHub, readForm } from './register-pages.ts';
import { HURRIED, pageOf, type RegisterScene, startRegisterScene, until } from './register-scene.ts';
import type { Folder, RunningCommand, RunOptions } from './run.ts';
import { expectJson } from './schemas.ts';

let scene: RegisterScene;
let github: GitHub;
let folder: Folder;

beforeEach(async () => {
  scene = await startRegisterScene();
  ({ github, folder } = scene);
});
afterEach(() => scene.close());

const start = (args?: readonly string[], options?: RunOptions): RunningCommand => scene.start(args, options);

const modeOf = async (file: string) => ((await stat(join(folder.path, file))).mode & 0o777).toString(8);

describe('hookmint register --manifest', () => {
  it('asks for what handlers declare, what their events take, and no event that every App gets', async () => {
    await scene.close();
    scene = await startRegisterScene('real');
    const { code, stdout } = await scene.folder.run(['register', '--manifest']);
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      {
        name: 'labels-for-widgets',
        url: 'https://github.com',
        hook_attributes: { url: 'https://hookmint.invalid/webhook', active: true },
        public: false,
        default_permissions: { checks: 'write', issues: 'write', metadata: 'read', pull_requests: 'read' },
        default_events: ['issues', 'pull_request'],
      },
    ]);
  });
});

describe('hookmint register', () => {
  it('makes the App, keeps it where only its owner can read it, and shows nothing of it', async () => {
    await folder.write('.env', '# ours\nLOG_LEVEL=debug\nGITHUB_APP_ID=\n');
    const command = start(['--name', 'Widgets Labels', '--json']);
    await fetch(await createAtGitHub(await pageOf(command), github.url));
    await until(() => /Install it/.test(command.stderr()), command);
    github.install({
      id: 77,
      account: { login: 'octo-org', type: 'Organization' },
      permissions: { issues: 'write' },
      repositories: 'all',
    });
    const { code, stdout, stderr } = await command.ended;
    expect([code, stderr]).toEqual([0, stderr]);
    expect(expectJson('register', stdout)).toMatchObject({
      app: { slug: 'widgets-labels', name: 'Widgets Labels', owner: 'monalisa', apiUrl: github.url },
      stored: { env: '.env', keyFile: 'widgets-labels.private-key.pem' },
      installedBy: 'octo-org',
    });
    const text = await folder.read('.env');
    const env = parseEnv(text);
    expect(text).toMatch(/^# ours\nLOG_LEVEL=debug\nGITHUB_APP_ID=Iv23li/);
    expect(env).toMatchObject({
      GITHUB_PRIVATE_KEY_FILE: 'widgets-labels.private-key.pem',
      GITHUB_WEBHOOK_SECRET: github.hook.config().secret,
      GITHUB_API_URL: github.url,
    });
    expect([await modeOf('.env'), await modeOf('widgets-labels.private-key.pem')]).toEqual(['600', '600']);
    const pem = await folder.read('widgets-labels.private-key.pem');
    expect(leakedFrom([env['GITHUB_WEBHOOK_SECRET'] ?? '', pem], stdout + stderr)).toEqual([]);
    const exchanges = github.calls.filter(({ path }) => path.startsWith('/app-manifests/'));
    expect(exchanges.map(({ status }) => status)).toEqual([201]);
    const { code: works } = await folder.run(['installations']);
    expect(works).toBe(0);
  });

  it('goes to the page of an organization, and gets the address of a webhook along', async () => {
    const command = start(['--org', 'octo-org', '--webhook-url', 'https://hooks.example.com/', '--no-wait']);
    const { action, fields } = await readForm(await fetch(await pageOf(command)));
    expect(action).toMatch(`${github.url}/organizations/octo-org/settings/apps/new?state=`);
    expect(JSON.parse(fields['manifest'] ?? '')).toMatchObject({
      hook_attributes: { url: 'https://hooks.example.com/' },
    });
    command.interrupt();
    expect((await command.ended).code).toBe(2);
  });

  it('refuses a callback with another state, and one that comes again', async () => {
    const command = start(['--no-wait']);
    const page = await pageOf(command);
    const stolen = await fetch(`${page}callback?code=abc&state=${'A'.repeat(43)}`);
    const bare = await fetch(`${page}callback?code=abc`);
    expect([stolen.status, bare.status]).toEqual([403, 403]);
    const location = await createAtGitHub(page, github.url);
    // A fetch that has to wait: what comes again meanwhile changes nothing.
    const again = Promise.withResolvers<void>();
    github.faults.next({ path: /conversions$/ }, { heldUntil: again.promise });
    const first = fetch(location);
    await until(() => github.calls.find(({ path }) => path.endsWith('/conversions')), command);
    expect((await fetch(location)).status).toBe(409);
    again.resolve();
    expect((await first).status).toBe(200);
    const { code, stderr } = await command.ended;
    expect([code, stderr]).toEqual([0, stderr]);
    expect(stderr).toContain('its state is another one');
    expect(stderr).toContain('a second time; the first counts');
  });

  it('answers no page that calls it by another name', async () => {
    const command = start();
    const { port } = new URL(await pageOf(command));
    const sent = request({ host: '127.0.0.1', port, path: '/', headers: { host: 'evil.example' } }).end();
    const [response] = await once(sent, 'response');
    expect(response.statusCode).toBe(421);
    response.resume();
    command.interrupt();
    await command.ended;
  });

  it.each([
    { what: 'was used already', status: 404, says: 'it was used before, or is older than an hour' },
    { what: 'meets a limit', status: 403, says: 'too many such requests' },
  ])('stores nothing for a code that $what', async ({ status, says }) => {
    const command = start();
    github.faults.next({ path: /conversions$/ }, { status });
    const page = await fetch(await createAtGitHub(await pageOf(command), github.url));
    expect(await page.text()).toContain('It did not work');
    const { code, stderr } = await command.ended;
    expect([code, stderr]).toEqual([2, expect.stringContaining(says)]);
    expect(stderr).toContain('delete it there');
    await scene.expectNothingStored();
  });

  it('does not hang on a GitHub that answers 500 and then lets the code pass', async () => {
    const command = start(['--no-wait'], {
      clock: { ...HURRIED, after: (ms, callback) => SYSTEM_CLOCK.after(ms === 1_000 ? 1 : ms, callback) },
    });
    github.faults.next({ path: /conversions$/ }, { status: 500 }, 2);
    await fetch(await createAtGitHub(await pageOf(command), github.url));
    expect((await command.ended).code).toBe(0);
  });

  it('ends after an hour in which nobody came back, and stores nothing', async () => {
    const clock = createManualClock();
    const command = start([], { clock });
    const page = await pageOf(command);
    await clock.advance(3_600_000);
    const { code, stderr } = await command.ended;
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('Nobody came back from GitHub within an hour'),
    ]);
    await scene.expectNothingStored();
    await expect(fetch(page)).rejects.toThrow('fetch failed');
  });

  it('says that a port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const { code, stderr } = await start(['--port', port]).ended;
    expect([code, stderr]).toEqual([2, expect.stringContaining(`Port ${port} is taken`)]);
    other.close();
    await scene.expectNothingStored();
  });

  it('says before it makes an App that none could be stored', async () => {
    await mkdir(join(folder.path, '.env'));
    const { code, stderr } = await start().ended;
    expect([code, stderr]).toEqual([2, expect.stringContaining('.env cannot be read (EISDIR)')]);
    expect(github.calls).toEqual([]);
  });

  it('stores what GitHub gave out, whoever presses Ctrl-C meanwhile', async () => {
    const command = start(['--no-wait']);
    const pressed = Promise.withResolvers<void>();
    github.faults.next({ path: /conversions$/ }, { heldUntil: pressed.promise });
    const back = fetch(await createAtGitHub(await pageOf(command), github.url));
    await until(() => github.calls.find(({ path }) => path.endsWith('/conversions')), command);
    command.interrupt();
    pressed.resolve();
    await back;
    expect((await command.ended).code).toBe(0);
    expect(await folder.read('.env')).toContain('GITHUB_WEBHOOK_SECRET=');
  });
});

describe('hookmint register, a second time', () => {
  const OLD = 'GITHUB_APP_ID=7\nGITHUB_PRIVATE_KEY_FILE=old.pem\nGITHUB_WEBHOOK_SECRET=old\n';
  beforeEach(() => folder.write('.env', OLD));

  it('overwrites nothing where nobody can be asked', async () => {
    const { code, stderr } = await start().ended;
    expect([code, stderr]).toEqual([2, expect.stringContaining('type --yes for yes')]);
    expect(await folder.read('.env')).toBe(OLD);
  });

  it.each([
    { what: 'Ctrl-C', keys: '\u0003', says: 'Ended.' },
    { what: 'n', keys: 'n', says: 'Nothing was changed, and no App was made.' },
    { what: 'Return', keys: '\r', says: 'Nothing was changed, and no App was made.' },
  ])('leaves everything as it was after $what at the question', async ({ keys, says }) => {
    const command = start([], { isTTY: true });
    await until(() => /put the new App/.test(command.stderr()), command);
    command.press(keys);
    const { code, stderr } = await command.ended;
    expect([code, stderr]).toEqual([2, expect.stringContaining(says)]);
    expect(await folder.read('.env')).toBe(OLD);
    expect(github.calls).toEqual([]);
  });

  it('replaces the App after a yes, and keeps the key of the one before', async () => {
    await folder.write('app.private-key.pem', 'the old key');
    const command = start(['--name', 'App', '--no-wait'], { isTTY: true });
    await until(() => /put the new App/.test(command.stderr()), command);
    command.press('y');
    await fetch(await createAtGitHub(await pageOf(command), github.url));
    const { code, stdout, stderr } = await command.ended;
    expect([code, stdout + stderr]).toEqual([0, stdout + stderr]);
    expect(await folder.read('app.private-key.pem')).toBe('the old key');
    const env = parseEnv(await folder.read('.env'));
    expect(env['GITHUB_PRIVATE_KEY_FILE']).toMatch(/^app-\d+\.private-key\.pem$/);
    expect(env['GITHUB_WEBHOOK_SECRET']).toBe(github.hook.config().secret);
  });

  it('leaves nothing after Ctrl-C while the browser is at GitHub', async () => {
    const command = start(['--yes']);
    await pageOf(command);
    command.interrupt();
    const { code, stderr } = await command.ended;
    expect([code, stderr]).toEqual([2, expect.stringContaining('Ended.')]);
    expect(await folder.read('.env')).toBe(OLD);
  });
});
