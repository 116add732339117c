/** `hookmint deliveries` and `redeliver`, against GitHub's log as the stand-in has it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDurationMs } from '../../cli/deliveries/duration.ts';
import { type AppScene, startAppScene } from './app-scene.ts';
import { expectJson } from './schemas.ts';

const GUID = '0b989ba4-242f-11e5-81e1-c7b6966d2516';
const HOUR_MS = 3_600_000;
const ago = (hours: number): Date => new Date(Date.now() - hours * HOUR_MS);

let scene: AppScene;
beforeEach(async () => {
  scene = await startAppScene();
});
afterEach(() => scene.close());

/** Of the list of deliveries. */
const LOG = { path: /^\/app\/hook\/deliveries/ };

describe('hookmint deliveries', () => {
  const list = async (...args: string[]) => {
    const { code, stdout, stderr } = await scene.run(['deliveries', '--json', ...args]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return expectJson('deliveries', stdout);
  };

  it('is an array, the newest first, with ids as text that are exact', async () => {
    scene.github.deliveries.add({
      id: '3804004623172239366',
      guid: GUID,
      event: 'push',
      statusCode: 202,
      deliveredAt: ago(2),
    });
    scene.github.deliveries.add({
      id: '3804004623172239999',
      guid: GUID,
      event: 'issues',
      action: 'opened',
      statusCode: 500,
      redelivery: true,
      installationId: 4242,
      repositoryId: 99,
      deliveredAt: new Date(ago(1).setMilliseconds(0)),
    });
    expect(await list()).toEqual([
      {
        id: '3804004623172239999',
        guid: GUID,
        event: 'issues',
        action: 'opened',
        status: 'Invalid HTTP Response: 500',
        statusCode: 500,
        deliveredAt: expect.stringMatching(/^\d{4}-.*Z$/),
        redelivery: true,
        installationId: '4242',
        repositoryId: '99',
      },
      expect.objectContaining({ id: '3804004623172239366', action: null, installationId: null }),
    ]);
  });

  it('takes what failed, what has no code included, and no redirect for a success', async () => {
    for (const statusCode of [200, 202, 302, 500, 0])
      scene.github.deliveries.add({ event: 'push', statusCode, deliveredAt: ago(1) });
    const codes = JSON.stringify(await list('--failed')).matchAll(/"statusCode":(\d+)/g);
    expect([...codes].map(([, code]) => Number(code)).toSorted((a, b) => a - b)).toEqual([0, 302, 500]);
  });

  it.each([
    { event: 'issues', ids: ['opened', 'closed'] },
    { event: 'issues.closed', ids: ['closed'] },
    { event: 'push', ids: [] },
  ])('of $event', async ({ event, ids }) => {
    for (const action of ['closed', 'opened'])
      scene.github.deliveries.add({ event: 'issues', action, statusCode: 202 });
    scene.github.deliveries.add({ event: 'issue_comment', action: 'created', statusCode: 202 });
    const found = JSON.stringify(await list('--event', event)).matchAll(/"action":"(\w+)"/g);
    expect([...found].map(([, action]) => action)).toEqual(ids);
  });

  it('ends where it is told to, over pages, and asks for none that it does not need', async () => {
    for (let index = 0; index < 250; index += 1)
      scene.github.deliveries.add({ event: 'push', statusCode: 202, deliveredAt: ago(index < 120 ? 1 : 30) });
    expect(await list('--since', '2h')).toHaveLength(120);
    expect(scene.github.calls.filter(({ path }) => path.includes('deliveries'))).toHaveLength(2);
    expect(await list('--since', '3d')).toHaveLength(250);
  });

  it('shows people a line for each, and how many there are', async () => {
    scene.github.deliveries.add({ guid: GUID, event: 'issues', action: 'opened\u001b[2J', statusCode: 0 });
    const { code, stdout } = await scene.run(['deliveries']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      new RegExp(
        `^\\d{4}\\S+Z {2}failed to connect to host {2}${GUID} {2}issues\\.opened·\\[2J\n1 delivery within 24h\n$`,
      ),
    );
  });

  it('is an empty array where there is nothing', async () => {
    expect(await list()).toEqual([]);
  });

  it.each(['1', 'h', '0h', '24', '1y', '-3h'])('refuses %s as a duration', async (since) => {
    const { code, stderr } = await scene.run(['deliveries', `--since=${since}`]);
    expect([code, stderr]).toEqual([2, `'${since}' is no duration: 90m, 24h and 3d are.\n`]);
  });

  it('tries again after a 500, and says so where GitHub stays down', async () => {
    scene.github.faults.next(LOG, { status: 500 }, 2);
    expect(await list()).toEqual([]);
    scene.github.faults.next(LOG, { status: 500 }, 3);
    const { code, stdout, stderr } = await scene.run(['deliveries', '--json']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^GitHub (answered|did not answer|failed).*\n$/);
  });

  it('says how long a rate limit lasts, and asks no more', async () => {
    const headers = { 'x-ratelimit-remaining': '0', 'retry-after': '77' };
    scene.github.faults.next(LOG, { status: 403, body: { message: 'API rate limit exceeded' }, headers });
    const { code, stderr } = await scene.run(['deliveries']);
    expect([code, stderr]).toEqual([
      2,
      "GitHub's rate limit for calls as the App is reached; try again in 77 s.\n",
    ]);
    expect(scene.github.calls).toHaveLength(1);
  });

  it.each([
    { what: 'no list', body: { message: 'hello' } },
    { what: 'a list of nothing that can be read', body: [{}] },
  ])('does not take $what for an empty log', async ({ body }) => {
    scene.github.faults.next(LOG, { status: 200, body });
    const { code, stdout, stderr } = await scene.run(['deliveries', '--json']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('did not answer with its log of deliveries');
  });
});

describe('hookmint redeliver', () => {
  it('refuses what is no id', async () => {
    const { code, stderr } = await scene.run(['redeliver', 'a/b']);
    expect([code, stderr]).toEqual([2, expect.stringContaining("'a/b' is no id of a delivery")]);
    expect(scene.github.calls).toEqual([]);
  });

  it('says that a log does not have it', async () => {
    const { code, stderr } = await scene.run(['redeliver', GUID]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`GitHub's log has no delivery ${GUID}`)]);
  });

  it('asks for the newest attempt, by its exact id, once', async () => {
    const deliveries = scene.github.deliveries;
    deliveries.add({
      id: '3804004623172239366',
      guid: GUID,
      event: 'push',
      statusCode: 500,
      deliveredAt: ago(2),
      request: { payload: {} },
    });
    deliveries.add({
      id: '3804004623172239367',
      guid: GUID,
      event: 'push',
      statusCode: 500,
      deliveredAt: ago(1),
      redelivery: true,
      request: { payload: {} },
    });
    const { code, stdout } = await scene.run(['redeliver', GUID, '--json']);
    expect(code).toBe(0);
    expect(expectJson('redeliver', stdout)).toEqual({ guid: GUID, id: '3804004623172239367', handler: null });
    expect(scene.github.calls.filter(({ method }) => method === 'POST').map(({ path }) => path)).toEqual([
      '/app/hook/deliveries/3804004623172239367/attempts',
    ]);
  });

  it('says that a log which shrank meanwhile has it no more', async () => {
    scene.github.deliveries.add({ guid: GUID, event: 'push', statusCode: 500 });
    scene.github.faults.next({ method: 'POST' }, { status: 404, body: { message: 'Not Found' } });
    const { code, stderr } = await scene.run(['redeliver', GUID]);
    expect([code, stderr]).toEqual([2, `GitHub no longer has the delivery ${GUID}.\n`]);
  });

  it('says that GitHub refuses', async () => {
    scene.github.deliveries.add({ guid: GUID, event: 'push', statusCode: 500 });
    scene.github.faults.next({ method: 'POST' }, { status: 422, body: { message: 'No' } });
    const { code, stderr } = await scene.run(['redeliver', GUID]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`does not deliver ${GUID} again`)]);
  });
});

it.each([
  ['90m', 5_400_000],
  ['24h', 86_400_000],
  ['3d', 259_200_000],
  ['45 s', 45_000],
])('%s is %i ms', (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms);
});
