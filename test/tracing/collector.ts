/** A collector of OpenTelemetry, as far as functions send to it: OTLP over HTTP, as JSON. */
import { type HttpOutcome, type HttpRequest, listen } from '../../local/http/server.ts';
import { isObject, type JsonObject, parseJson, readText, toObject } from '../../lib/json/json.ts';

export interface SentSpan {
  readonly name: string;
  /** 2 server, 3 client, 5 consumer, 1 internal. Source: opentelemetry-proto, `Span.SpanKind`. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty where it is the first of its trace. */
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Of what sent it. */
  readonly resource: Readonly<Record<string, unknown>>;
  /** Of a span that failed. */
  readonly failure: string | undefined;
}

export interface Collector {
  readonly url: string;
  readonly spans: readonly SentSpan[];
  /** All that came, as text. */
  readonly received: () => string;
  readonly requests: readonly HttpRequest[];
  close(): Promise<void>;
}

/** @param answer What becomes of a request in place of being taken. */
export async function startCollector(answer?: () => HttpOutcome): Promise<Collector> {
  const spans: SentSpan[] = [];
  const requests: HttpRequest[] = [];
  const server = await listen(async (request) => {
    requests.push(request);
    if (answer !== undefined) return answer();
    if (request.method !== 'POST' || request.path !== '/v1/traces') return { status: 404 };
    spans.push(...readSpans(request.body));
    return { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' };
  });
  return {
    url: server.url,
    spans,
    requests,
    received: () => requests.map(({ body }) => body).join('\n'),
    close: () => server.close(),
  };
}

function readSpans(body: string): SentSpan[] {
  return listOf(toObject(parseJson(body)), 'resourceSpans').flatMap((sent) => {
    const resource = readAttributes(toObject(sent['resource']));
    return listOf(sent, 'scopeSpans')
      .flatMap((scope) => listOf(scope, 'spans'))
      .map((span) => toSpan(span, resource));
  });
}

function toSpan(span: JsonObject, resource: SentSpan['resource']): SentSpan {
  const { code, message } = { code: 0, message: undefined, ...toObject(span['status']) };
  return {
    name: readText(span, 'name') ?? '',
    kind: Number(span['kind']),
    traceId: readText(span, 'traceId') ?? '',
    spanId: readText(span, 'spanId') ?? '',
    parentSpanId: readText(span, 'parentSpanId') ?? '',
    attributes: readAttributes(span),
    resource,
    failure: code === 2 ? String(message) : undefined,
  };
}

/** `[{ key, value: { stringValue } }]` as an object. */
function readAttributes(of: JsonObject): Record<string, unknown> {
  return Object.fromEntries(
    listOf(of, 'attributes').map(({ key, value }) => [String(key), Object.values(toObject(value))[0]]),
  );
}

function listOf(of: JsonObject, field: string): JsonObject[] {
  const list = of[field];
  return Array.isArray(list) ? list.filter(isObject) : [];
}
