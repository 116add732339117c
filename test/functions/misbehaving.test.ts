/** No answer and no line holds a secret, and no handler harms another delivery, however badly handlers behave. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Delivered, type Deployment, linesOf, startDeployment } from '../harness/deployment.ts';
import { handlers } from './misbehaving-handlers.ts';

/** Leaves a delivery 1.5 s, half a second less than this: for those that are to run out of it. */
const SHORT_MS = 2_000;
const MARKER = 'marker of the payload';

let app: Deployment;
const answers: string[] = [];

beforeAll(async () => {
  app = await startDeployment({
    handlers: 'test/functions/misbehaving-handlers.ts',
    ledger: false,
    env: { LOG_LEVEL: 'debug' },
  });
  await app.webhook();
});
afterAll(() => app.close());

async function send(action: string, timeoutMs?: number): Promise<Delivered> {
  const payload = {
    action,
    issue: { number: 1, title: MARKER, body: MARKER },
    repository: {
      id: 186853002,
      name: 'widgets',
      full_name: 'octo-org/widgets',
      owner: { login: 'octo-org' },
    },
    installation: { id: 51230417 },
  };
  const result = await app.deliver(payload, {
    event: 'issues',
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
  answers.push(result.text);
  return result;
}

const commentsMade = (): number => app.github.calls.filter(({ path }) => path.endsWith('/comments')).length;

describe('an answer tells the outcome and nothing else', () => {
  it.each([
    { action: 'opened', status: 500, reason: 'handler_error' },
    { action: 'closed', status: 500, reason: 'handler_error' },
    { action: 'labeled', status: 500, reason: 'handler_error' },
    { action: 'unassigned', status: 500, reason: 'deadline' },
    { action: 'locked', status: 500, reason: 'deadline' },
    { action: 'edited', status: 200, reason: undefined },
    { action: 'unlabeled', status: 200, reason: undefined },
    { action: 'assigned', status: 200, reason: undefined },
    { action: 'reopened', status: 200, reason: undefined },
  ])('$status for issues.$action', async ({ action, status, reason }) => {
    const result = await send(action, reason === 'deadline' ? SHORT_MS : undefined);
    expect(result.status).toBe(status);
    expect(JSON.parse(result.text).handlers).toEqual([
      {
        name: expect.any(String),
        outcome: status === 200 ? 'handled' : 'failed',
        ...(reason !== undefined && { reason }),
      },
    ]);
    // What it left behind has its chance to do harm.
    await sleep(100);
    expect(await send('reopened')).toMatchObject({ status: 200 });
  });
});

it('a handler that goes on when its time is up cannot call GitHub any more', async () => {
  const before = commentsMade();
  expect(await send('locked', SHORT_MS)).toMatchObject({ status: 500 });
  await expect.poll(() => app.lines.join('\n')).toContain('late, with [redacted]');
  await sleep(100);
  expect(commentsMade()).toBe(before);
});

it('a handler that returned cannot call GitHub when its time is up', async () => {
  const before = commentsMade();
  expect(await send('unlocked', SHORT_MS)).toMatchObject({ status: 200 });
  await sleep(2_000);
  expect(commentsMade()).toBe(before);
});

it('a call that nobody waits for does no harm when the time is up', async () => {
  app.github.faults.next({ path: /\/issues\/1[45]$/ }, { silence: true }, 2);
  const result = await send('pinned', SHORT_MS);
  expect(JSON.parse(result.text).handlers).toMatchObject([
    { outcome: 'failed', reason: 'github_unavailable' },
  ]);
  await sleep(100);
  expect(await send('reopened')).toMatchObject({ status: 200 });
});

describe('all that was answered and written', () => {
  it('covers every misdeed', () => {
    expect(Object.keys(handlers)).toHaveLength(12);
    expect(answers.length).toBeGreaterThan(20);
    expect(app.lines.length).toBeGreaterThan(40);
    expect(app.github.tokens.length).toBeGreaterThan(0);
  });

  it('is JSON lines of ours, and the process is still the first one', async () => {
    for (const line of app.lines) expect(JSON.parse(line)).toMatchObject({ timestamp: expect.any(String) });
    expect(await Promise.race([(await app.webhook()).exited, sleep(10, 'running')])).toBe('running');
  });

  it('holds no secret, key, JWT, token or payload', () => {
    const [keyText = ''] = /[A-Za-z0-9+/]{60}/.exec(app.privateKeyPem) ?? [];
    for (const text of [...answers, ...app.lines]) {
      expect(text).not.toContain(app.webhookSecret);
      expect(text).not.toContain(keyText);
      expect(text).not.toMatch(/ghs_|eyJ|BEGIN/);
      expect(text).not.toContain(MARKER);
      // Parts of a token: nothing of ours is that long and that random.
      expect(text).not.toMatch(/[A-Za-z0-9_-]{40,}/);
    }
  });

  it('holds no payload that was logged as fields', async () => {
    const before = linesOf(app, 'got').length;
    await send('milestoned');
    await expect.poll(() => linesOf(app, 'got')).toHaveLength(before + 1);
    expect(app.lines.join('\n')).not.toContain(MARKER);
  });
});
