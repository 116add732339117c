/** Every delivery that came to this server, with all that is known of it, the newest of them. Nothing is printed. */
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import type { Exchange } from '../terminal/watch.ts';
import type { Work } from '../terminal/watch-worker.ts';

/** One request, and what came of it. */
export interface Entry {
  /** In the order of arrival, from 1. */
  readonly key: number;
  readonly request: LambdaFunctionURLEvent;
  readonly at: Date;
  /** What is known before it arrives. */
  readonly origin: Origin;
  /** Bytes of its body. */
  readonly bytes: number;
  /** undefined while it is under way. */
  readonly exchange: Exchange | undefined;
  /** Of the queue's worker, the oldest first. */
  readonly works: readonly { readonly at: Date; readonly work: Work }[];
}

export interface Origin {
  /** Name of the fixture that was sent. */
  readonly fixture?: string;
  /** The delivery that was sent again. */
  readonly replayOf?: number;
  /** The only handler that was to run. */
  readonly handler?: string;
  /** Its payload was changed before it was sent. */
  readonly edited?: boolean;
}

export interface Journal {
  /** A delivery of this id is about to come. */
  expect(id: string, origin: Origin): void;
  receive(request: LambdaFunctionURLEvent, at: Date): void;
  answer(exchange: Exchange, at: Date): void;
  work(work: Work, at: Date): void;
  get(key: number): Entry | undefined;
  /** The oldest first. */
  all(): readonly Entry[];
  last(): Entry | undefined;
  /** @returns Takes the listener off again. */
  onChange(listener: (entry: Entry) => void): () => void;
}

interface Limits {
  readonly entries: number;
  readonly bytes: number;
}

/** Beyond that the oldest are forgotten. */
const LIMITS: Limits = { entries: 10_000, bytes: 256 * 1024 * 1024 };

export function createJournal(limits: Limits = LIMITS): Journal {
  const entries = new Map<number, Entry>();
  const origins = new Map<string, Origin>();
  /** The newest request of each delivery id. */
  const byId = new Map<string, number>();
  const byRequest = new WeakMap<LambdaFunctionURLEvent, number>();
  const listeners = new Set<(entry: Entry) => void>();
  let lastKey = 0;
  let bytes = 0;

  const put = (entry: Entry): void => {
    entries.set(entry.key, entry);
    for (const listener of listeners) listener(entry);
  };

  const shrink = (): void => {
    for (const [key, entry] of entries) {
      if (key === lastKey || (entries.size <= limits.entries && bytes <= limits.bytes)) return;
      entries.delete(key);
      bytes -= entry.bytes;
      const id = readId(entry.request);
      if (id !== undefined && byId.get(id) === key) byId.delete(id);
    }
  };

  return {
    expect: (id, origin) => void origins.set(id, origin),
    receive(request, at) {
      const id = readId(request);
      const origin = (id === undefined ? undefined : origins.get(id)) ?? {};
      if (id !== undefined) origins.delete(id);
      lastKey += 1;
      const size = measure(request);
      bytes += size;
      byRequest.set(request, lastKey);
      if (id !== undefined) byId.set(id, lastKey);
      put({ key: lastKey, request, at, origin, bytes: size, exchange: undefined, works: [] });
      shrink();
    },
    answer(exchange) {
      const entry = entries.get(byRequest.get(exchange.request) ?? 0);
      if (entry !== undefined) put({ ...entry, exchange });
    },
    work(work, at) {
      const entry = entries.get(byId.get(work.delivery?.envelope.id ?? '') ?? 0);
      if (entry !== undefined) put({ ...entry, works: [...entry.works, { at, work }] });
    },
    get: (key) => entries.get(key),
    all: () => [...entries.values()],
    last: () => entries.get(lastKey),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function readId({ headers }: LambdaFunctionURLEvent): string | undefined {
  return headers['x-github-delivery'];
}

function measure({ body = '', isBase64Encoded }: LambdaFunctionURLEvent): number {
  return Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8');
}
