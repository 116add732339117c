/** Makes the tracer of a function that is asked for traces. Only then is the library loaded, some 40 kB. */
import { within } from '../async/abort.ts';
import { SYSTEM_CLOCK } from '../async/clock.ts';
import type { Fetch } from '../http/fetch.ts';
import type { Log } from '../log/log.ts';
import type { Attributes, Tracer } from '../tracing/tracer.ts';
import type { Environment } from './config.ts';

interface LoadDeps {
  /** The product's own, which knows connections that were frozen. */
  readonly fetch: Fetch;
  readonly log: Log;
  readonly env: Environment;
}

/** Of one request to the collector. One beside the function takes milliseconds. */
const SEND_LIMIT_MS = 2_000;

/** @param endpoint Of a collector: `http://localhost:4318`. The path of OTLP for traces is added. */
export async function loadTracer(endpoint: string, { fetch, log, env }: LoadDeps): Promise<Tracer> {
  const { createTracer } = await import('../tracing/open-telemetry.ts');
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  return createTracer({
    resource: toResource(env),
    send: (body) => within(SYSTEM_CLOCK, SEND_LIMIT_MS, (signal) => post(url, body, { fetch, signal })),
    onLost: (error, spans) => log.warn('traces not sent', { error, spans }),
    waitFor: (work, limitMs) =>
      within(SYSTEM_CLOCK, limitMs, async (signal) => {
        await Promise.race([work, untilAborted(signal)]);
      }),
  });
}

async function post(
  url: string,
  body: Uint8Array,
  { fetch, signal }: { readonly fetch: Fetch; readonly signal: AbortSignal },
): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const text = Buffer.from(body).toString();
  const { status } = await fetch(url, { method: 'POST', headers, body: text, redirect: 'error', signal });
  if (status >= 300) throw new Error(`the collector answered ${status}`);
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Names as OpenTelemetry has them. Source: its semantic conventions, "FaaS" and "AWS Lambda". */
function toResource(env: Environment): Attributes {
  const name = env['AWS_LAMBDA_FUNCTION_NAME'];
  return {
    'service.name': env['OTEL_SERVICE_NAME'] ?? name ?? 'hookmint',
    'faas.name': name,
    'faas.version': env['AWS_LAMBDA_FUNCTION_VERSION'],
    'cloud.provider': 'aws',
    'cloud.platform': 'aws_lambda',
    'cloud.region': env['AWS_REGION'],
  };
}
