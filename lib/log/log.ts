/**
 * Structured log lines, one JSON object a line, written raw: Lambda's JSON log format takes such
 * lines as they are. What may be logged stands in `messages.ts` and `lines.ts`, and in docs/logs.md.
 */
import { readField } from '../json/json.ts';
import type { LogLevel } from './level.ts';
import type { LineFields, LineMessage } from './lines.ts';
import { HANDLER_LINE, MESSAGES } from './messages.ts';
import { toPlainJson } from './plain-text.ts';
import { bind, holdsNone, toPlainFields, UNBOUND, type Bound, type LineHead } from './plain-line.ts';
import { redact, redactCredentials } from './redact.ts';
import { toTimestamp } from './timestamp.ts';

/** By name. Values are written as JSON; errors, payloads and secrets among them are shown as docs/logs.md says. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The log of the product itself: takes the lines of the catalogue, each with the fields that it has, and no other. */
export interface Log {
  readonly debug: WriteLine;
  readonly info: WriteLine;
  readonly warn: WriteLine;
  readonly error: WriteLine;
}

type WriteLine = <Message extends LineMessage>(message: Message, fields?: LineFields<Message>) => void;

/**
 * The log of a handler: takes any text, with any fields. Where a field has the name of one of ours (`code`,
 * `delivery`, `handler` …), ours is written. Properties, not methods: so that a `Log` cannot be taken for one.
 */
export interface HandlerLog {
  readonly debug: WriteText;
  readonly info: WriteText;
  readonly warn: WriteText;
  readonly error: WriteText;
}

type WriteText = (message: string, fields?: LogFields) => void;

/** A log that knows what it must never show and can be bound to a delivery or a handler. */
export interface BoundLog extends Log {
  /** Whether lines of this level are written. */
  writes(level: LogLevel): boolean;
  /** The same log with these fields on every line, besides those that every line has. */
  with(fields: LogFields & { readonly [Name in keyof LineHead]?: never }): BoundLog;
  /** The same log, guarding more: exact secret texts, and objects that are shown by name only. */
  guarding(guarded: Guarded): BoundLog;
  /** The same log for a handler, whose lines all have one code: it cannot write what looks like a line of ours. */
  forHandler(): HandlerLog;
}

interface Guarded {
  /** Read when a line is written, so that a token minted later is guarded as well. */
  readonly secrets?: (() => Iterable<string>) | undefined;
  readonly payload?: object | undefined;
}

interface LogOptions {
  readonly level: LogLevel;
  readonly write: (line: string) => void;
  readonly now: () => number;
}

const SEVERITY: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Longest line that a handler can cause, in characters; CloudWatch cuts at 256 KiB and bills by the byte. */
const MAX_LINE_LENGTH = 16_000;

/**
 * @param fields On every line.
 * @param guarded What no line shows, besides whatever looks like a credential.
 */
export function createLog(options: LogOptions, fields: LogFields = {}, guarded: Guarded = {}): BoundLog {
  return new WrittenLog(options, bind(UNBOUND, fields), guarded);
}

/** A class, since every handler of every delivery has several: one that is bound to more costs one object. */
class WrittenLog implements BoundLog {
  readonly #options: LogOptions;
  readonly #bound: Bound;
  readonly #guarded: Guarded;

  constructor(options: LogOptions, bound: Bound, guarded: Guarded) {
    this.#options = options;
    this.#bound = bound;
    this.#guarded = guarded;
  }

  debug(message: string, more?: LogFields): void {
    this.#write('debug', message, CODES.get(message), more);
  }

  info(message: string, more?: LogFields): void {
    this.#write('info', message, CODES.get(message), more);
  }

  warn(message: string, more?: LogFields): void {
    this.#write('warn', message, CODES.get(message), more);
  }

  error(message: string, more?: LogFields): void {
    this.#write('error', message, CODES.get(message), more);
  }

  writes(level: LogLevel): boolean {
    return SEVERITY[level] >= SEVERITY[this.#options.level];
  }

  with(more: LogFields): BoundLog {
    return new WrittenLog(this.#options, bind(this.#bound, more), this.#guarded);
  }

  guarding(more: Guarded): BoundLog {
    return new WrittenLog(this.#options, this.#bound, join(this.#guarded, more));
  }

  forHandler(): HandlerLog {
    const writing =
      (level: LogLevel): WriteText =>
      (message, more) =>
        this.#write(level, message, HANDLER_LINE, more);
    return {
      debug: writing('debug'),
      info: writing('info'),
      warn: writing('warn'),
      error: writing('error'),
    };
  }

  #write(level: LogLevel, message: string, code: string | undefined, more: LogFields | undefined): void {
    if (!this.writes(level)) return;
    const { now, write } = this.#options;
    const head = { timestamp: toTimestamp(now()), level: level.toUpperCase(), code, message };
    write(
      this.#toPlainLine(head, more) ?? serialise(more, { ...this.#bound.fields, ...head }, this.#guarded),
    );
  }

  /** @returns undefined where something may have to be hidden. */
  #toPlainLine({ timestamp, level, code, message }: LineHead, more: LogFields = {}): string | undefined {
    const { fields, plain } = this.#bound;
    const { payload, secrets } = this.#guarded;
    if (plain === undefined || more === payload) return undefined;
    // What we say ourselves is plain.
    const said =
      code === HANDLER_LINE
        ? toPlainFields({ code, message }, {})
        : `,"code":"${code}","message":"${message}"`;
    const added = toPlainFields(more, fields);
    if (said === undefined || added === undefined) return undefined;
    const line = `{"timestamp":"${timestamp}","level":"${level}"${said}${plain}${added}}`;
    return holdsNone(line, secrets?.() ?? []) ? line : undefined;
  }
}

/** What was guarded before still is. */
function join(guarded: Guarded, more: Guarded): Guarded {
  const { secrets: one } = guarded;
  const { secrets: other = one, payload = guarded.payload } = more;
  if (one === undefined || other === undefined || one === other) return { secrets: other, payload };
  return { secrets: () => [...one(), ...other()], payload };
}

const CODES: ReadonlyMap<string, string> = new Map(
  Object.entries(MESSAGES).map(([code, message]) => [message, code]),
);

/**
 * @param more  A handler's fields: anything, also what cannot be read or serialised.
 * @param bound Ours. They win over a handler's of the same name, and stand alone where its are no good.
 */
function serialise(more: LogFields | undefined, bound: LogFields, guarded: Guarded): string {
  const secrets = [...(guarded.secrets?.() ?? [])];
  // Whatever stands directly in the payload is a part of it, lists as well.
  const payload: ReadonlySet<unknown> = new Set(
    guarded.payload && [guarded.payload, ...Object.values(guarded.payload)],
  );
  const write = (entry: LogFields, most = Infinity): string =>
    toPlainJson(JSON.stringify(entry, (key, value) => limit(clean(key, value, { secrets, payload }), most)));
  const own = more === guarded.payload ? { payload: more } : more;
  try {
    // The bound fields stand first in the line, and last in the object so that none is replaced.
    const entry = { ...bound, ...own, ...bound, toJSON: undefined };
    const text = write(entry);
    // The replacer does not see the names of fields, and cutting into JSON could break it.
    if (redactCredentials(text, secrets) !== text)
      return write({ ...bound, unserialisable: 'a credential in the name of a field' });
    return text.length > MAX_LINE_LENGTH ? shorten({ ...entry, truncated: text.length }, bound, write) : text;
  } catch (error) {
    return write({ ...bound, unserialisable: describeError(error)['name'] });
  }
}

/** How many entries of a list are left when a line gets too long: as many as fit. */
const LIST_LENGTHS = [100, 20, 3];

/** Lists are cut first, then all that is no single value goes: who and what are kept for as long as may be. */
function shorten(
  entry: LogFields & { readonly truncated: number },
  bound: LogFields,
  write: (entry: LogFields, most?: number) => string,
): string {
  const scalars = Object.fromEntries(Object.entries(entry).filter(([, value]) => typeof value !== 'object'));
  const attempts = [...LIST_LENGTHS.map((most) => () => write(entry, most)), () => write(scalars)];
  for (const attempt of attempts) {
    const text = attempt();
    if (text.length <= MAX_LINE_LENGTH) return text;
  }
  return write({ ...bound, truncated: entry.truncated });
}

function limit(value: unknown, most: number): unknown {
  return Array.isArray(value) && value.length > most
    ? [...value.slice(0, most), `… and ${value.length - most} more`]
    : value;
}

interface Hidden {
  readonly secrets: readonly string[];
  readonly payload: ReadonlySet<unknown>;
}

/** What stands in the line for a value: no secret, no payload, no bytes. */
function clean(key: string, value: unknown, { secrets, payload }: Hidden): unknown {
  if (value !== undefined && key.toLowerCase() === 'authorization') return '[redacted]';
  if (typeof value === 'string') return redact(value, secrets);
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error) return describeError(value);
  if (isBytes(value)) return '[bytes]';
  return typeof value === 'object' && value !== null && payload.has(value) ? '[payload]' : value;
}

/** Bytes may be a token or a body, and no pattern sees through them. A Buffer comes as what its `toJSON` makes of it. */
function isBytes(value: unknown): boolean {
  return (
    ArrayBuffer.isView(value) ||
    (readField(value, 'type') === 'Buffer' && Array.isArray(readField(value, 'data')))
  );
}

/** Deepest chain of causes that is told. */
const MAX_CAUSES = 5;

/** An error as fields: no request, no response, no properties of its own but these. Never throws. */
export function describeError(error: unknown, depth = 0): LogFields {
  try {
    if (typeof error === 'string') return { name: 'string', message: error };
    if (!(error instanceof Error)) return { name: typeof error };
    const { cause } = error;
    return {
      name: toText(readField(error, 'name')),
      message: toText(readField(error, 'message')),
      code: toScalar(readField(error, 'code')),
      status: toScalar(readField(error, 'status')),
      stack: toText(readField(error, 'stack'))
        .split('\n')
        .filter((frame) => frame.startsWith('    at '))
        .slice(0, 8)
        .map((frame) => frame.trim()),
      ...(isTold(cause) && depth < MAX_CAUSES && { cause: describeError(cause, depth + 1) }),
    };
  } catch {
    return { name: 'Error', message: 'an error that cannot be read' };
  }
}

/** Of what was thrown: an error, or a text. */
function isTold(cause: unknown): boolean {
  return cause instanceof Error || typeof cause === 'string';
}

function toScalar(value: unknown): string | number | undefined {
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

/** Nothing keeps an Error's fields from being something else. */
function toText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
