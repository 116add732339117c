/**
 * A tracer by OpenTelemetry, which sends its spans by OTLP over HTTP: to the collector beside the function that a layer
 * brings, or to any other. The functions import this file, and with it the library, only where traces are asked for.
 */
import {
  context,
  SpanKind as Kind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import type { Attributes, Span, SpanKind, Tracer } from './tracer.ts';

/** Functions of the product's own: this module imports none, or its chunk would share code with what always loads. */
interface TracerDeps {
  /** Tells where spans come from: `service.name` and so on. */
  readonly resource: Attributes;
  /** Sends a request of OTLP, as JSON, within a time of its own. */
  readonly send: (body: Uint8Array) => Promise<void>;
  /** Told of spans that `send` could not send. */
  readonly onLost: (error: unknown, spans: number) => void;
  /** Waits for the work, and no longer than so many milliseconds. */
  readonly waitFor: (work: Promise<unknown>, limitMs: number) => Promise<void>;
}

/** `flush` sends by itself: nothing else is to wake up, least of all in a process that was frozen. */
const NEVER_MS = 2 ** 31 - 1;

const KINDS: Readonly<Record<SpanKind, Kind>> = {
  server: Kind.SERVER,
  client: Kind.CLIENT,
  consumer: Kind.CONSUMER,
  producer: Kind.PRODUCER,
  internal: Kind.INTERNAL,
};

/** Source: W3C, "Trace Context", version 00. */
const TRACEPARENT = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/;

/**
 * Makes itself the tracer of the whole process, so that spans of a handler's libraries are children of ours. A process
 * makes one.
 */
export function createTracer({ resource, waitFor, ...sending }: TracerDeps): Tracer {
  const processor = new BatchSpanProcessor(createExporter(sending), { scheduledDelayMillis: NEVER_MS });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ ...resource }),
    spanProcessors: [processor],
  });
  const contexts = new AsyncLocalStorageContextManager().enable();
  // Spans that a handler makes by the library itself are children of ours.
  context.setGlobalContextManager(contexts);
  trace.setGlobalTracerProvider(provider);
  const tracer = provider.getTracer('hookmint');

  return {
    async span({ name, kind, attributes = {}, parent }, work) {
      const from = parent === undefined ? contexts.active() : toContext(parent, contexts.active());
      const span = tracer.startSpan(name, { kind: KINDS[kind], attributes: { ...attributes } }, from);
      try {
        return await contexts.with(trace.setSpan(from, span), () => work(toSpan(span)));
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: nameOf(error) });
        throw error;
      } finally {
        span.end();
      }
    },
    annotate(attributes) {
      trace.getSpan(contexts.active())?.setAttributes({ ...attributes });
    },
    carry() {
      const span = trace.getSpan(contexts.active())?.spanContext();
      if (span === undefined) return undefined;
      return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`;
    },
    async flush(limitMs) {
      await waitFor(
        processor.forceFlush().catch(() => {}),
        limitMs,
      );
    },
  };
}

function toSpan(span: ReturnType<ReturnType<BasicTracerProvider['getTracer']>['startSpan']>): Span {
  return {
    set: (attributes) => void span.setAttributes({ ...attributes }),
    fail: (what) => void span.setStatus({ code: SpanStatusCode.ERROR, message: what }),
  };
}

/** A parent that is none begins a trace of its own. */
function toContext(traceparent: string, from: Context): Context {
  const [, traceId, spanId, flags = '00'] = TRACEPARENT.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined) return trace.deleteSpan(from);
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  return trace.setSpanContext(from, { traceId, spanId, traceFlags, isRemote: true });
}

/** Never its message: that may hold anything. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}

function createExporter({ send, onLost }: Pick<TracerDeps, 'send' | 'onLost'>): SpanExporter {
  const sendAll = async (spans: ReadableSpan[]): Promise<void> => {
    const body = JsonTraceSerializer.serializeRequest(spans);
    if (body !== undefined) await send(body);
  };
  return {
    export(spans, tell) {
      void sendAll(spans).then(
        () => tell({ code: 0 }),
        (error: unknown) => {
          onLost(error, spans.length);
          tell({ code: 1 });
        },
      );
    },
    shutdown: () => Promise.resolve(),
  };
}
