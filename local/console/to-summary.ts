/** What the list of the console shows of a delivery. Pure. */
import { parsePayload, toBodyFormat } from '../../lib/delivery/payload.ts';
import { type JsonObject, readText, toObject } from '../../lib/json/json.ts';
import { toExchangeStory, toWorkStory } from '../terminal/story.ts';
import type { Entry } from './journal.ts';
import type { Summary } from './messages.ts';
import { toBytes } from './send-again.ts';

/** An entry never changes: what becomes of it is another one. */
const known = new WeakMap<Entry, Summary>();

export function toSummary(entry: Entry): Summary {
  const summary = known.get(entry) ?? make(entry);
  known.set(entry, summary);
  return summary;
}

/** @returns The payload, parsed; empty where it is none. */
export function readPayload(entry: Pick<Entry, 'request'>): JsonObject {
  const format = toBodyFormat(entry.request.headers['content-type']);
  return (format && parsePayload(toBytes(entry), format)) ?? {};
}

/** The JSON of a payload, as it was sent: of a form, its field; undefined where it is none. */
export function readPayloadText(entry: Pick<Entry, 'request'>): string | undefined {
  const format = toBodyFormat(entry.request.headers['content-type']);
  if (format === undefined || parsePayload(toBytes(entry), format) === undefined) return undefined;
  const text = toBytes(entry).toString('utf8');
  return format === 'json' ? text : (new URLSearchParams(text).get('payload') ?? undefined);
}

function make(entry: Entry): Summary {
  const { key, request, at, origin, bytes, exchange, works } = entry;
  const payload = readPayload(entry);
  const event = request.headers['x-github-event'] ?? '';
  const action = readText(payload, 'action');
  const named = event === '' ? `${request.requestContext.http.method} without an event` : event;
  return {
    key,
    id: request.headers['x-github-delivery'] ?? '',
    title: action === undefined || event === '' ? named : `${event}.${action}`,
    event,
    subject: toSubject(payload),
    sender: readText(payload['sender'], 'login') ?? '',
    at: at.toISOString(),
    bytes,
    durationMs: (exchange?.durationMs ?? 0) + works.reduce((sum, { work }) => sum + work.durationMs, 0),
    status: exchange?.status ?? 0,
    ...toEnd({ exchange, works }),
    ...(origin.fixture !== undefined && { fixture: origin.fixture }),
    ...(origin.replayOf !== undefined && { replayOf: origin.replayOf }),
    ...(origin.handler !== undefined && { onlyHandler: origin.handler }),
    ...(origin.edited !== undefined && { edited: origin.edited }),
  };
}

/** With a queue the worker has the last word. */
function toEnd({
  exchange,
  works,
}: Pick<Entry, 'exchange' | 'works'>): Pick<Summary, 'outcome' | 'handlers'> {
  const last = works.at(-1)?.work;
  if (last === undefined && exchange === undefined) return { outcome: 'under way', handlers: [] };
  const story = last === undefined ? exchange && toExchangeStory(exchange, undefined) : toWorkStory(last);
  const handlers = (story?.handlers ?? []).map(({ name, outcome }) => ({ name, outcome }));
  return { outcome: story?.outcome ?? 'under way', handlers };
}

function toSubject(payload: JsonObject): string {
  const { number } = toObject(payload['issue'] ?? payload['pull_request']);
  const repository = readText(payload['repository'], 'full_name');
  const account = readText(toObject(payload['installation'])['account'], 'login');
  const where = repository ?? account ?? '';
  return typeof number === 'number' ? `${where}#${number}` : where;
}
