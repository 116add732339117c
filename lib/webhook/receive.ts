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
  const headers = findHeaders(fields);
  const names = Object.keys(headers);
  const method = http['method'] ?? fields['httpMethod'];
  return {
    shape: toShape(fields, context),
    method: typeof method === 'string' ? method.toUpperCase() : '',
    header: (name) => readHeader(headers, names, name.toLowerCase()),
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
function findHeaders(fields: JsonObject): JsonObject {
  const multiple = toObject(fields['multiValueHeaders']);
  return Object.keys(multiple).length > 0 ? multiple : toObject(fields['headers']);
}

/** Of the twenty headers of a delivery seven are asked for, and no list of all of them is made. @param wanted In lower case. */
function readHeader(headers: JsonObject, names: readonly string[], wanted: string): string | undefined {
  let found: string | undefined;
  for (const name of names) {
    if (name.length !== wanted.length || name.toLowerCase() !== wanted) continue;
    const value = headers[name];
    for (const text of Array.isArray(value) ? value : [value])
      if (typeof text === 'string') found = found === undefined ? text : `${found},${text}`;
  }
  return found;
}

function toBody(body: unknown, base64: boolean): RawBody {
  if (typeof body !== 'string') return '';
  return base64 ? Buffer.from(body, 'base64') : body;
}

function toDate(epochMs: unknown): Date | undefined {
  return typeof epochMs === 'number' && Number.isFinite(epochMs) ? new Date(epochMs) : undefined;
}
