/** What the console's server tells of the queued shape: the worker's tries, dead letters, and their way back. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Detail, LocalView, Summary } from '../../local/console/messages.ts';
import { type Scene, startScene } from './scene.ts';

let scene: Scene;
let token: string;
beforeAll(async () => {
  scene = await startScene({ queued: true });
  const html = await (await fetch(scene.consoleUrl)).text();
  token = /name="session" content="([^"]+)"/.exec(html)?.[1] ?? '';
});
afterAll(() => scene.close());

const read = async <T>(path: string): Promise<T> => {
  const value = (await (await fetch(scene.consoleUrl + path)).json()) as T;
  return value;
};
const change = async (path: string, body: object = {}): Promise<unknown> => {
  const headers = { 'content-type': 'application/json', 'x-hookmint-session': token };
  const response = await fetch(scene.consoleUrl + path, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return response.json();
};
const find = async (title: string): Promise<Summary> => {
  const all = await read<readonly Summary[]>('/api/deliveries');
  const found = all.findLast((each) => each.title === title);
  if (found === undefined) throw new Error(`no ${title} among ${all.length}`);
  return found;
};

it('shows what the worker did with a delivery after it was queued', async () => {
  const { key, outcome } = await find('pull_request.opened');
  expect(outcome).toBe('handled');
  const { passes } = await read<Detail>(`/api/deliveries/${key}`);
  expect(passes.map(({ by, outcome: ended }) => [by, ended])).toEqual([
    ['webhook', 'queued'],
    ['worker', 'handled'],
  ]);
  const title = passes[1]?.handlers.find(({ name }) => name === 'pull-request-title');
  expect(title).toMatchObject({
    name: 'pull-request-title',
    attempt: 1,
    asked: 'checks=write on octo-org/widgets',
  });
  expect(title?.calls.map(({ path }) => path.split('?')[0])).toContain('/repos/octo-org/widgets/check-runs');
});

it('replays to one handler through the queue', async () => {
  const { key } = await find('pull_request.opened');
  expect(await change(`/api/deliveries/${key}/replay`, { handler: 'pull-request-size' })).toMatchObject({
    done: true,
  });
  await expect.poll(async () => (await find('pull_request.opened')).onlyHandler).toBe('pull-request-size');
  await expect.poll(async () => (await find('pull_request.opened')).outcome).toBe('handled');
  const { passes } = await read<Detail>(`/api/deliveries/${(await find('pull_request.opened')).key}`);
  expect(passes[1]?.handlers.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['pull-request-size', 'handled'],
  ]);
});

it('tells the shape, the queue and what lies among the dead letters', async () => {
  expect(await read<LocalView>('/api/local')).toMatchObject({
    shape: 'queued',
    github: 'a stand-in for GitHub',
    queue: { visible: 0, hidden: 0 },
    deadLetters: [],
    canSweep: true,
  });
  expect(await change('/api/dead-letters/redrive')).toMatchObject({ done: true });
});

it('changes nothing for what it does not know', async () => {
  expect(await change('/api/deliveries/999999/replay')).toEqual({ error: 'not found' });
  const { key } = await find('push');
  expect(await change(`/api/deliveries/${key}/send`, { payload: '[1]' })).toEqual({
    error: 'the payload is no JSON object',
  });
  for (const name of ['../escape', 'Upper', 'world', ''])
    expect(await change(`/api/deliveries/${key}/fixture`, { name })).toHaveProperty('error');
});
