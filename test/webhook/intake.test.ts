import { describe, expect, it } from 'vitest';
import { defineHandler } from '../../lib/dispatch/define-handler.ts';
import type { HandlerOutcome } from '../../lib/dispatch/outcome.ts';
import { type FaultCode, ServiceFault } from '../../lib/faults.ts';
import type { LambdaResult } from '../../lib/webhook/answer.ts';
import { sign } from '../harness/deliver.ts';
import { DELIVERY_ID, module, type Sent, SECRET, setScene } from './intake-scene.ts';

const bodyOf = ({ body }: LambdaResult): unknown => JSON.parse(body);
const REJECTED = '{"outcome":"rejected"}';

describe('refuses in the order 405, 415, 401, 400', () => {
  const WRONG = {
    method: { method: 'GET' },
    contentType: { 'Content-Type': 'text/plain' },
    signature: { 'X-Hub-Signature-256': 'sha256=no' },
    event: { 'X-GitHub-Event': undefined },
  };

  it.each([
    {
      name: 'all is wrong',
      status: 405,
      sent: { ...WRONG.method, headers: { ...WRONG.contentType, ...WRONG.signature, ...WRONG.event } },
    },
    {
      name: 'type, signature and headers are wrong',
      status: 415,
      sent: { headers: { ...WRONG.contentType, ...WRONG.signature, ...WRONG.event } },
    },
    {
      name: 'signature, headers and body are wrong',
      status: 401,
      sent: { body: '[', headers: { ...WRONG.signature, ...WRONG.event } },
    },
    { name: 'headers and body are wrong', status: 400, sent: { body: '[', headers: WRONG.event } },
  ] satisfies readonly { name: string; status: number; sent: Sent }[])(
    'where $name',
    async ({ status, sent }) => {
      expect(await setScene().send(sent)).toMatchObject({ statusCode: status });
    },
  );

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'POSTX', ''])(
    '405 for %s, naming POST',
    async (method) => {
      const result = await setScene().send({ method });
      expect(result).toMatchObject({ statusCode: 405, headers: { allow: 'POST' } });
    },
  );

  it.each(['text/plain', 'application/vnd.github+json', 'multipart/form-data', '', undefined])(
    '415 for a content type of %s',
    async (contentType) => {
      expect(await setScene().send({ headers: { 'Content-Type': contentType } })).toMatchObject({
        statusCode: 415,
      });
    },
  );
});

describe('takes content types with parameters and in any case', () => {
  it.each([
    { contentType: 'application/json; charset=utf-8', body: '{}' },
    { contentType: 'APPLICATION/JSON', body: '{}' },
    { contentType: 'application/x-www-form-urlencoded', body: 'payload=%7B%7D' },
    { contentType: 'Application/X-WWW-Form-Urlencoded;charset=UTF-8', body: 'payload=%7B%7D' },
  ])('$contentType', async ({ contentType, body }) => {
    expect(await setScene().send({ body, headers: { 'Content-Type': contentType } })).toMatchObject({
      statusCode: 200,
    });
  });
});

describe('a 401', () => {
  const good = sign('{"action":"opened"}', SECRET);
  const CAUSES = [
    { name: 'no signature', headers: { 'X-Hub-Signature-256': undefined }, reads: 0 },
    { name: 'an empty signature', headers: { 'X-Hub-Signature-256': '' }, reads: 0 },
    {
      name: 'SHA-1 only',
      headers: { 'X-Hub-Signature-256': undefined, 'X-Hub-Signature': 'sha1=01dc10d0' },
      reads: 0,
    },
    { name: 'a signature cut short', headers: { 'X-Hub-Signature-256': good.slice(0, -1) }, reads: 0 },
    {
      name: 'upper-case digits',
      headers: { 'X-Hub-Signature-256': `sha256=${good.slice(7).toUpperCase()}` },
      reads: 0,
    },
    { name: 'a blank behind', headers: { 'X-Hub-Signature-256': `${good} ` }, reads: 0 },
    { name: 'the signature twice', headers: { 'X-Hub-Signature-256': [good, good] }, reads: 0 },
    {
      name: 'a good signature after a forged one',
      headers: { 'X-Hub-Signature-256': [`sha256=${'0'.repeat(64)}`, good] },
      reads: 0,
    },
    { name: 'a forged signature', headers: { 'X-Hub-Signature-256': `sha256=${'0'.repeat(64)}` }, reads: 1 },
    {
      name: 'the signature of another body',
      headers: { 'X-Hub-Signature-256': sign('{}', SECRET) },
      reads: 1,
    },
    {
      name: 'an empty HMAC key',
      headers: { 'X-Hub-Signature-256': sign('{"action":"opened"}', '') },
      reads: 1,
    },
  ];

  it.each(CAUSES)('says nothing but that, for $name', async ({ headers }) => {
    const result = await setScene().send({ headers });
    expect(result).toEqual({
      statusCode: 401,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: REJECTED,
      isBase64Encoded: false,
    });
  });

  it.each(CAUSES)('costs $reads readings of the secret, for $name', async ({ headers, reads }) => {
    const scene = setScene();
    await scene.send({ headers });
    expect(scene.reads).toEqual({ live: reads, refreshed: reads });
  });

  it.each(['rest_api', 'load_balancer_multi_value'] as const)(
    'meets two signatures of which one is good, through %s',
    async (shape) => {
      const headers = { 'X-Hub-Signature-256': [`sha256=${'0'.repeat(64)}`, good] };
      expect(await setScene().send({ shape, headers })).toMatchObject({ statusCode: 401, body: REJECTED });
    },
  );

  it('logs one short line that holds nothing of the request, however large that is', async () => {
    const scene = setScene();
    const headers = {
      'X-GitHub-Event': 'marker'.repeat(500),
      'X-GitHub-Delivery': 'marker'.repeat(500),
      'User-Agent': 'marker'.repeat(500),
      'X-Hub-Signature-256': `sha256=${'0'.repeat(64)}`,
    };
    await scene.send({ body: JSON.stringify({ marker: 'x'.repeat(2_000_000) }), headers });
    expect(scene.lines).toHaveLength(1);
    expect(scene.lines[0]).toMatchObject({
      level: 'WARN',
      message: 'rejected',
      reason: 'signature_mismatch',
      status: 401,
    });
    expect(scene.text()).not.toContain('marker');
    expect(scene.text().length).toBeLessThan(250);
  });
});

describe('a signed delivery that no handler claims', () => {
  it.each([
    'push',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '../secrets',
    './push',
    'push.js',
    'issues.opened',
    'issues.',
    '.issues',
    '*',
    'ISSUES',
    'issues,issues',
    'issue',
    'undefined',
    'null',
  ])('is ignored without being parsed: %s', async (event) => {
    const scene = setScene();
    const result = await scene.send({ event, body: 'not JSON \0 at all' });
    expect(result.statusCode).toBe(202);
    expect(bodyOf(result)).toEqual({ delivery: DELIVERY_ID, event, outcome: 'ignored', handlers: [] });
    expect(scene.mints()).toBe(0);
  });

  it('is logged once, with what its headers say', async () => {
    const scene = setScene();
    await scene.send({ event: 'push', body: 'garbage' });
    expect(scene.lines).toEqual([
      {
        timestamp: expect.any(String),
        level: 'INFO',
        code: 'delivery',
        message: 'delivery',
        delivery: DELIVERY_ID,
        event: 'push',
        action: null,
        installation: null,
        hook: '458',
        outcome: 'ignored',
        status: 202,
        handlers: 0,
        durationMs: expect.any(Number),
      },
    ]);
  });

  it('is ignored where its action is none of the handlers', async () => {
    const opened = module(defineHandler('issues.opened', { permissions: {}, handle() {} }));
    const result = await setScene({ table: { 'issues.opened': opened } }).send({
      body: '{"action":"closed"}',
    });
    expect(result.statusCode).toBe(202);
    expect(bodyOf(result)).toMatchObject({ outcome: 'ignored', handlers: [] });
  });

  it('is answered 2xx where it is a ping', async () => {
    const result = await setScene().send({
      event: 'ping',
      body: '{"zen":"Keep it logically awesome.","hook_id":458}',
    });
    expect(result.statusCode).toBe(202);
  });
});

describe('a ping', () => {
  it('that a handler of everything claims gets no token, and a 2xx', async () => {
    const all = defineHandler('*', { permissions: { issues: 'read' }, handle() {} });
    const scene = setScene({ table: { '*': module(all) } });
    const result = await scene.send({ event: 'ping', body: '{"zen":"Design for failure.","hook_id":458}' });
    expect(result.statusCode).toBe(200);
    expect(bodyOf(result)).toMatchObject({
      outcome: 'skipped',
      handlers: [{ name: '*', outcome: 'skipped' }],
    });
    expect(scene.mints()).toBe(0);
  });
});

describe('a signed delivery is refused with 400', () => {
  it.each([
    { name: 'no event', headers: { 'X-GitHub-Event': undefined } },
    { name: 'an empty event', headers: { 'X-GitHub-Event': '' } },
    { name: 'a blank event', headers: { 'X-GitHub-Event': '   ' } },
    { name: 'an event with a line break', headers: { 'X-GitHub-Event': 'issues\nforged' } },
    { name: 'an event that is not ASCII', headers: { 'X-GitHub-Event': 'issües' } },
    { name: 'an endless event', headers: { 'X-GitHub-Event': 'i'.repeat(10_000) } },
    { name: 'no delivery id', headers: { 'X-GitHub-Delivery': undefined } },
    { name: 'an empty delivery id', headers: { 'X-GitHub-Delivery': '' } },
    { name: 'a delivery id with blanks', headers: { 'X-GitHub-Delivery': 'a b' } },
    { name: 'an endless delivery id', headers: { 'X-GitHub-Delivery': 'd'.repeat(10_000) } },
  ])('for $name', async ({ headers }) => {
    const scene = setScene();
    expect(await scene.send({ headers })).toMatchObject({ statusCode: 400 });
    expect(scene.lines).toHaveLength(1);
    expect(scene.text().length).toBeLessThan(250);
  });

  it.each([
    { name: 'what is not JSON', body: 'zen' },
    { name: 'an array', body: '[]' },
    { name: 'null', body: 'null' },
    { name: 'a text', body: '"{}"' },
    { name: 'nothing', body: '' },
  ])('for a claimed event with $name, as JSON and as a form', async ({ body }) => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const form = `payload=${encodeURIComponent(body)}`;
    expect(await setScene().send({ body })).toMatchObject({ statusCode: 400 });
    expect(await setScene().send({ body: form, headers })).toMatchObject({ statusCode: 400 });
  });

  it('for a claimed event with a form that is not UTF-8', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const body = Buffer.from([...Buffer.from('payload={"a":"'), 0xff, ...Buffer.from('"}')]);
    expect(await setScene().send({ body, headers })).toMatchObject({ statusCode: 400 });
  });

  it('and found in the log by its ids, once it is verified', async () => {
    const scene = setScene();
    expect(bodyOf(await scene.send({ body: '[]' }))).toEqual({
      outcome: 'rejected',
      reason: 'payload_malformed',
    });
    expect(scene.lines).toEqual([
      {
        timestamp: expect.any(String),
        level: 'WARN',
        code: 'rejected',
        message: 'rejected',
        delivery: DELIVERY_ID,
        event: 'issues',
        action: null,
        installation: null,
        hook: '458',
        reason: 'payload_malformed',
        status: 400,
        durationMs: expect.any(Number),
      },
    ]);
  });

  it('not for want of a hook id', async () => {
    const scene = setScene();
    expect(await scene.send({ headers: { 'X-GitHub-Hook-ID': undefined } })).toMatchObject({
      statusCode: 200,
    });
    expect(scene.lines.at(-1)).toMatchObject({ message: 'delivery', hook: null });
  });
});

describe('log lines', () => {
  it('tell one of each handler and one of the delivery', async () => {
    const first = defineHandler('issues', { name: 'first', permissions: {}, handle() {} });
    const second = defineHandler('issues.opened', { permissions: {}, when: () => false, handle() {} });
    const scene = setScene({ table: { issues: module(first), 'issues.opened': module(second) } });
    await scene.send({ body: '{"action":"opened","installation":{"id":51230417}}' });
    const bound = {
      timestamp: expect.any(String),
      level: 'INFO',
      delivery: DELIVERY_ID,
      event: 'issues',
      action: 'opened',
      installation: 51230417,
      hook: '458',
      durationMs: expect.any(Number),
    };
    expect(scene.lines).toHaveLength(3);
    expect(scene.lines).toContainEqual({
      ...bound,
      code: 'handler',
      message: 'handler',
      handler: 'first',
      outcome: 'handled',
      attempt: 1,
    });
    expect(scene.lines).toContainEqual({
      ...bound,
      code: 'handler',
      message: 'handler',
      handler: 'issues.opened',
      outcome: 'ignored',
    });
    expect(scene.lines.at(-1)).toEqual({
      ...bound,
      code: 'delivery',
      message: 'delivery',
      outcome: 'handled',
      status: 200,
      handlers: 2,
    });
  });

  it('tell that a delivery was meant for another App, and handle it all the same', async () => {
    const scene = setScene({ appId: '31415' });
    const headers = {
      'X-GitHub-Hook-Installation-Target-Type': 'integration',
      'X-GitHub-Hook-Installation-Target-ID': '27182',
    };
    expect(await scene.send({ headers })).toMatchObject({ statusCode: 200 });
    expect(scene.lines[0]).toMatchObject({ level: 'WARN', delivery: DELIVERY_ID, targetApp: '27182' });
  });

  it.each([
    { name: 'it is for this App', type: 'integration', id: '31415' },
    { name: 'it is a hook of a repository', type: 'repository', id: '27182' },
    { name: 'it does not say', type: undefined, id: undefined },
    { name: 'only its client id is known', type: 'integration', id: '27182', appId: 'Iv23liHookmint' },
  ])('are silent about the App where $name', async ({ type, id, appId = '31415' }) => {
    const scene = setScene({ appId });
    const headers = {
      'X-GitHub-Hook-Installation-Target-Type': type,
      'X-GitHub-Hook-Installation-Target-ID': id,
    };
    await scene.send({ headers });
    expect(scene.lines.filter(({ level }) => level === 'WARN')).toEqual([]);
  });
});

const failed = (code: FaultCode, retryAfterSeconds?: number): HandlerOutcome => ({
  name: code,
  outcome: 'failed',
  reason: code,
  fault: new ServiceFault(code, 'made for this test', { retryAfterSeconds }),
  final: false,
});
const handled: HandlerOutcome = { name: 'a', outcome: 'handled' };
const ignored: HandlerOutcome = { name: 'b', outcome: 'ignored' };
const duplicate: HandlerOutcome = { name: 'd', outcome: 'duplicate' };
const skipped: HandlerOutcome = { name: 'c', outcome: 'skipped', reason: 'because' };

describe('the worst of several handlers decides', () => {
  it.each([
    { outcomes: [ignored], status: 202, outcome: 'ignored' },
    { outcomes: [ignored, duplicate], status: 200, outcome: 'duplicate' },
    { outcomes: [ignored, duplicate, skipped], status: 200, outcome: 'skipped' },
    { outcomes: [ignored, duplicate, skipped, handled], status: 200, outcome: 'handled' },
    { outcomes: [duplicate, failed('handler_error')], status: 500, outcome: 'failed' },
    { outcomes: [failed('handler_gave_up'), failed('in_progress', 7)], status: 503, outcome: 'failed' },
    { outcomes: [failed('github_unavailable'), failed('handler_retry', 7)], status: 503, outcome: 'failed' },
    { outcomes: [failed('deadline'), failed('ledger_unavailable')], status: 503, outcome: 'failed' },
    { outcomes: [handled, failed('app_rate_limited', 7)], status: 503, outcome: 'failed', level: 'WARN' },
    {
      outcomes: [failed('in_progress', 7), failed('handler_retry', 7), failed('rate_limited', 7)],
      status: 503,
      outcome: 'failed',
      level: 'WARN',
    },
    { outcomes: [handled, failed('handler_error')], status: 500, outcome: 'failed' },
    { outcomes: [failed('handler_error'), failed('github_unavailable')], status: 502, outcome: 'failed' },
    { outcomes: [failed('github_unavailable'), failed('deadline')], status: 502, outcome: 'failed' },
    { outcomes: [failed('rate_limited', 7), failed('github_unavailable')], status: 503, outcome: 'failed' },
    {
      outcomes: [handled, failed('handler_error'), failed('rate_limited', 7)],
      status: 503,
      outcome: 'failed',
    },
  ] as readonly {
    outcomes: readonly HandlerOutcome[];
    status: number;
    outcome: string;
    level?: string;
  }[])('$status for $outcomes', async ({ outcomes, status, outcome, level }) => {
    for (const order of [outcomes, outcomes.toReversed()]) {
      const scene = setScene({ dispatch: () => Promise.resolve(order) });
      const result = await scene.send();
      expect(result.statusCode).toBe(status);
      expect(bodyOf(result)).toMatchObject({ delivery: DELIVERY_ID, event: 'issues', outcome });
      expect(scene.lines).toMatchObject([
        {
          message: 'delivery',
          level: level ?? (outcome === 'failed' ? 'ERROR' : 'INFO'),
          outcome,
          status,
        },
      ]);
    }
  });

  it('and every handler is listed in the order of the table, without what is ours', async () => {
    const outcomes = [failed('handler_error'), handled, skipped];
    const result = await setScene({ dispatch: () => Promise.resolve(outcomes) }).send();
    expect(bodyOf(result)).toEqual({
      delivery: DELIVERY_ID,
      event: 'issues',
      outcome: 'failed',
      handlers: [
        { name: 'handler_error', outcome: 'failed', reason: 'handler_error' },
        { name: 'a', outcome: 'handled' },
        { name: 'c', outcome: 'skipped', reason: 'because' },
      ],
    });
  });
});

describe('Retry-After', () => {
  it.each([
    { name: 'the wait that GitHub named', outcomes: [failed('rate_limited', 7)], retryAfter: '7' },
    {
      name: 'the longest of several waits',
      outcomes: [failed('rate_limited', 7), failed('rate_limited', 90), failed('rate_limited', 8)],
      retryAfter: '90',
    },
    { name: 'half a minute where nobody knows', outcomes: [failed('rate_limited')], retryAfter: '30' },
    { name: 'nothing beside a 502', outcomes: [failed('github_unavailable')], retryAfter: undefined },
    { name: 'nothing beside a 500', outcomes: [failed('deadline')], retryAfter: undefined },
  ])('says $name', async ({ outcomes, retryAfter }) => {
    const result = await setScene({ dispatch: () => Promise.resolve(outcomes) }).send();
    expect(result.headers?.['retry-after']).toBe(retryAfter);
  });
});

describe('a fault before any handler', () => {
  it.each([
    { code: 'secrets_unavailable', status: 502, retryAfter: undefined },
    { code: 'webhook_secret_unusable', status: 503, retryAfter: '30' },
  ] as const)('is answered $status for $code', async ({ code, status, retryAfter }) => {
    const secrets = {
      live: () => Promise.reject(new ServiceFault(code, 'made for this test')),
      refreshed: () => Promise.resolve([SECRET]),
      versionOf: () => 'current' as const,
    };
    const result = await setScene({ secrets }).send();
    expect(result.statusCode).toBe(status);
    expect(result.headers?.['retry-after']).toBe(retryAfter);
    expect(bodyOf(result)).toEqual({ outcome: 'failed', reason: code, handlers: [] });
  });

  it('of a verified delivery names it, in the answer and in the log', async () => {
    const fault = new ServiceFault('github_unavailable', 'made for this test', { detail: 'detail' });
    const scene = setScene({ dispatch: () => Promise.reject(fault) });
    const result = await scene.send();
    expect(result.statusCode).toBe(502);
    expect(bodyOf(result)).toEqual({
      delivery: DELIVERY_ID,
      event: 'issues',
      outcome: 'failed',
      reason: 'github_unavailable: detail',
      handlers: [],
    });
    expect(scene.lines).toMatchObject([
      {
        level: 'ERROR',
        code: 'delivery',
        message: 'delivery',
        delivery: DELIVERY_ID,
        event: 'issues',
        action: 'opened',
        hook: '458',
        outcome: 'failed',
        reason: 'github_unavailable: detail',
        status: 502,
        error: { name: 'ServiceFault', code: 'github_unavailable' },
      },
    ]);
  });

  it('of a delivery that is not verified shows nothing of it', async () => {
    const secrets = {
      live: () => Promise.reject(new ServiceFault('secrets_unavailable', 'made for this test')),
      refreshed: () => Promise.resolve([SECRET]),
      versionOf: () => 'current' as const,
    };
    const scene = setScene({ secrets });
    await scene.send();
    expect(scene.lines).toMatchObject([{ level: 'ERROR', message: 'delivery', status: 502 }]);
    expect(scene.lines[0]).not.toHaveProperty('delivery');
    expect(scene.lines[0]).not.toHaveProperty('event');
    expect(scene.text()).not.toContain(DELIVERY_ID);
  });

  it('is a 500 that shows nothing where it is a mistake of ours', async () => {
    const secrets = {
      live: () => Promise.reject(new Error(`oops ${SECRET}`)),
      refreshed: () => Promise.resolve([SECRET]),
      versionOf: () => 'current' as const,
    };
    const result = await setScene({ secrets }).send();
    expect(result.statusCode).toBe(500);
    expect(bodyOf(result)).toEqual({ outcome: 'failed', reason: 'internal_error', handlers: [] });
  });
});

describe('the answer takes the form of its front door', () => {
  const type = 'application/json; charset=utf-8';

  it.each([
    { shape: 'function_url', form: { headers: { 'content-type': type } } },
    { shape: 'http_api', form: { headers: { 'content-type': type } } },
    { shape: 'rest_api', form: { headers: { 'content-type': type } } },
    { shape: 'load_balancer', form: { headers: { 'content-type': type }, statusDescription: '200 OK' } },
    {
      shape: 'load_balancer_multi_value',
      form: { multiValueHeaders: { 'content-type': [type] }, statusDescription: '200 OK' },
    },
  ] as const)('of $shape', async ({ shape, form }) => {
    const { body, ...result } = await setScene().send({ shape });
    expect(result).toEqual({ statusCode: 200, isBase64Encoded: false, ...form });
    expect(JSON.parse(body)).toEqual({
      delivery: DELIVERY_ID,
      event: 'issues',
      outcome: 'handled',
      handlers: [{ name: 'issues', outcome: 'handled' }],
    });
  });
});
