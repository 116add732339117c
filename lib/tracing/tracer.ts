/**
 * Spans of what the product does, as the rest of it sees them: where nobody asked for traces there is no tracer, and
 * whoever is handed none does its work as before. `open-telemetry.ts` makes one, and is loaded only then.
 */

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Who asks whom. `server`: GitHub asked us; `client`: we ask GitHub; `consumer`: a message brought it. */
export type SpanKind = 'server' | 'client' | 'consumer' | 'producer' | 'internal';

interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes?: Attributes;
  /** What the span continues, as `carry` gave it; by default the span that is under way here. */
  readonly parent?: string | undefined;
}

export interface Span {
  set(attributes: Attributes): void;
  /** @param what A code or a word: never the text of an error, which may hold anything. */
  fail(what: string): void;
}

/** Where spans are made. What it does never fails the work that is traced. */
export interface Tracer {
  /** Does the work within a span. What the work throws fails the span, and is thrown. */
  span<T>(start: SpanStart, work: (span: Span) => Promise<T>): Promise<T>;
  /** Adds to the span that is under way here, if any is. */
  annotate(attributes: Attributes): void;
  /** The span that is under way here, for a message: a `traceparent` of W3C's Trace Context. */
  carry(): string | undefined;
  /** Sends what has ended, for so many milliseconds at most: Lambda freezes the process after its answer. Never throws. */
  flush(limitMs: number): Promise<void>;
}

/** Only for `undefined`: work that nobody traces. */
const UNTRACED: Span = { set() {}, fail() {} };

/** Does the work within a span, or without one. */
export function traced<T>(
  tracer: Tracer | undefined,
  start: SpanStart,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return tracer === undefined ? work(UNTRACED) : tracer.span(start, work);
}
