import { setImmediate as later } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { sleep, SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { createManualClock } from '../harness/clock.ts';
import { defineHandler, type Handler } from '../../lib/dispatch/define-handler.ts';
import { giveUp, HandlerEnding, retry, skip } from '../../lib/dispatch/endings.ts';
import { type FaultCode, ServiceFault } from '../../lib/faults.ts';
import type { Authority, GitHubApp } from '../../lib/github/app.ts';
import { createCallWatch } from '../../lib/github/call-watch.ts';
import type { Grant } from '../../lib/github/grant.ts';
import { unchecked } from '../../lib/permissions/unchecked.ts';
import type { LambdaResult } from '../../lib/webhook/answer.ts';
import { thrownBy } from '../harness/thrown.ts';
import { DELIVERY_ID, module, setScene } from '../webhook/intake-scene.ts';

const TOKEN = 'ghs_31415_eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJnaXRodWIifQ.c2lnbmF0dXJl-Xy_z-0123456789';
/** What GitHub may some day hand out: like nothing that a pattern knows. */
const OPAQUE = 'v3~Zm9vYmFyLm9wYXF1ZQ';
const BODY = JSON.stringify({
  action: 'opened',
  issue: { number: 7, title: 'marker of the payload' },
  repository: { id: 186853002, full_name: 'octo-org/hello-world' },
  installation: { id: 51230417 },
});

interface Told {
  readonly name: string;
  readonly outcome: string;
  readonly reason?: string;
}

const handlersOf = ({ body }: LambdaResult): readonly Told[] => JSON.parse(body).handlers;

/** An App that hands out this token without asking anybody. */
function appWith(token: string, grants: Grant[] = []): Pick<GitHubApp, 'authorise'> {
  return {
    authorise(grant) {
      grants.push(grant);
      const client: unknown = { request: () => Promise.reject(new Error('no network')), graphql: () => {} };
      const authority: Authority = {
        github: client as Authority['github'],
        token: { token, expiresAt: new Date(0), permissions: { issues: 'write' } },
        cached: false,
        secrets: () => [token],
        finishCalls: () => Promise.resolve([]),
      };
      return Promise.resolve(authority);
    },
  };
}

/** Runs one handler that throws this, with a token in its hands. */
async function throwing(thrown: unknown, token = TOKEN) {
  const handler = defineHandler('issues', {
    permissions: { issues: 'write' },
    handle: () => Promise.reject(thrown),
  });
  const scene = setScene({ table: { issues: module(handler) }, app: appWith(token) });
  const result = await scene.send({ body: BODY });
  return { result, scene, told: handlersOf(result)[0] };
}

describe('the end of a handler', () => {
  it('aborts its signal, so that what it left behind goes no further', async () => {
    const signals: AbortSignal[] = [];
    const handler = defineHandler('issues', {
      permissions: {},
      handle({ signal }) {
        expect(signal.aborted).toBe(false);
        signals.push(signal);
      },
    });
    await setScene({ table: { issues: module(handler) } }).send({ body: BODY });
    expect(signals.map(({ aborted, reason }) => [aborted, String(reason)])).toEqual([
      [true, expect.stringContaining('The handler has ended')],
    ]);
  });

  it.each([
    { cached: true, token: 'cached' },
    { cached: false, token: 'minted' },
  ])(
    'is told in one line, with its time and where its token came from: $token',
    async ({ cached, token }) => {
      let nowMs = 1_000;
      const handler = defineHandler('issues', {
        permissions: { issues: 'write' },
        handle() {
          nowMs += 250;
        },
      });
      const { authorise } = appWith(TOKEN);
      const app: Pick<GitHubApp, 'authorise'> = {
        authorise: async (...of) => ({ ...(await authorise(...of)), cached }),
      };
      const scene = setScene({ table: { issues: module(handler) }, app, now: () => nowMs });
      await scene.send({ body: BODY });
      expect(scene.lines.filter(({ message }) => message === 'handler')).toMatchObject([
        { outcome: 'handled', token, durationMs: 250 },
      ]);
    },
  );
});

describe('before anything is minted', () => {
  it.each([false, undefined, null, 0, ''])('when() of %j ends a handler as ignored', async (wanted) => {
    let ran = false;
    const handler = defineHandler('issues', {
      permissions: { issues: 'write' },
      when: () => wanted as boolean,
      handle() {
        ran = true;
      },
    });
    const scene = setScene({ table: { issues: module(handler) } });
    const result = await scene.send({ body: BODY });
    expect(result.statusCode).toBe(202);
    expect(handlersOf(result)).toEqual([{ name: 'issues', outcome: 'ignored' }]);
    expect([scene.mints(), ran]).toEqual([0, false]);
  });

  it('when() sees the payload and the delivery', async () => {
    const seen: unknown[] = [];
    const handler = defineHandler('issues', {
      permissions: {},
      when({ payload, delivery }) {
        seen.push(payload.action, delivery.id, delivery.installationId);
        return true;
      },
      handle() {},
    });
    const result = await setScene({ table: { issues: module(handler) } }).send({ body: BODY });
    expect(handlersOf(result)).toEqual([{ name: 'issues', outcome: 'handled' }]);
    expect(seen).toEqual(['opened', DELIVERY_ID, 51230417]);
  });

  it('when() that throws ends it as failed', async () => {
    const handler = defineHandler('issues', {
      permissions: { issues: 'write' },
      when() {
        throw new TypeError('this payload is different');
      },
      handle() {},
    });
    const scene = setScene({ table: { issues: module(handler) } });
    const result = await scene.send({ body: BODY });
    expect(handlersOf(result)).toEqual([{ name: 'issues', outcome: 'failed', reason: 'handler_error' }]);
    expect(scene.mints()).toBe(0);
  });

  it('a delivery that names neither installation nor repository ends as skipped for want of the installation', async () => {
    const table = { issues: [module(reaching('narrow', 'event')), module(reaching('wide', 'installation'))] };
    const result = await setScene({ table, app: appWith(TOKEN, []) }).send({ body: '{}' });
    expect(handlersOf(result)).toEqual([
      { name: 'narrow', outcome: 'skipped', reason: 'no_installation' },
      { name: 'wide', outcome: 'skipped', reason: 'no_installation' },
    ]);
  });

  it('a delivery without a repository ends as skipped, unless the whole installation is meant', async () => {
    const grants: Grant[] = [];
    const table = { issues: [module(reaching('narrow', 'event')), module(reaching('wide', 'installation'))] };
    const result = await setScene({ table, app: appWith(TOKEN, grants) }).send({
      body: '{"installation":{"id":1}}',
    });
    expect(handlersOf(result)).toEqual([
      { name: 'narrow', outcome: 'skipped', reason: 'no_repository' },
      { name: 'wide', outcome: 'handled' },
    ]);
    expect(grants).toEqual([{ permissions: { issues: 'read' }, repositories: 'installation' }]);
  });
});

describe('permissions', () => {
  it('of {} give neither token nor client, and mint nothing', async () => {
    const seen: string[][] = [];
    const handler = defineHandler('issues', {
      permissions: {},
      handle(context) {
        seen.push(Object.keys(context).toSorted());
      },
    });
    const scene = setScene({ table: { issues: module(handler) } });
    await scene.send({ body: BODY });
    expect(seen).toEqual([['delivery', 'log', 'payload', 'signal']]);
    expect(scene.mints()).toBe(0);
  });

  it("of one handler are no other handler's", async () => {
    const grants: Grant[] = [];
    const table = { issues: [module(asking('reader', 'read')), module(asking('writer', 'write'))] };
    await setScene({ table, app: appWith(TOKEN, grants) }).send({ body: BODY });
    expect(grants).toEqual([
      { permissions: { issues: 'read' }, repositories: [186853002] },
      { permissions: { issues: 'write' }, repositories: [186853002] },
    ]);
  });
});

describe('skip()', () => {
  it('ends a handler as skipped, with its reason, and a 200', async () => {
    const { result, told } = await throwing(thrownBy(() => skip('nothing to do here')));
    expect(result.statusCode).toBe(200);
    expect(told).toEqual({ name: 'issues', outcome: 'skipped', reason: 'nothing to do here' });
  });

  it('ends a handler without a throw', async () => {
    const ran: string[] = [];
    const handler = defineHandler('issues', {
      permissions: {},
      handle() {
        ran.push('before');
        skip('enough seen');
        ran.push('after');
      },
    });
    const result = await setScene({ table: { issues: module(handler) } }).send();
    expect(handlersOf(result)).toEqual([{ name: 'issues', outcome: 'skipped', reason: 'enough seen' }]);
    expect(ran).toEqual(['before']);
  });

  it('works out of when() as well', async () => {
    const handler = defineHandler('issues', {
      permissions: {},
      when() {
        throw skip('not today');
      },
      handle() {},
    });
    const result = await setScene({ table: { issues: module(handler) } }).send();
    expect(handlersOf(result)).toEqual([{ name: 'issues', outcome: 'skipped', reason: 'not today' }]);
  });
});

describe('retry()', () => {
  it('ends a handler as failed, with its reason, and a 503 that says when', async () => {
    const { result, told, scene } = await throwing(thrownBy(() => retry('the build is not done', 90)));
    expect(result.statusCode).toBe(503);
    expect(result.headers?.['retry-after']).toBe('90');
    expect(told).toEqual({
      name: 'issues',
      outcome: 'failed',
      reason: 'handler_retry: the build is not done',
    });
    expect(scene.lines).toMatchObject([
      { level: 'WARN', message: 'handler', reason: 'handler_retry: the build is not done' },
      { level: 'WARN', message: 'delivery', outcome: 'failed', status: 503 },
    ]);
    expect(scene.lines.filter((line) => 'error' in line)).toEqual([]);
  });

  it.each([
    { seconds: 0.2, retryAfter: '1' },
    { seconds: 61.5, retryAfter: '62' },
    { seconds: 0, retryAfter: '1' },
    { seconds: -5, retryAfter: '1' },
    { seconds: Number.NaN, retryAfter: '30' },
    { seconds: Infinity, retryAfter: '30' },
  ])('of $seconds s waits $retryAfter s', async ({ seconds, retryAfter }) => {
    const { result } = await throwing(thrownBy(() => retry('not yet', seconds)));
    expect(result.headers?.['retry-after']).toBe(retryAfter);
  });
});

describe('giveUp()', () => {
  it('ends a handler as failed, with its reason, and a 500', async () => {
    const { result, told } = await throwing(thrownBy(() => giveUp('the file is no YAML')));
    expect(result.statusCode).toBe(500);
    expect(result.headers).not.toHaveProperty('retry-after');
    expect(told).toEqual({
      name: 'issues',
      outcome: 'failed',
      reason: 'handler_gave_up: the file is no YAML',
    });
  });
});

describe.each([
  { name: 'skip()', end: skip },
  { name: 'retry()', end: (reason: string) => retry(reason, 9) },
  { name: 'giveUp()', end: giveUp },
])('the reason of $name', ({ end }) => {
  it('shows 200 characters', async () => {
    const { told } = await throwing(thrownBy(() => end('x'.repeat(5_000))));
    expect(told?.reason).toHaveLength(200);
  });

  it('shows plain text, and no character by half', async () => {
    const { told } = await throwing(thrownBy(() => end(`\u001b[2J\u202e\n${'😀'.repeat(200)}`)));
    expect(told?.reason).toMatch(/·\[2J··(?:😀)+$/u);
    expect(told?.reason).toSatisfy((reason: string) => reason.isWellFormed());
  });

  it.each([TOKEN, OPAQUE])('shows nothing of token %s, not even where it is cut', async (token) => {
    for (const padding of [0, 150, 180, 195, 990]) {
      const { result, scene } = await throwing(
        thrownBy(() => end(`${'x'.repeat(padding)} ${token} ${token}`)),
        token,
      );
      for (const part of [token, token.slice(0, 8)]) {
        expect(result.body).not.toContain(part);
        expect(scene.text()).not.toContain(part);
      }
    }
  });

  it('shows no payload', async () => {
    const { result, scene } = await throwing(thrownBy(() => end(`cannot use ${BODY}`)));
    expect(result.body + scene.text()).not.toContain('marker');
  });

  it('does not have to be a text', async () => {
    for (const message of [7, null, {}, Symbol('x')]) {
      const { told } = await throwing(Object.assign(Object(thrownBy(() => end('x'))), { message }));
      expect(told?.reason?.length).toBeGreaterThan(0);
    }
  });
});

const FAILED = { name: 'issues', outcome: 'failed', reason: 'handler_error' };

describe('calls that a handler did not await', () => {
  const ROUTE = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';

  /** An App whose calls end after a while, as they are told to. */
  function appAnswering(answer: () => Promise<unknown>): Pick<GitHubApp, 'authorise'> {
    return {
      async authorise(grant, occasion) {
        const calls = createCallWatch();
        const request = (route: string): Promise<unknown> =>
          calls.watch(route, sleep(SYSTEM_CLOCK, 5).then(answer));
        const client: unknown = { request };
        const authority = await appWith(TOKEN).authorise(grant, occasion);
        return { ...authority, github: client as Authority['github'], finishCalls: calls.finish };
      },
    };
  }

  async function letGo(answer: () => Promise<unknown>, then = (): void => {}) {
    const handler = defineHandler('issues', {
      permissions: { issues: 'write' },
      handle({ github }) {
        void github.request(unchecked(ROUTE));
        then();
      },
    });
    const scene = setScene({ table: { issues: module(handler) }, app: appAnswering(answer) });
    const result = await scene.send({ body: BODY });
    return { result, scene, told: handlersOf(result)[0] };
  }

  it('are awaited for it, and a warning names handler and route', async () => {
    const { told, scene } = await letGo(() => Promise.resolve({}));
    expect(told).toEqual({ name: 'issues', outcome: 'handled' });
    expect(scene.lines.filter(({ code }) => code === 'call_not_awaited')).toMatchObject([
      { level: 'WARN', handler: 'issues', route: ROUTE },
    ]);
  });

  it('make it fail where one of them fails', async () => {
    const { told, scene, result } = await letGo(() => Promise.reject(new Error('nobody hears of this')));
    expect(result.statusCode).toBe(500);
    expect(told).toEqual({ name: 'issues', outcome: 'failed', reason: 'not_awaited' });
    expect(scene.lines.find(({ message }) => message === 'handler')).toMatchObject({
      error: { code: 'not_awaited', cause: { message: 'nobody hears of this' } },
    });
  });

  it('wait as GitHub says, where it was a limit', async () => {
    const response = {
      headers: { 'retry-after': '40' },
      data: { message: 'You have exceeded a secondary rate limit' },
    };
    const limit = Object.assign(new Error('limit'), { name: 'HttpError', status: 403, response });
    const { result, told } = await letGo(() => Promise.reject(limit));
    expect(told?.reason).toBe('not_awaited');
    expect(result.statusCode).toBe(500);
  });

  it('change nothing of how it ends by itself', async () => {
    const { told } = await letGo(
      () => Promise.reject(new Error('nobody hears of this')),
      () => skip('nothing to do'),
    );
    expect(told).toEqual({ name: 'issues', outcome: 'skipped', reason: 'nothing to do' });
  });

  it('are cut off with its time', async () => {
    const handler = defineHandler('issues', {
      permissions: { issues: 'write' },
      handle: ({ github }) => void github.request(unchecked(ROUTE)),
    });
    const app = appAnswering(() => new Promise(() => {}));
    const result = await setScene({
      table: { issues: module(handler) },
      app,
      budgetMs: 60,
      clock: SYSTEM_CLOCK,
    }).send({
      body: BODY,
    });
    expect(handlersOf(result)).toEqual([{ name: 'issues', outcome: 'failed', reason: 'deadline' }]);
  });
});

describe('whatever a handler throws', () => {
  it.each([
    { name: 'null', thrown: null },
    { name: 'undefined', thrown: undefined },
    { name: 'false', thrown: false },
    { name: 'a number', thrown: 503 },
    { name: 'a text', thrown: 'oops' },
    { name: 'a symbol', thrown: Symbol('oops') },
    { name: 'a bigint', thrown: 1n },
    { name: 'an object', thrown: { status: 503, code: 'rate_limited', disposition: 503 } },
    { name: 'an object without a prototype', thrown: Object.create(null) },
    { name: 'a promise', thrown: Promise.resolve() },
    { name: 'a function', thrown: () => {} },
    { name: 'an Error', thrown: new Error('oops') },
    { name: 'a frozen Error', thrown: Object.freeze(new Error('oops')) },
    { name: 'an Error without a stack', thrown: Object.assign(new Error('oops'), { stack: undefined }) },
    { name: 'an Error that looks like a skip', thrown: Object.assign(new Error('oops'), { name: 'Skip' }) },
    { name: 'an Error with a status of GitHub', thrown: Object.assign(new Error('oops'), { status: 503 }) },
    { name: 'an AggregateError', thrown: new AggregateError([new Error('a')], 'oops') },
    { name: 'an abort of its own', thrown: AbortSignal.abort().reason },
  ])('a 500 tells that it failed: $name', async ({ thrown }) => {
    const { result, told, scene } = await throwing(thrown);
    expect(result.statusCode).toBe(500);
    expect(told).toEqual(FAILED);
    expect(scene.lines.find(({ message }) => message === 'handler')).toMatchObject({
      level: 'ERROR',
      handler: 'issues',
      outcome: 'failed',
      reason: 'handler_error',
      token: 'minted',
      grant: 'issues=write on 186853002',
    });
  });

  it.each([
    { name: 'an Error in a circle of causes', thrown: inCircle() },
    { name: 'an Error whose message throws', thrown: withGetter('message') },
    { name: 'an Error whose stack throws', thrown: withGetter('stack') },
  ])('its line keeps outcome and reason: $name', async ({ thrown }) => {
    const { told, scene } = await throwing(thrown);
    expect(told).toEqual(FAILED);
    expect(scene.lines.find(({ message }) => message === 'handler')).toMatchObject({ outcome: 'failed' });
  });

  it.each([
    { name: 'an Error whose name throws', thrown: withGetter('name') },
    { name: 'a revoked proxy', thrown: revoked() },
    {
      name: 'a skip whose message is no text',
      thrown: Object.assign(new HandlerEnding('skip', 'x'), { message: 7 }),
    },
  ])('the other handlers are told of: $name', async ({ thrown }) => {
    const table = {
      issues: [
        module(defineHandler('issues', { permissions: {}, handle: () => Promise.reject(thrown) })),
        module(defineHandler('issues', { name: 'other', permissions: {}, handle: () => later() })),
      ],
    };
    const result = await setScene({ table }).send();
    expect(handlersOf(result)).toContainEqual({ name: 'other', outcome: 'handled' });
  });

  it.each([TOKEN, OPAQUE])('no answer and no line shows it, where it is token %s', async (token) => {
    const errors = [
      token,
      { token },
      new Error(`failed with ${token}`),
      new Error('outer', { cause: new Error(token) }),
      Object.assign(new Error('x'), { name: token, code: token, status: token }),
      Object.assign(new Error('x'), { request: { headers: { authorization: `token ${token}` } } }),
      new AggregateError([new Error(token)], token),
    ];
    for (const thrown of errors) {
      const { result, scene, told } = await throwing(thrown, token);
      expect(told).toEqual(FAILED);
      expect(result.body + scene.text()).not.toContain(token.slice(0, 10));
    }
  });
});

describe('several handlers', () => {
  it('run side by side, and none stops another', async () => {
    const order: string[] = [];
    const clock = createManualClock();
    const taking = (name: string, ms: number, fail = false) =>
      module(
        defineHandler('issues', {
          name,
          permissions: {},
          async handle() {
            await sleep(clock, ms);
            order.push(name);
            if (fail) throw new Error('oops');
          },
        }),
      );
    const table = {
      issues: [
        taking('slow', 80),
        taking('failing', 10, true),
        () => Promise.reject(new Error('no such module')),
        taking('quick', 30),
      ],
    };
    const answer = setScene({ table, clock }).send();
    await clock.advance(80);
    const result = await answer;
    expect(order).toEqual(['failing', 'quick', 'slow']);
    expect(result.statusCode).toBe(500);
    expect(handlersOf(result)).toEqual([
      { name: 'slow', outcome: 'handled' },
      { name: 'failing', outcome: 'failed', reason: 'handler_error' },
      { name: 'issues', outcome: 'failed', reason: 'handler_invalid' },
      { name: 'quick', outcome: 'handled' },
    ]);
  });

  it('work each on a payload of its own', async () => {
    const actions: string[] = [];
    const spoiling = defineHandler('issues', {
      name: 'spoiling',
      permissions: {},
      handle: ({ payload }) => void Reflect.set(payload, 'action', 'spoilt'),
    });
    const reading = defineHandler('issues', {
      name: 'reading',
      permissions: {},
      async handle({ payload }) {
        await later();
        actions.push(payload.action);
      },
    });
    await setScene({ table: { issues: [module(spoiling), module(reading)] } }).send({ body: BODY });
    expect(actions).toEqual(['opened']);
  });

  it('work each on a payload of its own, however deep they change it', async () => {
    const titles: string[] = [];
    const table = {
      issues: ['a', 'b', 'c'].map((name) =>
        module(
          defineHandler('issues', {
            name,
            permissions: {},
            async handle({ payload }) {
              await later();
              titles.push(payload.issue.title);
              Reflect.set(payload.issue, 'title', 'spoilt');
            },
          }),
        ),
      ),
    };
    await setScene({ table }).send({ body: BODY });
    expect(titles).toEqual(Array(3).fill('marker of the payload'));
  });

  it('get a delivery that is frozen, each its own: no when() moves the mint of another', async () => {
    const installations: unknown[] = [];
    const app: Pick<GitHubApp, 'authorise'> = {
      authorise(grant, occasion) {
        installations.push(occasion.delivery.installationId);
        return appWith(TOKEN).authorise(grant, occasion);
      },
    };
    const spoiling = defineHandler('issues', {
      name: 'spoiling',
      permissions: {},
      when({ delivery, payload }) {
        Reflect.set(payload, 'installation', { id: 666 });
        delivery.receivedAt.setTime(0);
        return Reflect.set(delivery, 'installationId', 666);
      },
      handle() {},
    });
    const received: Date[] = [];
    const minting = defineHandler('issues', {
      name: 'minting',
      permissions: { issues: 'read' },
      handle({ delivery }) {
        received.push(delivery.receivedAt);
      },
    });
    const scene = setScene({ table: { issues: [module(spoiling), module(minting)] }, app });
    expect(handlersOf(await scene.send({ body: BODY }))).toEqual([
      { name: 'spoiling', outcome: 'ignored' },
      { name: 'minting', outcome: 'handled' },
    ]);
    expect(installations).toEqual([51230417]);
    expect(received[0]?.getTime()).toBeGreaterThan(0);
  });

  it('show none of their payloads in the log', async () => {
    const table = {
      issues: ['a', 'b'].map((name) =>
        module(
          defineHandler('issues', {
            name,
            permissions: {},
            handle({ payload, log }) {
              log.info('got', { payload, issue: payload.issue });
              log.info('spread', { ...payload });
            },
          }),
        ),
      ),
    };
    const scene = setScene({ table });
    await scene.send({ body: BODY });
    expect(scene.lines.filter(({ message }) => message === 'got')).toMatchObject([
      { handler: 'a', payload: '[payload]', issue: '[payload]' },
      { handler: 'b', payload: '[payload]', issue: '[payload]' },
    ]);
    expect(scene.text()).not.toContain('marker');
  });

  it('share a payload that is nested too deep to be copied, and none can change it', async () => {
    const depth = 200_000;
    const changed: boolean[] = [];
    const table = {
      issues: ['a', 'b'].map((name) =>
        module(
          defineHandler('issues', {
            name,
            permissions: {},
            handle: ({ payload }) => void changed.push(Reflect.set(payload, 'action', 'spoilt')),
          }),
        ),
      ),
    };
    const body = `{"action":"opened","deep":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const result = await setScene({ table }).send({ body });
    expect(handlersOf(result).map(({ outcome }) => outcome)).toEqual(['handled', 'handled']);
    expect(changed).toEqual([false, false]);
  });
});

describe('a fault at the mint', () => {
  it.each([
    { code: 'installation_suspended', status: 200, outcome: 'skipped' },
    { code: 'installation_not_found', status: 200, outcome: 'skipped' },
    { code: 'permission_not_granted', status: 200, outcome: 'skipped' },
    { code: 'repository_not_accessible', status: 200, outcome: 'skipped' },
    { code: 'no_installation', status: 200, outcome: 'skipped' },
    { code: 'jwt_refused', status: 500, outcome: 'failed' },
    { code: 'app_not_found', status: 500, outcome: 'failed' },
    { code: 'wrong_app', status: 500, outcome: 'failed' },
    { code: 'github_unexpected', status: 500, outcome: 'failed' },
    { code: 'token_unusable', status: 500, outcome: 'failed' },
    { code: 'private_key_unusable', status: 500, outcome: 'failed' },
    { code: 'github_unavailable', status: 502, outcome: 'failed' },
    { code: 'secrets_unavailable', status: 502, outcome: 'failed' },
    { code: 'app_rate_limited', status: 503, outcome: 'failed' },
  ] as const satisfies readonly { code: FaultCode; status: number; outcome: string }[])(
    '$code is $outcome, with a $status',
    async ({ code, status, outcome }) => {
      const authorise = () =>
        Promise.reject(new ServiceFault(code, 'made for this test', { detail: 'detail' }));
      const handler = defineHandler('issues', { permissions: { issues: 'write' }, handle() {} });
      const result = await setScene({ table: { issues: module(handler) }, app: { authorise } }).send({
        body: BODY,
      });
      expect(result.statusCode).toBe(status);
      expect(handlersOf(result)).toEqual([{ name: 'issues', outcome, reason: `${code}: detail` }]);
    },
  );
});

function reaching(name: string, repositories: 'event' | 'installation'): Handler {
  return defineHandler('issues', { name, permissions: { issues: 'read' }, repositories, handle() {} });
}

function asking(name: string, level: 'read' | 'write'): Handler {
  return defineHandler('issues', { name, permissions: { issues: level }, handle() {} });
}

function inCircle(): Error {
  const error = new Error('a');
  error.cause = new Error('b', { cause: error });
  return error;
}

function withGetter(field: 'name' | 'message' | 'stack'): Error {
  return Object.defineProperty(new Error('x'), field, {
    get() {
      throw new Error('y');
    },
  });
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
