/** Deliveries as GitHub sends them, signed, in the form in which a front door hands them to the function; and its answers. */
import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RecordedWorld } from '../../local/fixtures/fixtures.ts';
import { type EventShape, type HeaderValues, toEvent, valueOf } from '../../local/aws/lambda-event.ts';
import { parseJson } from '../../lib/json/json.ts';
import type { LambdaResult } from '../../lib/webhook/answer.ts';

/** One recorded delivery. Signatures are missing: they are made when it is sent. */
export interface Fixture {
  readonly headers: HeaderValues;
  readonly body: object;
}

export interface DeliverOptions {
  /** `X-GitHub-Event`; needed where a bare payload is sent. */
  readonly event?: string;
  /** `X-GitHub-Delivery`. Default: the fixture's, and a new one for a bare payload. */
  readonly id?: string;
  /** Default `function_url`. */
  readonly shape?: EventShape;
  /** In place of the fixture's; undefined takes one away. A form content type sends the payload as a form. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** What to sign with; null sends no signature. Default: the deployment's. */
  readonly secret?: string | null;
}

/** What the sender gets. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body, parsed. */
  readonly body: unknown;
  readonly text: string;
}

/** @param name Of a file in `test/app/functions/fixtures/`, without `.json`. */
export function loadFixture(name: string): Fixture {
  const fixture: Fixture = JSON.parse(readFixtureFile(name));
  return fixture;
}

export function loadWorld(): RecordedWorld {
  const world: RecordedWorld = JSON.parse(readFixtureFile('world'));
  return world;
}

/**
 * The event that the function is invoked with.
 *
 * @param what The name of a fixture, a fixture, or a payload (which needs `event`).
 */
export function toSignedEvent(
  what: string | Fixture | object,
  { event, id, shape = 'function_url', headers = {}, secret }: DeliverOptions & { secret: string | null },
) {
  const fixture = toFixture(what, event);
  const merged = mergeHeaders(fixture.headers, {
    ...(event !== undefined && { 'X-GitHub-Event': event }),
    ...(id !== undefined && { 'X-GitHub-Delivery': id }),
    ...headers,
  });
  const body = toBytes(fixture.body, merged);
  const signature = secret === null ? {} : { 'X-Hub-Signature-256': sign(body, secret) };
  return toEvent(shape, { headers: { ...signature, ...merged }, body });
}

/** @returns `X-Hub-Signature-256` of exactly these bytes. */
export function sign(body: Buffer | string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** @param result What the function returned. */
export function toAnswer(result: unknown): Answer {
  if (!isLambdaResult(result))
    throw new Error('the function answered with something that no front door takes');
  const { statusCode, headers, multiValueHeaders = {}, body } = result;
  const joined = Object.entries(multiValueHeaders).map(([name, values]) => [name, values.join(',')]);
  return {
    status: statusCode,
    headers: headers ?? Object.fromEntries(joined),
    body: parseJson(body),
    text: body,
  };
}

function readFixtureFile(name: string): string {
  return readFileSync(new URL(`../app/functions/fixtures/${name}.json`, import.meta.url), 'utf8');
}

/** A bare payload gets headers of its own, so that no two are taken for one delivery. */
function toFixture(what: string | Fixture | object, event: string | undefined): Fixture {
  if (typeof what === 'string') return loadFixture(what);
  if ('headers' in what && 'body' in what) return what;
  if (event === undefined) throw new Error('a bare payload needs an event');
  const { headers } = loadFixture('ping');
  return { headers: { ...headers, 'X-GitHub-Delivery': randomUUID() }, body: what };
}

/** Names are the same in any case; the spelling of the first one stays. */
function mergeHeaders(headers: HeaderValues, more: NonNullable<DeliverOptions['headers']>): HeaderValues {
  const merged = new Map(Object.entries(headers));
  for (const [name, value] of Object.entries(more)) {
    const known = [...merged.keys()].find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
    if (value === undefined) merged.delete(known);
    else merged.set(known, value);
  }
  return Object.fromEntries(merged);
}

/** GitHub sends compact JSON, or the same as the field `payload` of a form. */
function toBytes(payload: object, headers: HeaderValues): Buffer {
  const json = JSON.stringify(payload);
  const isForm = valueOf(headers, 'content-type').startsWith('application/x-www-form-urlencoded');
  return Buffer.from(isForm ? new URLSearchParams({ payload: json }).toString() : json);
}

function isLambdaResult(value: unknown): value is LambdaResult {
  return typeof value === 'object' && value !== null && 'statusCode' in value && 'body' in value;
}
