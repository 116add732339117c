/** `hookmint doctor` for an App that is well, and for each thing that may be wrong with one. */
import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { type Check, CHECK_IDS } from '../../cli/doctor/check.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import type { DeliverySpec } from '../../local/github/delivery-log.ts';
import { loadWorld } from '../harness/deliver.ts';
import { leakedFrom } from './leaked.ts';
import type { RunOptions } from './run.ts';
import { type AppScene, PRIVATE_KEY_PEM, startAppScene, WEBHOOK_SECRET as SECRET } from './app-scene.ts';
import { expectJson } from './schemas.ts';

let scene: AppScene | undefined;
afterEach(async () => {
  await scene?.close();
  scene = undefined;
});

const PAYLOAD = { action: 'opened', issue: { title: 'it <breaks>' } };

const sign = (text: string, secret = SECRET) =>
  `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`;

/** A delivery that was signed and answered. */
const delivered = (statusCode: number, signature = sign(JSON.stringify(PAYLOAD))): DeliverySpec => ({
  event: 'issues',
  action: 'opened',
  statusCode,
  request: { headers: { 'X-Hub-Signature-256': signature }, payload: PAYLOAD },
});

async function openScene(options: Parameters<typeof startAppScene>[0] = {}): Promise<AppScene> {
  scene = await startAppScene(options);
  return scene;
}

async function run({ folder }: AppScene, args: readonly string[] = [], options?: RunOptions) {
  const { code, stdout, stderr } = await folder.run(['doctor', '--json', ...args], options);
  expect(leakedFrom([SECRET, PRIVATE_KEY_PEM], stdout + stderr)).toEqual([]);
  const { ok, checks } = expectJson('doctor', stdout) as { ok: boolean; checks: readonly Check[] };
  const of = (id: string) => checks.find((check) => check.id === id);
  const bad = Object.fromEntries(
    checks.filter(({ status }) => status !== 'pass').map(({ id, status }) => [id, status]),
  );
  return { code, ok, checks, of, bad };
}

const { app: APP } = loadWorld();

describe('hookmint doctor', () => {
  it('finds nothing wrong with an App that is as its handlers want it', async () => {
    const well = await openScene();
    well.github.deliveries.add(delivered(200));
    const { code, ok, bad, checks } = await run(well);
    expect({ code, ok, bad }).toEqual({ code: 0, ok: true, bad: {} });
    expect(checks.map(({ id }) => id)).toEqual([
      'config',
      'key',
      'clock',
      'app',
      'permissions.missing',
      'permissions.surplus',
      'events.missing',
      'events.surplus',
      'hook.url',
      'hook.content_type',
      'hook.ssl',
      'hook.active',
      'secret',
      'installations.pending',
      'installations.suspended',
      'api.version',
    ]);
    const { stdout } = await well.folder.run(['doctor']);
    expect(stdout).toContain('pass  key                      GitHub takes it: SHA256:');
    expect(stdout).toContain('Nothing fails; 0 to look at.');
  });

  it('names each permission and event that is missing, and who needs it', async () => {
    const app = {
      permissions: { issues: 'read', metadata: 'read' },
      events: ['issues'],
    };
    const { code, ok, of } = await run(await openScene({ app }));
    expect([code, ok]).toEqual([1, false]);
    expect(of('permissions.missing')).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(
        /issues: write \(issues\.opened.*pull_requests: read \(.*for the event pull_request/,
      ),
      mend: expect.stringMatching(/\/settings\/apps\/hookmint\/permissions$/),
    });
    expect(of('events.missing')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('pull_request (pull-request-'),
    });
  });

  it('names what no handler uses', async () => {
    const app = {
      permissions: { ...APP.permissions, contents: 'write', pull_requests: 'write' },
      events: ['issues', 'pull_request', 'push'],
    };
    const { code, bad, of } = await run(await openScene({ app }));
    expect(code).toBe(0);
    expect(bad).toMatchObject({ 'permissions.surplus': 'warn', 'events.surplus': 'warn' });
    expect(of('permissions.surplus')?.message).toBe(
      'No handler needs pull_requests: write (read is enough), contents: write.',
    );
    expect(of('events.surplus')?.message).toContain('No handler claims push');
  });

  it('finds a webhook that is sent as a form, without a certificate, to another place', async () => {
    const ill = await openScene({ hook: { url: '', contentType: 'form', insecureSsl: true } });
    const { bad } = await run(ill);
    expect(bad).toMatchObject({ 'hook.url': 'fail', 'hook.content_type': 'warn', 'hook.ssl': 'fail' });
  });

  it.each([
    { what: 'no delivery at all', log: [], active: 'warn', secret: 'warn' },
    {
      what: 'a newest delivery that failed',
      log: [delivered(200), delivered(500)],
      active: 'fail',
      secret: undefined,
    },
    {
      what: 'an older one that failed',
      log: [delivered(500), delivered(200)],
      active: 'warn',
      secret: undefined,
    },
    {
      what: 'a newest delivery that another secret signed',
      log: [delivered(200), delivered(401, sign('{}', 'another'))],
      active: 'fail',
      secret: 'fail',
    },
    {
      what: 'bytes that GitHub escaped',
      log: [
        delivered(401, sign('x')),
        delivered(200, sign('{"action":"opened","issue":{"title":"it \\u003cbreaks\\u003e"}}')),
      ],
      active: 'warn',
      secret: undefined,
    },
    {
      what: 'a refusal before what cannot be verified',
      log: [delivered(401, sign('x')), delivered(200, sign('y'))],
      active: 'warn',
      secret: 'warn',
    },
  ])('tells by the log: $what', async ({ log, active, secret }) => {
    const ill = await openScene();
    for (const [age, spec] of log.toReversed().entries()) {
      ill.github.deliveries.add({ ...spec, deliveredAt: new Date(Date.now() - age * 60_000) });
    }
    const { bad } = await run(ill);
    expect([bad['hook.active'], bad['secret']]).toEqual([active, secret]);
  });

  it('tells who has not accepted a permission, and who is suspended', async () => {
    const account = (login: string) => ({ login, type: 'Organization' as const });
    const { bad, of } = await run(
      await openScene({
        installations: [
          { id: 1, account: account('all'), permissions: APP.permissions, repositories: 'all' },
          {
            id: 2,
            account: account('less'),
            permissions: { ...APP.permissions, issues: 'read' },
            repositories: 'all',
            suspended: true,
          },
        ],
      }),
    );
    expect(bad).toMatchObject({ 'installations.pending': 'warn', 'installations.suspended': 'warn' });
    expect(of('installations.pending')?.message).toBe('Not accepted yet by 1 of 2: less (issues: write).');
    expect(of('installations.suspended')?.message).toContain('Suspended: less');
  });

  it.each([
    { ahead: 30_000, status: 'warn' },
    { ahead: 120_000, status: 'fail' },
    { ahead: -90_000, status: 'fail' },
  ])('tells a clock that is $ahead ms ahead: $status', async ({ ahead, status }) => {
    const ill = await openScene();
    const clock = { now: () => Date.now() + ahead, after: () => () => {} };
    const { bad } = await run(ill, [], { clock });
    expect(bad['clock']).toBe(status);
  });

  it('tells the key that GitHub no longer knows, by its fingerprint', async () => {
    const ill = await openScene();
    const other = createAppKey();
    await ill.folder.write('app.pem', `${other.privateKeyPem}\n${PRIVATE_KEY_PEM}`);
    const { code, of } = await run(ill);
    expect([code, of('key')?.status]).toEqual([0, 'warn']);
    expect(of('key')?.message).toMatch(/GitHub takes SHA256:\S{44}, and does not know SHA256:\S{44}$/);
  });
});

describe('hookmint doctor, where it gets no answer', () => {
  /** All of the sixteen that cannot be made without the App, but for the one that says why. */
  const notMade = (cause: string) => {
    const early = ['config', 'key', 'app'];
    const passed = early.slice(0, cause === 'app' ? 1 : early.indexOf(cause));
    return (checks: readonly Check[]) => {
      expect(checks.map(({ id, status }) => [id, status])).toEqual(
        CHECK_IDS.map((id) => [id, id === cause ? 'fail' : passed.includes(id) ? 'pass' : 'warn']),
      );
      for (const { message, mend } of checks.filter(({ status }) => status === 'warn')) {
        expect([message, mend]).toEqual([expect.stringMatching(/^Not made: needs the (App|key)\.$/), null]);
      }
    };
  };

  it('says once what is missing in .env, and in a line each that the others were not made', async () => {
    const ill = await openScene();
    await ill.folder.write('.env', '');
    const { code, of, checks } = await run(ill);
    expect(code).toBe(1);
    expect(of('config')?.message).toContain('GITHUB_APP_ID is missing');
    notMade('config')(checks);
    const { stdout } = await ill.folder.run(['doctor']);
    expect(stdout.match(/GITHUB_APP_ID is missing/g)).toHaveLength(1);
    expect(stdout).not.toMatch(/again when that answers|githubstatus/);
    expect(stdout).toMatch(/\n\n1 fail, 0 to look at, 15 not made\.\n$/);
    expect(stdout.split('\n')).toHaveLength(CHECK_IDS.length + 7);
  });

  it('says once that a key cannot be read', async () => {
    const ill = await openScene();
    const { of, checks } = await run(ill, [], { env: { GITHUB_PRIVATE_KEY_FILE: 'no.pem' } });
    expect(of('key')?.message).toContain(`(ENOENT): ${ill.folder.path}/no.pem`);
    notMade('key')(checks);
  });

  it('says once that no key is GitHub’s', async () => {
    const ill = await openScene();
    await ill.folder.write('app.pem', createAppKey().privateKeyPem);
    const { of, checks } = await run(ill);
    expect(of('key')?.mend).toContain('Make a private key');
    expect(of('app')?.message).toBe('Not made: needs the key.');
    notMade('key')(checks);
  });

  it('says once that the App is another one', async () => {
    const { of, checks } = await run(await openScene(), [], { env: { GITHUB_APP_ID: '4711' } });
    expect(of('app')?.mend).toContain('Compare 4711');
    notMade('app')(checks);
  });

  it('leaves no check of --check out', async () => {
    const ill = await openScene();
    await ill.folder.write('.env', '');
    const { code, bad } = await run(ill, ['--check']);
    expect([code, bad]).toEqual([
      1,
      { config: 'fail', key: 'warn', app: 'warn', 'permissions.missing': 'warn', 'events.missing': 'warn' },
    ]);
  });

  it('says that a handler does not load', async () => {
    const ill = await openScene();
    await ill.folder.write('functions/handlers/issues-opened.ts', 'throw new Error("no such luck");');
    const { of } = await run(ill);
    expect(of('config')).toMatchObject({ status: 'fail', message: expect.stringContaining('no such luck') });
    expect(of('app')?.status).toBe('pass');
    expect(of('events.missing')?.message).toBe('Not made: needs the handlers.');
    await ill.folder.write('.env', '');
    const both = (await run(ill)).of('config');
    expect(both?.message).toMatch(/GITHUB_APP_ID is missing[^]*no such luck/);
    expect(both?.mend).toMatch(/Name the App.* Mend the handler/);
  });

  const LIMIT = {
    status: 403,
    headers: { 'retry-after': '60' },
    body: { message: 'You have exceeded a secondary rate limit' },
  };

  it.each([
    {
      what: 'a 500',
      path: /^\/app\/hook\/config$/,
      fault: { status: 500 },
      silent: ['hook.url', 'hook.content_type', 'hook.ssl'],
    },
    {
      what: 'a rate limit',
      path: /^\/app\/installations$/,
      fault: LIMIT,
      silent: ['installations.pending', 'installations.suspended'],
    },
    {
      what: 'a cut connection',
      path: /^\/app\/hook\/deliveries$/,
      fault: { reset: true as const },
      silent: ['hook.active', 'secret'],
    },
    {
      what: 'an empty page',
      path: /^\/app\/hook\/config$/,
      fault: { status: 200 },
      silent: ['hook.url', 'hook.content_type', 'hook.ssl'],
    },
    {
      what: 'a list that is none',
      path: /^\/app\/installations$/,
      fault: { status: 200, body: {} },
      silent: ['installations.pending', 'installations.suspended'],
    },
  ])('tells $what, and lets the others answer', async ({ path, fault, silent }) => {
    const ill = await openScene();
    ill.github.deliveries.add(delivered(200));
    ill.github.faults.next({ path }, fault, 9);
    const { code, checks, bad } = await run(ill);
    expect([code, bad]).toEqual([0, Object.fromEntries(silent.map((id) => [id, 'warn']))]);
    for (const { id, message } of checks.filter((check) => silent.includes(check.id)))
      expect([id, message]).toEqual([id, expect.stringContaining('Not checked: GitHub')]);
  });

  it('tells a GitHub that answers nothing', async () => {
    const ill = await openScene();
    ill.github.faults.next({}, { status: 502 }, 99);
    const { code, of, checks } = await run(ill);
    expect(code).toBe(1);
    expect(of('app')?.mend).toContain('githubstatus.com');
    notMade('app')(checks);
  });
});

describe('hookmint doctor --check', () => {
  it('asks no more than whether the App can serve the handlers', async () => {
    const well = await openScene();
    const { code, checks } = await run(well, ['--check']);
    expect([code, checks.map(({ id }) => id)]).toEqual([
      0,
      ['config', 'key', 'app', 'permissions.missing', 'events.missing'],
    ]);
    expect(well.github.calls.map(({ path }) => path)).toEqual(['/app']);
  });

  it('stops a deployment whose handlers the App cannot serve', async () => {
    const app = { permissions: {}, events: [] };
    const ill = await openScene({ app });
    const { code, stdout } = await ill.folder.run(['doctor', '--check']);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/fail {2}permissions\.missing/)]);
  });
});
