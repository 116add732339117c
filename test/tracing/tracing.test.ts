/** Traces of the built functions, as a collector of OpenTelemetry gets them. */
import { afterEach, describe, expect, it } from 'vitest';
import { toObject } from '../../lib/json/json.ts';
import type { Tracer } from '../../lib/tracing/tracer.ts';
import { traceIntake } from '../../lib/webhook/trace-intake.ts';
import { type Deployment, startDeployment } from '../harness/deployment.ts';
import { toFunctionUrlEvent } from '../harness/function-url-event.ts';
import { findLeaks } from '../harness/leaks.ts';
import { type Collector, type SentSpan, startCollector } from './collector.ts';

const [INTERNAL, SERVER, CLIENT, CONSUMER] = [1, 2, 3, 5];

let running: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(running.map((each) => each.close()));
  running = [];
});

async function start({
  queued = false,
  collector,
  env: more = {},
}: {
  queued?: boolean;
  collector?: Collector;
  env?: Readonly<Record<string, string>>;
}): Promise<Deployment> {
  const env = {
    AWS_LAMBDA_FUNCTION_NAME: 'hookmint-prod-function',
    ...more,
    ...(collector && { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }),
  };
  const deployment = await startDeployment({ queued, env });
  running.push(deployment, ...(collector ? [collector] : []));
  return deployment;
}

function find(spans: readonly SentSpan[], name: string): SentSpan {
  const [found, ...more] = spans.filter((span) => span.name === name);
  if (found === undefined || more.length > 0) throw new Error(`${more.length + 1} spans are called ${name}`);
  return found;
}

describe('inline', () => {
  it('a delivery is one trace, from GitHub to the call of its handler, sent before the answer', async () => {
    const collector = await startCollector();
    const app = await start({ collector });
    const { status, body } = await app.deliver('issues-opened-first-time');
    expect(status).toBe(200);
    // Nothing more is waited for: Lambda freezes the process now.
    const { spans } = collector;
    const guid = toObject(body)['delivery'];
    const webhook = find(spans, 'webhook');
    expect(webhook).toMatchObject({
      kind: SERVER,
      parentSpanId: '',
      attributes: { 'github.delivery': guid, 'github.event': 'issues', 'hookmint.outcome': 'handled' },
      resource: { 'service.name': 'hookmint-prod-function', 'cloud.provider': 'aws' },
    });
    const handler = find(spans, 'handler');
    expect(handler).toMatchObject({
      kind: INTERNAL,
      traceId: webhook.traceId,
      parentSpanId: webhook.spanId,
      failure: undefined,
      attributes: {
        'github.delivery': guid,
        'github.action': 'opened',
        'hookmint.handler': 'issues.opened',
        'hookmint.outcome': 'handled',
      },
    });
    const calls = spans.filter(({ kind }) => kind === CLIENT);
    expect(calls.map(({ attributes }) => attributes['url.path'])).toEqual(
      expect.arrayContaining([
        '/app/installations/51230417/access_tokens',
        '/repos/octo-org/widgets/issues/14/comments',
      ]),
    );
    expect(new Set(calls.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([handler.spanId]));
    expect(collector.requests.map(({ headers }) => headers['content-type'])).toEqual(['application/json']);
  });

  it('no trace holds a token, a key, a secret or a payload', async () => {
    const collector = await startCollector();
    const app = await start({ collector });
    const { tokens } = await app.deliver('issues-opened-first-time');
    await app.deliver('issues-opened-first-time', { secret: 'another one' });
    expect(collector.spans.length).toBeGreaterThan(3);
    const sent = collector.received();
    expect(tokens.length).toBe(1);
    expect(findLeaks([sent], [app.webhookSecret])).toEqual([]);
    expect(sent).not.toContain('monalisa'); // who opened the issue
  });

  it('a handler that GitHub fails is a failed span, by its code', async () => {
    const collector = await startCollector();
    const app = await start({ collector });
    app.github.faults.next({ path: /access_tokens$/ }, { status: 500 }, 20);
    await app.deliver('issues-opened-first-time');
    expect(find(collector.spans, 'handler')).toMatchObject({ failure: 'github_unavailable' });
  });
});

it('a collector elsewhere gets the headers that it wants, out of a secret, and no line tells them', async () => {
  const collector = await startCollector();
  const app = await start({ collector, env: { OTEL_EXPORTER_OTLP_HEADERS_SECRET_ID: 'headers' } });
  app.secretsManager.put('headers', 'Authorization=Bearer%20a-key-of-traces, x-team = hooks\n');
  await app.deliver('issues-opened-first-time');
  expect(collector.requests[0]?.headers).toMatchObject({
    authorization: 'Bearer a-key-of-traces',
    'x-team': 'hooks',
    'content-type': 'application/json',
  });
  expect(app.lines.join('\n')).not.toContain('a-key-of-traces');
});

describe('queued', () => {
  it('the worker goes on with the trace that the webhook began', async () => {
    const collector = await startCollector();
    const app = await start({ queued: true, collector });
    const { body } = await app.deliver('issues-opened-first-time');
    const guid = toObject(body)['delivery'];
    app.poll(await app.start('worker'));
    await expect.poll(() => collector.spans.map(({ name }) => name)).toContain('message');
    const webhook = find(collector.spans, 'webhook');
    const message = find(collector.spans, 'message');
    expect(message).toMatchObject({
      kind: CONSUMER,
      traceId: webhook.traceId,
      parentSpanId: webhook.spanId,
      attributes: { 'github.delivery': guid, 'messaging.system': 'aws_sqs', 'hookmint.verdict': 'done' },
    });
    expect(find(collector.spans, 'handler')).toMatchObject({
      traceId: webhook.traceId,
      parentSpanId: message.spanId,
    });
  });
});

describe('a collector that is not there', () => {
  it.each(['silence', 'reset'] as const)('(%s) costs no delivery', async (outcome) => {
    const collector = await startCollector(() => outcome);
    const app = await start({ collector });
    const { status } = await app.deliver('issues-opened-first-time');
    expect(status).toBe(200);
    expect(collector.spans).toEqual([]);
  });

  it.each([
    { leftMs: 10_000, waits: 300 },
    { leftMs: 250, waits: 150 },
    { leftMs: 50, waits: 0 },
  ])('costs an answer $waits ms at most, where Lambda leaves $leftMs ms', async ({ leftMs, waits }) => {
    const limits: number[] = [];
    const tracer: Tracer = {
      span: (_, work) => work({ set() {}, fail() {} }),
      annotate() {},
      carry: () => undefined,
      flush: async (limitMs) => void limits.push(limitMs),
    };
    const answer = { statusCode: 200, headers: {}, body: '{}', isBase64Encoded: false };
    const intake = traceIntake(async () => answer, tracer);
    const context = { getRemainingTimeInMillis: () => leftMs };
    expect(await intake(toFunctionUrlEvent({}), context)).toBe(answer);
    expect(limits).toEqual([waits]);
  });
});
