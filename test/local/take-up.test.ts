/** The parts of `npm start` that take up what changes, without files and processes. */
import { EventEmitter } from 'node:events';
import type { FSWatcher } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { LambdaFunction } from '../../local/aws/lambda.ts';
import { createLastingFunction } from '../../local/aws/lasting-function.ts';
import { createAppKey } from '../../local/github/app-key.ts';
import { createGitHub } from '../../local/github/server.ts';
import { toChanges } from '../../local/server/changes.ts';
import { checkApp } from '../../local/server/check-app.ts';
import type { GitHub } from '../../local/github/types.ts';
import { type Build, joinBuilds } from '../../local/server/builds.ts';
import { type HandlerSettings, loadHandlerSettings } from '../../local/server/handler-settings.ts';
import { createRenewal, type Live, reloadSettings } from '../../local/server/reload-settings.ts';
import { loadLocalSettings } from '../../local/server/settings.ts';
import type { FunctionEnvironments, FunctionName, StandIns } from '../../local/server/stand-ins.ts';
import { createTakeUp } from '../../local/server/take-up.ts';
import { createFileWatch } from '../../local/server/watch-files.ts';
import { listenToKeys } from '../../local/terminal/keys.ts';
import { createManualClock } from '../harness/clock.ts';
import { loadWorld } from '../harness/deliver.ts';

describe('what a changed file means', () => {
  const app = { folder: '/app', inputs: new Set(['/app/shared/words.txt']), keyFile: '/keys/app.pem' };
  const nothing = { settings: false, world: false, fixtures: [], code: [] };

  it.each([
    { path: '/app/.env', means: { settings: true } },
    { path: '/keys/app.pem', means: { settings: true } },
    { path: '/app/functions/fixtures/world.json', means: { world: true } },
    { path: '/app/functions/fixtures/push.json', means: { fixtures: ['push'] } },
    { path: '/app/functions/handlers/push.ts', means: { code: ['functions/handlers/push.ts'] } },
    { path: '/app/shared/words.txt', means: { code: ['shared/words.txt'] } },
    { path: '/app/functions/handlers/push.test.ts', means: {} },
    { path: '/app/functions/handlers/.push.ts.swp', means: {} },
    { path: '/app/README.md', means: {} },
  ])('$path', ({ path, means }) => {
    expect(toChanges([path], app)).toEqual({ ...nothing, ...means });
  });
});

describe('the watch over files', () => {
  const start = (onChange: (paths: ReadonlySet<string>) => Promise<void>) => {
    const clock = createManualClock();
    const folders = new Map<string, (kind: string, file: string | null) => void>();
    const failures: string[] = [];
    const watch = createFileWatch({
      onChange,
      onFailure: (code) => failures.push(code),
      clock,
      watch(folder, onEvent) {
        if (folder === '/full') throw Object.assign(new Error('no more'), { code: 'ENOSPC' });
        folders.set(folder, onEvent);
        return Object.assign(new EventEmitter(), {
          close: () => void folders.delete(folder),
        }) as unknown as FSWatcher;
      },
    });
    return { clock, folders, failures, watch };
  };

  it('tells once of all that changes before it is quiet', async () => {
    const told: ReadonlySet<string>[] = [];
    const { clock, folders, watch } = start(async (paths) => void told.push(paths));
    watch.follow(['/a', '/b']);
    folders.get('/a')?.('change', 'one.ts');
    await clock.advance(30);
    folders.get('/b')?.('rename', 'two.ts');
    await clock.advance(30);
    expect(told).toEqual([]);
    await clock.advance(10);
    expect(told).toEqual([new Set(['/a/one.ts', '/b/two.ts'])]);
  });

  it('tells of what changes while a change is taken up when that is done', async () => {
    const { promise, resolve: done } = Promise.withResolvers<void>();
    const onChange = vi.fn<(paths: ReadonlySet<string>) => Promise<void>>(() => promise);
    const { clock, folders, watch } = start(onChange);
    watch.follow(['/a']);
    folders.get('/a')?.('change', 'one.ts');
    await clock.advance(40);
    folders.get('/a')?.('change', 'two.ts');
    await clock.advance(100);
    expect(onChange).toHaveBeenCalledTimes(1);
    done();
    await clock.advance(0);
    expect(onChange).toHaveBeenLastCalledWith(new Set(['/a/two.ts']));
  });

  it('leaves folders that are no longer wanted, and follows none after its end', async () => {
    const { folders, watch } = start(async () => {});
    watch.follow(['/a', '/b']);
    watch.follow(['/b', '/c']);
    expect([...folders.keys()]).toEqual(['/b', '/c']);
    await watch.close();
    watch.follow(['/a']);
    expect([...folders.keys()]).toEqual([]);
  });

  it('says once that the system watches no more folders', () => {
    const { failures, watch } = start(async () => {});
    watch.follow(['/full', '/a']);
    watch.follow(['/full', '/a', '/b']);
    expect(failures).toEqual(['ENOSPC']);
  });
});

describe('what is taken up', () => {
  const HANDLER = '/app/functions/handlers/push.ts';
  /** It is built beside the rest, and nobody waits for it. */
  const withoutSweeper = (events: readonly string[]) => events.filter((event) => !event.includes('sweeper'));
  /** `change` tells of files that changed, and `deliver` of a delivery that came; `built` lets builds end. */
  const start = async (made: Partial<Build> = {}) => {
    const clock = createManualClock();
    const events: string[] = [];
    const told: string[] = [];
    const built = Promise.withResolvers<void>();
    const folders = new Map<string, (kind: string, file: string | null) => void>();
    const build: Build = {
      readAt: new Date(0),
      handlers: ['push'],
      declared: [],
      settings: {},
      unnamed: [],
      warnings: [],
      bundles: {},
      inputs: new Set([HANDLER, '/app/functions/fixtures/world.json']),
      ...made,
    };
    const takeUp = createTakeUp({
      folder: '/app',
      handling: ['webhook'],
      keyFile: undefined,
      paint: (_, text) => text,
      tell: (...lines) => void told.push(...lines),
      clock,
      builds: {
        current: () => build,
        async build(names) {
          events.push(`build ${names.join()}`);
          await built.promise;
          return build;
        },
        close: async () => {},
      },
      watch(folder, onEvent) {
        folders.set(folder, onEvent);
        return Object.assign(new EventEmitter(), { close: () => {} }) as unknown as FSWatcher;
      },
    });
    await takeUp.start({
      github: {} as GitHub,
      renew: async (names) => void events.push(`renew ${names.join()}`),
      async reloadSettings() {
        events.push('settings');
        return 'read';
      },
      async sendFixtures(names) {
        await takeUp.settled(); // as each delivery does
        events.push(`send ${names.join()}`);
      },
    });
    const change = (...paths: readonly string[]): void => {
      for (const path of paths) folders.get(dirname(path))?.('change', basename(path));
    };
    const deliver = (): void => void takeUp.settled().then(() => events.push('deliver'));
    return { clock, events, told, change, deliver, built: built.resolve, close: () => takeUp.close() };
  };
  it('is there for a delivery that comes at any time after the change', async () => {
    const { clock, events, change, deliver, built, close } = await start();
    change(HANDLER);
    deliver(); // before it is quiet
    await clock.advance(40);
    deliver(); // while the new code is built
    await clock.advance(1_000);
    expect(events).toEqual(['build webhook']);
    built();
    await clock.advance(0);
    expect(withoutSweeper(events)).toEqual(['build webhook', 'renew webhook', 'deliver', 'deliver']);
    await close();
  });

  it('is no handler that the table does not name: what else changed is, and the warning says why', async () => {
    const LONELY = 'functions/handlers/lonely.ts';
    const warnings = [`${LONELY} has a handler that nobody names.`];
    const { clock, told, change, built, close } = await start({ unnamed: [LONELY], warnings });
    built();
    change(`/app/${LONELY}`);
    await clock.advance(40);
    await expect
      .poll(() => told)
      .toEqual([`  ↻ ${LONELY}: not taken up\n    ${LONELY} has a handler that nobody names.`, '']);
    told.length = 0;
    change(`/app/${LONELY}`, HANDLER);
    await clock.advance(40);
    await expect
      .poll(() => told[0])
      .toMatch(/^ {2}↻ functions\/handlers\/push\.ts: taken up in \d+ ms, with push\n {4}.*nobody names\.$/);
    await close();
  });

  it('has the sweeper built anew for other settings: an older build may want some that are gone', async () => {
    const { clock, events, change, built, close } = await start();
    change('/app/.env');
    built();
    await clock.advance(40);
    expect(events).toEqual(['settings', 'build sweeper', 'renew sweeper']);
    await close();
  });

  it('has the sweeper built once at a time, and once more for all that changed meanwhile', async () => {
    const { clock, events, change, built, close } = await start();
    for (let changes = 1; changes <= 3; changes += 1) {
      change('/app/.env');
      await clock.advance(40);
      await expect.poll(() => events.filter((event) => event === 'settings').length).toBe(changes);
    }
    expect(events).toEqual(['settings', 'build sweeper', 'settings', 'settings']);
    built();
    await expect.poll(() => events.slice(4)).toEqual(['renew sweeper', 'build sweeper', 'renew sweeper']);
    await close();
  });

  it('comes in order: settings, then code, then the deliveries that were changed', async () => {
    const { clock, events, change, built, close } = await start();
    change('/app/functions/fixtures/push.json', HANDLER, '/app/.env');
    built();
    await clock.advance(40);
    expect(withoutSweeper(events)).toEqual(['settings', 'build webhook', 'renew webhook', 'send push']);
    await close();
  });

  it('waits for no file that means nothing, also where that changes without end', async () => {
    const { clock, events, change, deliver, close } = await start();
    change('/app/out.log');
    deliver();
    await clock.advance(0);
    expect(events).toEqual(['deliver']);
    change(HANDLER);
    for (let ms = 0; ms < 40; ms += 10) {
      change('/app/out.log');
      await clock.advance(10);
    }
    expect(events).toEqual(['deliver', 'build webhook']);
    await close();
  });

  it('keeps no delivery waiting where nothing changes', async () => {
    const { clock, events, deliver, close } = await start();
    deliver();
    await clock.advance(0);
    expect(events).toEqual(['deliver']);
    await close();
  });

  it('is never taken back by a build that began before and ended later', () => {
    const build = (atMs: number, ...names: readonly FunctionName[]): Build => ({
      readAt: new Date(atMs),
      handlers: [`of ${atMs}`],
      declared: [],
      settings: {},
      unnamed: [],
      warnings: [],
      bundles: Object.fromEntries(
        names.map((name) => [name, { file: `${name}-${atMs}`, readAt: new Date(atMs) }]),
      ),
      inputs: new Set([`/app/${atMs}.ts`]),
    });
    const ended = [
      build(1, 'webhook', 'sweeper'),
      build(4, 'webhook'),
      build(3, 'sweeper'),
      build(2, 'webhook'),
    ];
    const joined = ended.reduce(joinBuilds);
    expect(joined.bundles).toMatchObject({ webhook: { file: 'webhook-4' }, sweeper: { file: 'sweeper-3' } });
    expect(joined.handlers).toEqual(['of 4']);
    expect(joined.inputs.size).toBe(4);
  });
});

describe('what .env tells handlers', () => {
  /** An app with one handler that declares a text, and nothing else in its `.env`. */
  const start = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hookmint-env-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const write = (text: string): Promise<void> => writeFile(join(folder, '.env'), text);
    await write('NOTIFY_URL=http://old.example\n');
    const given = { GITHUB_WEBHOOK_SECRET: 'secret' };
    const loadHandlers = () => loadHandlerSettings(folder, given, { NOTIFY_URL: 'text' });
    const handlers = await loadHandlers();
    const describeFunctions = (_: unknown, { variables }: HandlerSettings): FunctionEnvironments => ({
      webhook: variables,
      worker: variables,
      sweeper: variables,
      rotator: {},
    });
    const live: Live = {
      settings: await loadLocalSettings(folder, given),
      secret: 'secret',
      handlers,
      env: describeFunctions({}, handlers),
    };
    const started: (readonly FunctionName[])[] = [];
    const renew = createRenewal({
      live,
      standIns: { describe: describeFunctions },
      loadHandlers,
      handling: ['webhook'],
      start: async (names) => void started.push(names),
    });
    const reload = () =>
      reloadSettings({
        folder,
        env: given,
        live,
        standIns: { secretsManager: { put: () => {} } as unknown as StandIns['secretsManager'] },
        loadHandlers,
        renew: () => renew(['webhook']),
        restart: () => {},
      });
    return { live, started, write, renew, reload };
  };

  it('is told to the functions that deliveries wait for, also where the sweeper was told of it first', async () => {
    const { live, started, write, renew, reload } = await start();
    await write('NOTIFY_URL=http://new.example\n');
    await renew(['sweeper']);
    expect(live.env.sweeper).toEqual({ NOTIFY_URL: 'http://new.example' });
    expect(live.env.webhook).toEqual({ NOTIFY_URL: 'http://old.example' });
    expect(await reload()).toBe('.env: taken up');
    expect(live.env.webhook).toEqual({ NOTIFY_URL: 'http://new.example' });
    expect(started).toEqual([['sweeper'], ['webhook']]);
    expect(await reload()).toBe('.env: changed, and nothing that is read from it');
  });
});

describe('a function that is renewed', () => {
  interface Fake extends LambdaFunction {
    readonly answer: (value: unknown) => void;
    closed: boolean;
  }
  const createFake = (): Fake => {
    const answers = Promise.withResolvers<unknown>();
    const exited = Promise.withResolvers<number | null>();
    const fake: Fake = {
      lines: [],
      closed: false,
      exited: exited.promise,
      answer: answers.resolve,
      invoke: () => answers.promise,
      close: async () => {
        fake.closed = true;
        exited.resolve(null);
      },
    };
    return fake;
  };

  it('ends what the process before has begun, there, and closes it then', async () => {
    const [first, second] = [createFake(), createFake()];
    const starts = [first, second];
    const deaths: unknown[] = [];
    const lasting = await createLastingFunction(
      async () => starts.shift() ?? createFake(),
      (code) => deaths.push(code),
    );
    const begun = lasting.invoke('one');
    await lasting.renew();
    expect(first.closed).toBe(false);
    const next = lasting.invoke('two');
    second.answer('from the second');
    first.answer('from the first');
    expect([await begun, await next]).toEqual(['from the first', 'from the second']);
    expect([first.closed, second.closed, deaths]).toEqual([true, false, []]);
    await lasting.close();
  });

  it('stays what it was where the new process does not start', async () => {
    const first = createFake();
    const starts = [async () => first, () => Promise.reject(new Error('init failed'))];
    const lasting = await createLastingFunction(
      () => starts.shift()?.() ?? Promise.reject(new Error('no more')),
      () => {},
    );
    await expect(lasting.renew()).rejects.toThrow('init failed');
    first.answer('still here');
    expect(await lasting.invoke('one')).toBe('still here');
    await lasting.close();
  });
});

describe('the keys of the terminal', () => {
  const createKeyboard = (isTTY: boolean) => {
    const raw: boolean[] = [];
    const emitter = new EventEmitter();
    const keyboard = Object.assign(emitter, {
      isTTY,
      setRawMode: (to: boolean) => raw.push(to),
      resume: () => {},
      pause: () => {},
    });
    return { keyboard, raw, type: (text: string) => emitter.emit('data', Buffer.from(text)) };
  };

  it('do nothing, and leave the terminal alone, where there is none', () => {
    const { keyboard, raw, type } = createKeyboard(false);
    const end = vi.fn<() => void>();
    listenToKeys({ keyboard, keys: [], end, makeRoom: () => {} });
    type('\u0003');
    expect([raw, end.mock.calls]).toEqual([[], []]);
  });

  it('act, Ctrl-C ends, and the terminal is given back', async () => {
    const { keyboard, raw, type } = createKeyboard(true);
    const [act, end, makeRoom] = [vi.fn<() => void>(), vi.fn<() => void>(), vi.fn<() => void>()];
    const keys = [{ key: 'r', does: 'resend the last', act }];
    const listening = listenToKeys({ keyboard, keys, end, makeRoom });
    type('rRx\r');
    type('\u0003');
    await listening.close();
    type('r');
    expect([act, makeRoom, end].map((each) => each.mock.calls.length)).toEqual([2, 1, 1]);
    expect(raw).toEqual([true, false]);
  });
});

describe('the App of .env', () => {
  const ask = async (change: {
    readonly appId?: string;
    readonly otherKey?: boolean;
    readonly down?: boolean;
  }) => {
    const { privateKeyPem, publicKey } = createAppKey();
    const world = loadWorld();
    const github = await createGitHub({ ...world, app: { ...world.app, publicKeys: [publicKey] } });
    if (change.down) github.faults.next({ path: /^\/app$/ }, { status: 503 }, 9);
    try {
      return await checkApp({
        appId: change.appId ?? '31415',
        apiUrl: github.url,
        privateKeyPem: change.otherKey ? createAppKey().privateKeyPem : privateKeyPem,
        privateKeyFile: '/keys/app.pem',
      });
    } finally {
      await github.close();
    }
  };

  it('is refused where GitHub knows no such App', async () => {
    await expect(ask({ appId: '999' })).rejects.toThrow(/^App 999 of \.env cannot be used\. /);
  });

  it('is refused where the key is not its own', async () => {
    await expect(ask({ otherKey: true })).rejects.toThrow(/App 31415[^]*GITHUB_PRIVATE_KEY_FILE/);
  });

  it('is let through where GitHub cannot be asked', async () => {
    expect(await ask({ down: true })).toMatchObject({ kind: 'not_asked' });
  });

  it('is known by its name', async () => {
    expect(await ask({})).toEqual({ kind: 'known', slug: loadWorld().app.slug });
  });
});
