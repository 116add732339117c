/**
 * From a Lambda event to a request: the one place that knows the event shapes. No verification, no
 * parsing. What is missing reads as absent; no event makes it throw.
 */
import type { RawBody } from '../delivery/payload.ts';
import { type JsonObject, toObject } from '../json/json.ts';

/** Which shape the event had, so that the answer takes the form that its sender expects. */
export type EventShape = 'payload_2' | 'payload_1' | 'load_balancer' | 'load_balancer_multi_value';

/** A request as its sender made it, whatever front door it came through. */
export interface WebhookRequest {
  readonly shape: EventShape;
  /** Upper case; empty where the event names none. */
  readonly method: string;
  /** Any case. Repeated headers come joined by commas, as RFC 9110 5.3 has it. */
  header(name: string): string | undefined;
  /** What GitHub sent: the exact bytes, or the text that they are in UTF-8. */
  readonly body: RawBody;
  /** When the front door took the request; a load balancer does not say. */
  readonly requestedAt: Date | undefined;
}

/**
 * Takes the events of a function URL and an HTTP API (payload 2.0), a REST API (payload 1.0), and a
 * load balancer with single or multi-value headers.
 */
export function receive(event: unknown): WebhookRequest {
  const fields = toObject(event);
  const context = toObject(fields['requestContext']);
  const http = toObject(context['http']);
  const headers = collectHeaders(fields);
  const method = http['method'] ?? fields['httpMethod'];
  return {
    shape: toShape(fields, context),
    method: typeof method === 'string' ? method.toUpperCase() : '',
    header: (name) => headers.get(name.toLowerCase()),
    body: toBody(fields['body'], fields['isBase64Encoded'] === true),
    requestedAt: toDate(context['timeEpoch'] ?? context['requestTimeEpoch']),
  };
}

function toShape(fields: JsonObject, context: JsonObject): EventShape {
  if ('elb' in context) return 'multiValueHeaders' in fields ? 'load_balancer_multi_value' : 'load_balancer';
  return 'http' in context ? 'payload_2' : 'payload_1';
}

/**
 * A REST API event has both maps, and only `multiValueHeaders` shows every value: a second signature
 * must not hide behind the first.
 */
function collectHeaders(fields: JsonObject): ReadonlyMap<string, string> {
  const multiple = toObject(fields['multiValueHeaders']);
  const source = Object.keys(multiple).length > 0 ? multiple : toObject(fields['headers']);
  const headers = new Map<string, string>();
  const add = (key: string, text: unknown): void => {
    if (typeof text !== 'string') return;
    const earlier = headers.get(key);
    headers.set(key, earlier === undefined ? text : `${earlier},${text}`);
  };
  for (const name of Object.keys(source)) {
    const value = source[name];
    const key = name.toLowerCase();
    if (Array.isArray(value)) for (const text of value) add(key, text);
    else add(key, value);
  }
  return headers;
}

function toBody(body: unknown, base64: boolean): RawBody {
  if (typeof body !== 'string') return '';
  return base64 ? Buffer.from(body, 'base64') : body;
}

function toDate(epochMs: unknown): Date | undefined {
  return typeof epochMs === 'number' && Number.isFinite(epochMs) ? new Date(epochMs) : undefined;
}
