/** Handlers that are claimed and settled: through the intake, and as a message of the queue brings them. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { sleep, SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { startDeadline } from '../../lib/async/deadline.ts';
import { defineHandler, type Handler } from '../../lib/dispatch/define-handler.ts';
import { giveUp, retry, skip } from '../../lib/dispatch/endings.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import type { HandlerOutcome } from '../../lib/dispatch/outcome.ts';
import { createParking } from '../../lib/dispatch/parking.ts';
import type { Carrier } from '../../lib/dispatch/job.ts';
import { runHandler } from '../../lib/dispatch/run-handler.ts';
import { type FaultCode, ServiceFault } from '../../lib/faults.ts';
import type { Authority, GitHubApp } from '../../lib/github/app.ts';
import { createLog } from '../../lib/log/log.ts';
import type { LambdaResult } from '../../lib/webhook/answer.ts';
import { createManualClock } from '../harness/clock.ts';
import { DELIVERY_ID, module, setScene } from '../webhook/intake-scene.ts';
import { createMemoryLedger } from './memory-ledger.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const BODY = JSON.stringify({
  action: 'opened',
  repository: { id: 186853002 },
  installation: { id: 51230417 },
});

const bodyOf = ({ body }: LambdaResult): unknown => JSON.parse(body);
const fault = (code: FaultCode, retryAfterSeconds?: number): ServiceFault =>
  new ServiceFault(code, 'made for this test', { retryAfterSeconds });

/** A handler without a token that counts its runs, and ends as it is told. */
function counting(name = 'issues', end: (attempt: number) => void | Promise<void> = () => {}) {
  const attempts: number[] = [];
  const handler = defineHandler('issues', {
    name,
    permissions: {},
    handle({ delivery }) {
      attempts.push(delivery.attempt);
      return end(delivery.attempt);
    },
  });
  return { attempts, handler, table: { issues: module(handler) } };
}

/** A promise, and what ends it. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: () => resolve() };
}

describe('a claim', () => {
  it('names host, App, hook, delivery and handler, and lasts three seconds longer than its owner', async () => {
    const ledger = createMemoryLedger();
    const { table } = counting('labeller');
    await setScene({ table, ledger, appId: '31415', now: () => NOW }).send();
    expect(ledger.claims).toEqual([
      {
        key: {
          host: 'api.github.com',
          appId: '31415',
          hookId: '458',
          deliveryId: DELIVERY_ID,
          handler: 'labeller',
        },
        leaseUntil: new Date(NOW + 8_500 + 3_000),
        messageId: null,
        askedAt: new Date(NOW),
        byPerson: false,
        maxAttempts: Infinity,
        replay: false,
        alone: true,
      },
    ]);
    expect(ledger.recordOf('labeller')).toMatchObject({ state: 'done', fence: 1, attempts: 1 });
  });

  it('is made for each handler on its own', async () => {
    const ledger = createMemoryLedger();
    const table = { issues: [module(counting('a').handler), module(counting('b').handler)] };
    await setScene({ table, ledger }).send();
    expect(ledger.claims.map(({ key }) => key.handler)).toEqual(['a', 'b']);
    expect([ledger.recordOf('a')?.state, ledger.recordOf('b')?.state]).toEqual(['done', 'done']);
  });

  it.each([
    { name: 'an event that nobody handles', sent: { event: 'push' } },
    { name: 'a forged delivery', sent: { secret: 'a guess' } },
    { name: 'a payload that is none', sent: { body: '[]' } },
  ])('is not made for $name', async ({ sent }) => {
    const ledger = createMemoryLedger();
    await setScene({ table: counting().table, ledger }).send(sent);
    expect(ledger.claims).toEqual([]);
  });

  it('is not made by a handler that does not want the delivery', async () => {
    const ledger = createMemoryLedger();
    await setScene({ table: { issues: module(conditional(() => false)) }, ledger }).send();
    expect(ledger.claims).toEqual([]);
    expect(ledger.settlements).toEqual([]);
  });

  it.each([
    {
      name: 'throws',
      when: () => {
        throw new Error('oops');
      },
      settlement: { state: 'failed', reason: 'handler_error', counts: true },
    },
    { name: 'skips', when: () => skip('not today'), settlement: { state: 'skipped', reason: 'not today' } },
    {
      name: 'gives up',
      when: () => giveUp('never'),
      settlement: { state: 'given_up', reason: 'handler_gave_up: never' },
    },
  ])('is made by a handler whose when() $name, so that this is recorded', async ({ when, settlement }) => {
    const ledger = createMemoryLedger();
    await setScene({ table: { issues: module(conditional(when)) }, ledger }).send();
    expect(ledger.settlements).toEqual([settlement]);
  });

  it('is not made by a module that does not load', async () => {
    const ledger = createMemoryLedger();
    await setScene({ table: { issues: () => Promise.reject(new Error('no module')) }, ledger }).send();
    expect(ledger.claims).toEqual([]);
  });
});

describe('a copy of a delivery', () => {
  it('that is done runs nothing, mints nothing, and is a duplicate', async () => {
    const ledger = createMemoryLedger();
    let runs = 0;
    const table = { issues: module(tokenHandler('issues', () => void (runs += 1))) };
    const scene = setScene({ table, ledger, app: { authorise: grantAll } });
    expect(bodyOf(await scene.send({ body: BODY }))).toMatchObject({ outcome: 'handled' });
    const copy = await scene.send({ body: BODY });
    expect(copy.statusCode).toBe(200);
    expect(bodyOf(copy)).toEqual({
      delivery: DELIVERY_ID,
      event: 'issues',
      outcome: 'duplicate',
      handlers: [{ name: 'issues', outcome: 'duplicate' }],
    });
    expect([scene.mints(), runs]).toEqual([1, 1]);
    expect(ledger.settlements).toEqual([{ state: 'done' }]);
    const [told] = scene.lines.filter(({ outcome }) => outcome === 'duplicate');
    expect(told).toMatchObject({ level: 'INFO', message: 'handler', handler: 'issues' });
  });

  it('runs once, of a hundred one after the other', async () => {
    const { attempts, table } = counting();
    const scene = setScene({ table, ledger: createMemoryLedger() });
    for (let round = 0; round < 100; round += 1)
      expect(await scene.send()).toMatchObject({ statusCode: 200 });
    expect(attempts).toEqual([1]);
  });

  it('is handled by those that failed, and by nobody else', async () => {
    const steady = counting('steady');
    const shaky = counting('shaky', (attempt) => {
      if (attempt === 1) throw new Error('oops');
    });
    const table = { issues: [module(steady.handler), module(shaky.handler)] };
    const scene = setScene({ table, ledger: createMemoryLedger() });
    expect(await scene.send()).toMatchObject({ statusCode: 500 });
    const again = await scene.send();
    expect(again.statusCode).toBe(200);
    expect(bodyOf(again)).toMatchObject({
      outcome: 'handled',
      handlers: [
        { name: 'steady', outcome: 'duplicate' },
        { name: 'shaky', outcome: 'handled' },
      ],
    });
    expect([steady.attempts, shaky.attempts]).toEqual([[1], [1, 2]]);
  });

  it('of another hook is another delivery', async () => {
    const { attempts, table } = counting();
    const scene = setScene({ table, ledger: createMemoryLedger() });
    for (const hook of ['458', '459', undefined]) {
      expect(bodyOf(await scene.send({ headers: { 'X-GitHub-Hook-ID': hook } }))).toMatchObject({
        outcome: 'handled',
      });
    }
    expect(attempts).toEqual([1, 1, 1]);
  });

  it('is handled again where there is no ledger', async () => {
    const { attempts, table } = counting();
    const scene = setScene({ table });
    await scene.send();
    await scene.send();
    expect(attempts).toEqual([1, 1]);
  });

  it('is put off while the first is at work: 503, until its lease has ended', async () => {
    const { opened, open } = gate();
    const { attempts, table } = counting('issues', () => opened);
    const ledger = createMemoryLedger(() => NOW);
    const scene = setScene({ table, ledger, now: () => NOW });
    const first = scene.send();
    await expect.poll(() => attempts).toHaveLength(1);
    const copy = await scene.send();
    expect(copy.statusCode).toBe(503);
    expect(copy.headers?.['retry-after']).toBe('12');
    expect(bodyOf(copy)).toMatchObject({
      outcome: 'failed',
      handlers: [{ name: 'issues', outcome: 'failed', reason: 'in_progress' }],
    });
    open();
    expect(bodyOf(await first)).toMatchObject({ outcome: 'handled' });
    expect(bodyOf(await scene.send())).toMatchObject({ outcome: 'duplicate' });
    expect(attempts).toEqual([1]);
    expect(ledger.settlements).toEqual([{ state: 'done' }]);
  });

  it('takes over when the lease of a dead owner has ended, as its second attempt', async () => {
    const { attempts, table } = counting();
    const ledger = createMemoryLedger(() => NOW);
    const scene = setScene({ table, ledger, now: () => NOW });
    await scene.send();
    ledger.alter('issues', { state: 'claimed', leaseUntilMs: NOW });
    expect(bodyOf(await scene.send())).toMatchObject({ outcome: 'handled' });
    expect(attempts).toEqual([1, 2]);
    expect(ledger.recordOf('issues')).toMatchObject({ state: 'done', fence: 2 });
    expect(scene.lines.filter(({ message }) => message === 'handler').at(-1)).toMatchObject({ attempt: 2 });
  });
});

describe('what is recorded of a handler', () => {
  const ENDINGS = [
    { name: 'that returned', end: () => {}, settled: { state: 'done' } },
    {
      name: 'that skipped',
      end: () => skip('nothing to do'),
      settled: { state: 'skipped', reason: 'nothing to do' },
    },
    {
      name: 'that met a suspension',
      end: () => Promise.reject(fault('installation_suspended')),
      settled: { state: 'skipped', reason: 'installation_suspended' },
    },
    {
      name: 'that threw',
      end: () => Promise.reject(new Error('oops')),
      settled: { state: 'failed', reason: 'handler_error', counts: true },
    },
    {
      name: 'that GitHub failed',
      end: () => Promise.reject(fault('github_unavailable')),
      settled: { state: 'failed', reason: 'github_unavailable', counts: true },
    },
    {
      name: 'that met a rate limit',
      end: () => Promise.reject(fault('rate_limited', 7)),
      settled: { state: 'failed', reason: 'rate_limited', counts: false },
    },
    {
      name: 'that asked for a later time',
      end: () => retry('not yet', 60),
      settled: { state: 'failed', reason: 'handler_retry: not yet', counts: false },
    },
    {
      name: 'that gave up',
      end: () => giveUp('no use'),
      settled: { state: 'given_up', reason: 'handler_gave_up: no use' },
    },
  ] as const;

  it.each(ENDINGS)('$name', async ({ end, settled }) => {
    const ledger = createMemoryLedger();
    await setScene({ table: counting('issues', end).table, ledger }).send();
    expect(ledger.settlements).toEqual([settled]);
  });

  it('holds no credential and no payload', async () => {
    const token = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a';
    for (const thrown of [skip, giveUp, (reason: string) => retry(reason, 9)]) {
      const ledger = createMemoryLedger();
      const end = (): never => thrown(`${token} ${BODY}`);
      await setScene({ table: counting('issues', end).table, ledger }).send();
      expect(ledger.settlements).toHaveLength(1);
      expect(JSON.stringify(ledger.settlements)).not.toMatch(/ghs_|opened/);
    }
  });

  it('is recorded before the answer is given', async () => {
    const ledger = createMemoryLedger();
    let settled = false;
    const slow: Ledger = {
      ...ledger,
      async settle(claim, settlement, signal) {
        await new Promise(setImmediate);
        settled = true;
        return ledger.settle(claim, settlement, signal);
      },
    };
    await setScene({ table: counting().table, ledger: slow }).send();
    expect(settled).toBe(true);
  });
});

describe('a ledger that fails', () => {
  it.each(['ledger_unavailable', 'ledger_unreadable'] as const)(
    'at the claim, with %s, lets no handler run: 503, to be tried again',
    async (code) => {
      const memory = createMemoryLedger();
      const ledger: Ledger = { ...memory, claim: () => Promise.reject(fault(code)) };
      const table = { issues: module(tokenHandler('issues', () => {})) };
      const scene = setScene({ table, ledger });
      const result = await scene.send({ body: BODY });
      expect(result.statusCode).toBe(503);
      expect(result.headers?.['retry-after']).toBe('30');
      expect(bodyOf(result)).toMatchObject({
        outcome: 'failed',
        handlers: [{ name: 'issues', outcome: 'failed', reason: code }],
      });
      expect(scene.mints()).toBe(0);
      expect(memory.settlements).toEqual([]);
      expect(scene.lines.find(({ message }) => message === 'handler')).toMatchObject({
        level: 'ERROR',
        reason: code,
      });
    },
  );

  it('at the claim leaves alone the handlers that claim nothing', async () => {
    const ledger: Ledger = {
      ...createMemoryLedger(),
      claim: () => Promise.reject(fault('ledger_unavailable')),
    };
    const { attempts, handler } = counting('wanting');
    const table = { issues: [module(conditional(() => false)), module(handler)] };
    expect(bodyOf(await setScene({ table, ledger }).send())).toMatchObject({
      handlers: [
        { name: 'conditional', outcome: 'ignored' },
        { name: 'wanting', outcome: 'failed', reason: 'ledger_unavailable' },
      ],
    });
    expect(attempts).toEqual([]);
  });

  it('at the end leaves the outcome as it is, and that is said', async () => {
    const ledger: Ledger = {
      ...createMemoryLedger(),
      settle: () => Promise.reject(fault('ledger_unavailable')),
    };
    const { attempts, table } = counting();
    const scene = setScene({ table, ledger });
    const result = await scene.send();
    expect(result.statusCode).toBe(200);
    expect(bodyOf(result)).toMatchObject({ outcome: 'handled' });
    expect(attempts).toEqual([1]);
    expect(scene.lines).toMatchObject([
      {
        level: 'ERROR',
        message: expect.stringMatching(/^outcome not recorded/),
        delivery: DELIVERY_ID,
        handler: 'issues',
        error: { code: 'ledger_unavailable' },
      },
      { level: 'INFO', message: 'handler', outcome: 'handled' },
      { level: 'INFO', message: 'delivery', outcome: 'handled' },
    ]);
  });

  it('at the end by staying silent does not keep the answer for long', async () => {
    const ledger: Ledger = {
      ...createMemoryLedger(),
      settle: (_, __, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(fault('ledger_unavailable')));
        }),
    };
    const clock = createManualClock();
    const startedMs = clock.now();
    let tookMs = 0;
    const answer = setScene({ table: counting().table, ledger, budgetMs: 200, clock })
      .send()
      .finally(() => {
        tookMs = clock.now() - startedMs;
      });
    await clock.advance(1_000);
    expect(bodyOf(await answer)).toMatchObject({ outcome: 'handled' });
    expect(tookMs).toBeGreaterThan(500);
    expect(tookMs).toBeLessThan(1_000);
  });

  it('to know an owner that lost its lease changes nothing but the log', async () => {
    const ledger: Ledger = { ...createMemoryLedger(), settle: () => Promise.resolve('lost') };
    const scene = setScene({ table: counting().table, ledger });
    expect(bodyOf(await scene.send())).toMatchObject({ outcome: 'handled' });
    expect(scene.lines[0]).toMatchObject({
      level: 'WARN',
      message: expect.stringMatching(/^lease lost/),
      delivery: DELIVERY_ID,
      handler: 'issues',
    });
  });
});

describe('when the time is up', () => {
  it('a handler is recorded as failed, and its late end records nothing more', async () => {
    const ledger = createMemoryLedger();
    const clock = createManualClock();
    let ended = false;
    const { table } = counting('issues', async () => {
      await sleep(clock, 250);
      ended = true;
    });
    const answer = setScene({ table, ledger, budgetMs: 60, clock }).send();
    await clock.advance(60);
    expect(bodyOf(await answer)).toMatchObject({
      handlers: [{ outcome: 'failed', reason: 'deadline' }],
    });
    const recorded = [{ state: 'failed', reason: 'deadline', counts: true }];
    expect(ledger.settlements).toEqual(recorded);
    await clock.advance(250);
    expect(ended).toBe(true);
    expect(ledger.settlements).toEqual(recorded);
    expect(ledger.recordOf('issues')).toMatchObject({ state: 'failed', fence: 1 });
  });

  it('a claim that is late starts no handler and is left to its lease', async () => {
    const clock = createManualClock();
    const memory = createMemoryLedger(() => clock.now());
    const ledger: Ledger = {
      ...memory,
      async claim(request, signal) {
        await sleep(clock, 150);
        return memory.claim(request, signal);
      },
    };
    const { attempts, table } = counting();
    const answer = setScene({ table, ledger, budgetMs: 60, clock }).send();
    await clock.advance(60);
    expect(bodyOf(await answer)).toMatchObject({ handlers: [{ reason: 'deadline' }] });
    await clock.advance(200);
    expect(attempts).toEqual([]);
    expect(memory.settlements).toEqual([]);
    expect(memory.recordOf('issues')).toMatchObject({ state: 'claimed' });
  });

  it('a ledger that is silent has been told before, so that the answer can say why', async () => {
    const ledger: Ledger = {
      ...createMemoryLedger(),
      claim: (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(fault('ledger_unavailable')));
        }),
    };
    const clock = createManualClock();
    const answer = setScene({ table: counting().table, ledger, budgetMs: 400, clock }).send();
    await clock.advance(400);
    expect(bodyOf(await answer)).toMatchObject({ handlers: [{ reason: 'ledger_unavailable' }] });
  });
});

describe('an installation that met its rate limit', () => {
  it('is left alone until then: nothing is claimed, minted or run for it', async () => {
    let clockMs = NOW;
    const now = (): number => clockMs;
    const ledger = createMemoryLedger(now);
    const app = { authorise: () => Promise.reject(fault('rate_limited', 60)) };
    const table = {
      issues: [module(tokenHandler('limited', () => {})), module(counting('without a token').handler)],
    };
    const scene = setScene({ table, ledger, app, now });
    const send = async (deliveryId: string, installation = 51230417) =>
      scene.send({
        body: JSON.stringify({ ...JSON.parse(BODY), installation: { id: installation } }),
        headers: { 'X-GitHub-Delivery': deliveryId },
      });
    await send('a');
    expect(scene.mints()).toBe(1);
    clockMs += 20_500;
    const parked = await send('b');
    // The 39.5 s that are left, rounded up; the end stays where it is.
    expect(parked.headers?.['retry-after']).toBe('40');
    expect(bodyOf(parked)).toMatchObject({
      handlers: [
        { name: 'limited', outcome: 'failed', reason: 'rate_limited' },
        { name: 'without a token', outcome: 'handled' },
      ],
    });
    expect(scene.mints()).toBe(1);
    expect(ledger.claims.map(({ key }) => `${key.deliveryId} ${key.handler}`)).not.toContain('b limited');
    await send('c', 77);
    expect(scene.mints()).toBe(2);
    clockMs += 39_500;
    await send('d');
    expect(scene.mints()).toBe(3);
  });

  it('is told of at warn, without an error: there is nothing to mend', async () => {
    const app = { authorise: () => Promise.reject(fault('rate_limited', 60)) };
    const scene = setScene({ table: { issues: module(tokenHandler('limited', () => {})) }, app });
    await scene.send({ body: BODY });
    await scene.send({ body: BODY });
    expect(scene.lines).toMatchObject([
      { level: 'WARN', message: 'handler', outcome: 'failed', reason: 'rate_limited', attempt: 1 },
      { level: 'WARN', message: 'delivery', outcome: 'failed', status: 503 },
      { level: 'WARN', message: 'handler', outcome: 'failed', reason: 'rate_limited' },
      { level: 'WARN', message: 'delivery', outcome: 'failed', status: 503 },
    ]);
    expect(scene.lines.filter((line) => 'error' in line)).toEqual([]);
  });
});

describe('the rate limit of the App', () => {
  it('parks no installation: what has its token goes on', async () => {
    let limited = true;
    const app: Pick<GitHubApp, 'authorise'> = {
      authorise: () => (limited ? Promise.reject(fault('app_rate_limited', 60)) : grantAll()),
    };
    const scene = setScene({ table: { issues: module(tokenHandler('issues', () => {})) }, app });
    const refused = await scene.send({ body: BODY });
    expect([refused.statusCode, refused.headers?.['retry-after']]).toEqual([503, '60']);
    limited = false;
    expect(bodyOf(await scene.send({ body: BODY }))).toMatchObject({ outcome: 'handled' });
  });

  it('is met before the claim, which would be for nothing', async () => {
    const ledger = createMemoryLedger();
    const asked: unknown[] = [];
    const app: Pick<GitHubApp, 'authorise' | 'checkMint'> = {
      authorise: grantAll,
      checkMint(installationId, grant) {
        asked.push(installationId, grant);
        throw fault('app_rate_limited', 45);
      },
    };
    const table = {
      issues: [module(tokenHandler('limited', () => {})), module(counting('without a token').handler)],
    };
    const scene = setScene({ table, ledger, app });
    const result = await scene.send({ body: BODY });
    expect([result.statusCode, result.headers?.['retry-after']]).toEqual([503, '45']);
    expect(bodyOf(result)).toMatchObject({
      handlers: [
        { name: 'limited', outcome: 'failed', reason: 'app_rate_limited' },
        { name: 'without a token', outcome: 'handled' },
      ],
    });
    expect(asked).toEqual([51230417, { permissions: { issues: 'write' }, repositories: [186853002] }]);
    expect(scene.mints()).toBe(0);
    expect(ledger.claims.map(({ key }) => key.handler)).toEqual(['without a token']);
  });

  it('is asked about only where there is a grant, and the payload says of which installation', async () => {
    const ledger = createMemoryLedger();
    const asked: unknown[] = [];
    const app: Pick<GitHubApp, 'authorise' | 'checkMint'> = {
      authorise: grantAll,
      checkMint: (...of) => void asked.push(of),
    };
    const scene = setScene({ table: { issues: module(tokenHandler('issues', () => {})) }, ledger, app });
    const send = (deliveryId: string, payload: object) =>
      scene.send({
        body: JSON.stringify({ action: 'opened', ...payload }),
        headers: { 'X-GitHub-Delivery': deliveryId },
      });
    const repository = { id: 186853002, full_name: 'octo-org/hello-world' };
    expect(bodyOf(await send('a', { repository }))).toMatchObject({ outcome: 'handled' });
    expect(asked).toEqual([]);
    const noRepository = await send('b', { organization: { login: 'octo-org' }, installation: { id: 5 } });
    expect(bodyOf(noRepository)).toMatchObject({
      handlers: [{ outcome: 'skipped', reason: 'no_repository' }],
    });
    expect(asked).toEqual([]);
    expect(ledger.claims.map(({ key }) => key.deliveryId)).toEqual(['a', 'b']);
  });
});

interface Run {
  readonly ledger: Ledger;
  readonly carrier?: Partial<Carrier>;
  readonly handler: Handler;
}

/** One handler, as a message of the queue brings it. */
async function runAs({ ledger, carrier, handler }: Run): Promise<HandlerOutcome> {
  const log = createLog({ level: 'error', write: () => {}, now: () => NOW });
  const deadline = startDeadline(NOW + 5_000, { ...SYSTEM_CLOCK, now: () => NOW });
  onTestFinished(() => deadline.end());
  const app: Partial<GitHubApp> = {};
  return runHandler(
    { key: 'issues', load: () => Promise.resolve(handler) },
    {
      delivery: {
        id: DELIVERY_ID,
        event: 'issues',
        action: 'opened',
        hookId: '458',
        installationId: null,
        receivedAt: new Date(NOW),
        attempt: 1,
      },
      payload: {},
      targetAppId: null,
      deadline,
      log,
      carrier: {
        messageId: 'message-1',
        askedAt: new Date(NOW),
        byPerson: false,
        maxAttempts: 3,
        replay: false,
        alone: true,
        ...carrier,
      },
    },
    {
      app: app as GitHubApp,
      settings: () => Promise.resolve({ values: {}, secrets: [] }),
      ledger,
      ledgerScope: { host: 'api.github.com', appId: '31415' },
      parking: createParking(() => NOW),
      clock: { ...SYSTEM_CLOCK, now: () => NOW },
    },
  );
}

describe('a message of the queue', () => {
  it('has so many attempts; the last one is final, and there is none after it', async () => {
    const ledger = createMemoryLedger();
    const { attempts, handler } = counting('issues', () => Promise.reject(new Error('oops')));
    const ends: unknown[] = [];
    for (let round = 0; round < 3; round += 1) ends.push(await runAs({ ledger, handler }));
    expect(ends).toMatchObject([
      { outcome: 'failed', reason: 'handler_error', attempt: 1, final: false },
      { outcome: 'failed', reason: 'handler_error', attempt: 2, final: false },
      { outcome: 'failed', reason: 'handler_error', attempt: 3, final: true },
    ]);
    expect(ledger.recordOf('issues')).toMatchObject({ state: 'given_up' });
    const after = await runAs({ ledger, handler });
    expect(after).toMatchObject({
      outcome: 'failed',
      reason: 'attempts_exhausted: handler_error',
      final: true,
    });
    expect(after).toMatchObject({ attempt: undefined });
    expect(attempts).toEqual([1, 2, 3]);
    expect(ledger.settlements).toHaveLength(3);
  });

  it('whose handler died each time is not tried for ever', async () => {
    const ledger = createMemoryLedger(() => NOW);
    const { attempts, handler } = counting();
    await runAs({ ledger, handler });
    ledger.alter('issues', { state: 'claimed', attempts: 3, leaseUntilMs: NOW - 1 });
    expect(await runAs({ ledger, handler })).toMatchObject({
      reason: expect.stringMatching(/^attempts_exhausted/),
      final: true,
    });
    expect(attempts).toEqual([1]);
  });

  it('that waits as told spends no attempt', async () => {
    const ledger = createMemoryLedger();
    const { attempts, handler } = counting('issues', () => retry('not yet', 60));
    for (let round = 0; round < 10; round += 1) {
      expect(await runAs({ ledger, handler })).toMatchObject({
        reason: 'handler_retry: not yet',
        final: false,
      });
    }
    expect(attempts).toEqual(Array(10).fill(1));
  });

  it('that is given up is final at once, and not run again', async () => {
    const ledger = createMemoryLedger();
    const { attempts, handler } = counting('issues', () => giveUp('no use'));
    expect(await runAs({ ledger, handler })).toMatchObject({
      reason: 'handler_gave_up: no use',
      final: true,
    });
    expect(await runAs({ ledger, handler })).toMatchObject({ outcome: 'failed', final: true });
    expect(attempts).toEqual([1]);
  });

  it('that was skipped tells the same again without running', async () => {
    const ledger = createMemoryLedger();
    const { attempts, handler } = counting('issues', () => skip('nothing to do'));
    const skipped = { name: 'issues', outcome: 'skipped', reason: 'nothing to do' };
    expect(await runAs({ ledger, handler })).toEqual(skipped);
    expect(await runAs({ ledger, handler })).toEqual(skipped);
    expect(attempts).toEqual([1]);
    expect(ledger.settlements).toHaveLength(1);
  });

  it('that says so runs what is done again, once', async () => {
    const ledger = createMemoryLedger(() => NOW);
    const { attempts, handler } = counting();
    await runAs({ ledger, handler });
    const carrier = { messageId: 'message-2', askedAt: new Date(NOW + 1), replay: true };
    expect(await runAs({ ledger, handler, carrier })).toEqual({ name: 'issues', outcome: 'handled' });
    expect(await runAs({ ledger, handler, carrier })).toEqual({ name: 'issues', outcome: 'duplicate' });
    expect(attempts).toHaveLength(2);
  });

  it('starts anew where somebody asked for it after it had ended', async () => {
    const ledger = createMemoryLedger(() => NOW);
    const { attempts, handler } = counting('issues', () => giveUp('no use'));
    await runAs({ ledger, handler });
    await runAs({ ledger, handler, carrier: { messageId: 'message-2', askedAt: new Date(NOW + 1) } });
    expect(attempts).toEqual([1, 1]);
  });

  it('does not start anew where it was on its way already', async () => {
    const ledger = createMemoryLedger(() => NOW);
    const { attempts, handler } = counting('issues', () => giveUp('no use'));
    await runAs({ ledger, handler });
    for (const messageId of ['message-2', 'message-1', 'message-2'])
      expect(await runAs({ ledger, handler, carrier: { messageId } })).toMatchObject({ final: true });
    expect(attempts).toEqual([1]);
  });
});

describe('what comes between claim and handler', () => {
  it('is told to the ledger by no write of its own: the claim says that the handler starts', async () => {
    const ledger = createMemoryLedger();
    const seen: unknown[] = [];
    const handler = tokenHandler('issues', () => void seen.push(ledger.recordOf('issues')));
    const app = { authorise: grantAll };
    await setScene({ table: { issues: module(handler) }, ledger, app }).send({ body: BODY });
    expect(seen).toEqual([expect.objectContaining({ state: 'claimed', started: true, attempts: 1 })]);
    expect([ledger.claims.length, ledger.settlements.length]).toEqual([1, 1]);
  });

  it('is an attempt where it fails', async () => {
    const ledger = createMemoryLedger();
    const app = { authorise: () => Promise.reject(fault('jwt_refused')) };
    const scene = setScene({ table: { issues: module(tokenHandler('issues', () => {})) }, ledger, app });
    for (let round = 0; round < 3; round += 1)
      expect(await scene.send({ body: BODY })).toMatchObject({ statusCode: 500 });
    expect(ledger.recordOf('issues')).toMatchObject({ state: 'failed', attempts: 3, reason: 'jwt_refused' });
  });

  it('is nothing that a process may die at without a trace: that counts, and the next one runs it alone', async () => {
    const ledger = createMemoryLedger(() => NOW);
    const { attempts, handler } = counting();
    await runAs({ ledger, handler });
    // The process died while it minted.
    ledger.alter('issues', { state: 'claimed', leaseUntilMs: NOW, attempts: 1, endedAtMs: null });
    const among = await runAs({ ledger, handler, carrier: { alone: false } });
    expect(among).toMatchObject({ reason: 'to_run_alone', attempt: 1, final: false });
    expect(await runAs({ ledger, handler })).toEqual({ name: 'issues', outcome: 'handled' });
    expect(attempts).toEqual([1, 2]);
  });
});

function conditional(when: () => boolean): Handler {
  return defineHandler('issues', { name: 'conditional', permissions: {}, when, handle() {} });
}

function tokenHandler(name: string, handle: () => void): Handler {
  return defineHandler('issues', { name, permissions: { issues: 'write' }, handle });
}

function grantAll(): Promise<Authority> {
  const github: unknown = {};
  return Promise.resolve({
    github: github as Authority['github'],
    token: { token: 'ghs_of_this_test', expiresAt: new Date(0), permissions: { issues: 'write' } },
    cached: false,
    secrets: () => ['ghs_of_this_test'],
    finishCalls: () => Promise.resolve([]),
  });
}
