import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sleep } from '../../lib/async/clock.ts';
import { defineHandler } from '../../lib/dispatch/define-handler.ts';
import type { Job } from '../../lib/dispatch/job.ts';
import { ServiceFault } from '../../lib/faults.ts';
import { toAnswerBudgetMs } from '../../lib/github/hosts.ts';
import type { InvocationContext } from '../../lib/webhook/intake.ts';
import { createManualClock, type ManualClock } from '../harness/clock.ts';
import { module, SECRET, type Sent, setScene } from './intake-scene.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const before = (seconds: number): Date => new Date(NOW - seconds * 1000);
const remaining = (ms: number): InvocationContext => ({ getRemainingTimeInMillis: () => ms });

/** When the time of a delivery that arrives at `NOW` is up, in milliseconds after `NOW`. */
async function timeOf(sent: Sent, budgetMs?: number): Promise<number> {
  const seen: Job[] = [];
  const scene = setScene({
    now: () => NOW,
    ...(budgetMs !== undefined && { budgetMs }),
    dispatch(_, work) {
      seen.push(work);
      return Promise.resolve([]);
    },
  });
  await scene.send(sent);
  return (seen[0]?.deadline.atMs ?? Number.NaN) - NOW;
}

describe('the time of a delivery', () => {
  it.each([
    { name: 'from arrival where the request is of this moment', sent: { at: before(0) }, ms: 8_500 },
    { name: "from the request's own time", sent: { at: before(2) }, ms: 6_500 },
    {
      name: "from the request's own time, through a REST API",
      sent: { at: before(2), shape: 'rest_api' },
      ms: 6_500,
    },
    { name: "from the request's own time up to ten seconds", sent: { at: before(9.999) }, ms: -1_499 },
    { name: 'from arrival where the request is ten seconds old', sent: { at: before(10) }, ms: 8_500 },
    { name: 'from arrival where the request is of last year', sent: { at: before(31_536_000) }, ms: 8_500 },
    { name: 'from arrival where the request is of tomorrow', sent: { at: before(-86_400) }, ms: 8_500 },
    {
      name: 'from arrival behind a load balancer',
      sent: { at: before(2), shape: 'load_balancer' },
      ms: 8_500,
    },
    { name: 'half a second less than Lambda allows', sent: { context: remaining(3_000) }, ms: 2_500 },
    {
      name: "not past the request's time where Lambda allows more",
      sent: { context: remaining(60_000) },
      ms: 8_500,
    },
    {
      name: 'half a second less than Lambda allows, whatever the age',
      sent: { at: before(2), context: remaining(3_000) },
      ms: 2_500,
    },
  ] satisfies readonly { name: string; sent: Sent; ms: number }[])('runs $name', async ({ sent, ms }) => {
    expect(await timeOf(sent)).toBe(ms);
  });

  it.each([
    { apiUrl: 'https://api.github.com', ms: 8_500 },
    { apiUrl: 'https://api.octocorp.ghe.com', ms: 8_500 },
    { apiUrl: 'http://127.0.0.1:3001', ms: 8_500 },
    { apiUrl: 'https://github.example.com/api/v3', ms: 28_000 },
  ])('is $ms ms with $apiUrl', ({ apiUrl, ms }) => {
    expect(toAnswerBudgetMs(apiUrl)).toBe(ms);
  });

  it('is what the host of GitHub gives', async () => {
    expect(await timeOf({ at: before(1) }, 28_000)).toBe(27_000);
  });
});

describe('when the time is up', () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  beforeAll(() => void process.on('unhandledRejection', note));
  afterAll(() => void process.off('unhandledRejection', note));

  const TIME_UP = { name: 'issues', outcome: 'failed', reason: 'deadline' };

  let clock: ManualClock;
  beforeEach(() => {
    clock = createManualClock(NOW);
  });

  /** Sends a delivery, and moves the clock until so many milliseconds after it. */
  async function sendFor(ms: number, options: Parameters<typeof setScene>[0], sent: Sent = {}) {
    const scene = setScene({ ...options, clock });
    const answer = scene.send(sent);
    await clock.advance(ms);
    return { scene, answer };
  }

  it('the answer is out although a handler ignores its signal, and says which one it was', async () => {
    const table = {
      issues: [
        module(defineHandler('issues', { permissions: {}, handle: () => sleep(clock, 2_000) })),
        module(defineHandler('issues', { name: 'quick', permissions: {}, handle() {} })),
      ],
    };
    const { scene, answer } = await sendFor(150, { table, budgetMs: 150 });
    const result = await answer;
    expect(result.statusCode).toBe(500);
    expect(JSON.parse(result.body)).toMatchObject({
      outcome: 'failed',
      handlers: [TIME_UP, { name: 'quick', outcome: 'handled' }],
    });
    expect(scene.lines.filter(({ message }) => message === 'handler')).toHaveLength(2);
  });

  it('the answer is out although Lambda, not GitHub, sets the end', async () => {
    const never = defineHandler('issues', { permissions: {}, handle: () => new Promise(() => {}) });
    const table = { issues: module(never) };
    const { answer } = await sendFor(150, { table }, { context: remaining(650) });
    expect(JSON.parse((await answer).body)).toMatchObject({ handlers: [TIME_UP] });
  });

  it('a handler that heeds its signal fails with it', async () => {
    const heeds = defineHandler('issues', {
      permissions: {},
      handle: ({ signal }) => sleep(clock, 2_000, signal),
    });
    const { answer } = await sendFor(100, { table: { issues: module(heeds) }, budgetMs: 100 });
    expect(JSON.parse((await answer).body)).toMatchObject({ outcome: 'failed', handlers: [TIME_UP] });
  });

  it('the late failure of a handler changes nothing, and nobody is left to trip over it', async () => {
    let ended = false;
    const late = defineHandler('issues', {
      permissions: {},
      async handle() {
        await sleep(clock, 200);
        ended = true;
        throw new Error('too late');
      },
    });
    const { scene, answer } = await sendFor(60, { table: { issues: module(late) }, budgetMs: 60 });
    await answer;
    const told = scene.lines.length;
    await clock.advance(300);
    expect(ended).toBe(true);
    expect(scene.lines).toHaveLength(told);
    expect(unhandled).toEqual([]);
  });

  it('a handler that still waits for its token is not started', async () => {
    let started = false;
    const table = {
      issues: module(
        defineHandler('issues', {
          permissions: { issues: 'write' },
          repositories: 'installation',
          handle() {
            started = true;
          },
        }),
      ),
    };
    // Does not heed its signal either.
    const authorise = async (): Promise<never> => {
      await sleep(clock, 200);
      throw new ServiceFault('github_unavailable', 'late');
    };
    const options = { table, budgetMs: 60, app: { authorise } };
    const { answer } = await sendFor(60, options, { body: '{"installation":{"id":1}}' });
    expect(JSON.parse((await answer).body)).toMatchObject({ handlers: [TIME_UP] });
    await clock.advance(250);
    expect(started).toBe(false);
    expect(unhandled).toEqual([]);
  });

  it('a handler whose module is still loading is not started, and goes by its key', async () => {
    let started = false;
    const handler = defineHandler('issues', {
      name: 'slow-module',
      permissions: {},
      handle() {
        started = true;
      },
    });
    const table = { issues: () => sleep(clock, 200).then(() => ({ default: handler })) };
    const { answer } = await sendFor(60, { table, budgetMs: 60 });
    expect(JSON.parse((await answer).body)).toMatchObject({ handlers: [TIME_UP] });
    await clock.advance(250);
    expect(started).toBe(false);
  });

  it('before a delivery came in, no handler of it is started', async () => {
    let started = false;
    const handler = defineHandler('issues', {
      permissions: {},
      handle() {
        started = true;
      },
    });
    const { answer } = await sendFor(0, { table: { issues: module(handler) } }, { at: before(9.5) });
    expect(JSON.parse((await answer).body)).toMatchObject({ outcome: 'failed', handlers: [TIME_UP] });
    expect(started).toBe(false);
  });

  it('the signal of a handler that was answered for long ago is aborted as well', async () => {
    const signals: AbortSignal[] = [];
    const handler = defineHandler('issues', {
      permissions: {},
      handle({ signal }) {
        signals.push(signal);
      },
    });
    const { answer } = await sendFor(0, { table: { issues: module(handler) }, budgetMs: 60 });
    await answer;
    await clock.advance(60);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('secrets that do not come are a 502, inside the time', async () => {
    const secrets = {
      live: (signal: AbortSignal) =>
        new Promise<never>((_, reject) => {
          const give = (): void => reject(new ServiceFault('secrets_unavailable', 'silence'));
          signal.addEventListener('abort', give);
        }),
      refreshed: () => Promise.resolve([SECRET]),
      versionOf: () => 'current' as const,
    };
    const { answer } = await sendFor(399, { secrets, budgetMs: 400 });
    expect(await answer).toMatchObject({ statusCode: 502 });
  });
});

it('a context that knows nothing of time makes no difference', async () => {
  expect(await setScene().send()).toMatchObject({ statusCode: 200 });
});
