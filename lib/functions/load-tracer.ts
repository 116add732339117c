/** Makes the tracer of a function that is asked for traces. Only then is the library loaded, some 40 kB. */
import { within } from '../async/abort.ts';
import { SYSTEM_CLOCK } from '../async/clock.ts';
import type { Fetch } from '../http/fetch.ts';
import type { Log } from '../log/log.ts';
import type { SecretCache } from '../secrets/secret-cache.ts';
import type { Attributes, Tracer } from '../tracing/tracer.ts';
import type { Environment } from './config.ts';

interface LoadDeps {
  /** Of the headers that the collector wants; undefined where it wants none. */
  readonly headersSecretId: string | undefined;
  readonly secretCache: SecretCache;
  /** The product's own, which knows connections that were frozen. */
  readonly fetch: Fetch;
  readonly log: Log;
  readonly env: Environment;
}

/** Of one request to the collector. One beside the function takes milliseconds. */
const SEND_LIMIT_MS = 2_000;

/** @param endpoint Of a collector: `http://localhost:4318`. The path of OTLP for traces is added. */
export async function loadTracer(endpoint: string, deps: LoadDeps): Promise<Tracer> {
  const { createTracer } = await import('../tracing/open-telemetry.ts');
  const { log, env } = deps;
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  return createTracer({
    resource: toResource(env),
    send: (body) => within(SYSTEM_CLOCK, SEND_LIMIT_MS, (signal) => post(url, body, signal, deps)),
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
  signal: AbortSignal,
  { fetch, headersSecretId, secretCache }: LoadDeps,
): Promise<void> {
  const secret = headersSecretId && (await secretCache.read(headersSecretId, signal)).current;
  const headers = { ...parseHeaders(secret ? secret.text : ''), 'content-type': 'application/json' };
  const text = Buffer.from(body).toString();
  const { status } = await fetch(url, { method: 'POST', headers, body: text, redirect: 'error', signal });
  if (status >= 300) throw new Error(`the collector answered ${status}`);
}

/**
 * `name=value`, several with commas between them, values percent-encoded where they must be: what is none is left out.
 * Source: OpenTelemetry, "OTLP exporter configuration".
 */
function parseHeaders(text: string): Record<string, string> {
  const pairs = text.split(',').flatMap((pair) => {
    const [, name, value] = /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*([\x20-\x7e]*?)\s*$/.exec(pair) ?? [];
    return name === undefined || value === undefined ? [] : [[name.toLowerCase(), decode(value)] as const];
  });
  return Object.fromEntries(pairs);
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
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
