/** From GitHub's log of deliveries to what we know of them. Pure; everything that comes in is checked. */
import { ServiceFault } from '../faults.ts';
import { findLinkQuery } from '../http/link.ts';
import { isObject, parseJson, readField, readText, type JsonObject } from '../json/json.ts';
import type { ApiResponse } from './api.ts';

/** One entry of the log: one attempt at a delivery. A redelivery is an entry of its own. */
export interface LoggedDelivery {
  /** Decimal digits. */
  readonly id: string;
  /** `X-GitHub-Delivery`, the same for every attempt. */
  readonly guid: string;
  /** By GitHub's clock, in milliseconds since the epoch; 0 where its date cannot be read. */
  readonly deliveredAtMs: number;
  readonly redelivery: boolean;
  /** `OK`, or what went wrong in GitHub's words. */
  readonly status: string;
  /** What we answered; 0 where no answer came. */
  readonly statusCode: number;
  readonly event: string;
  readonly action: string | null;
  /** Decimal digits; null also for some events of an installation, where GitHub does not say. */
  readonly installationId: string | null;
  /** Decimal digits. */
  readonly repositoryId: string | null;
}

/** One page of GitHub's log, the newest delivery first. */
export interface LogPage {
  /** Newest first. */
  readonly deliveries: readonly LoggedDelivery[];
  /** Entries that say too little to be asked for. */
  readonly unreadable: number;
  /** Where the next, older page begins; undefined on the last one. */
  readonly cursor: string | undefined;
}

/** What was sent. */
export interface DeliveryDetail {
  /** Lower case. Only what a delivery is known by: GitHub has leaked secrets in other headers of deliveries. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * As `JSON.parse` has it, as in every delivery; not byte for byte what was signed. undefined where the log no
   * longer has it.
   */
  readonly payload: JsonObject | undefined;
  /** The body that we answered with; undefined where the log does not say. */
  readonly answer?: string | undefined;
}

/** The headers of a delivery that hookmint works with (`delivery/delivery.ts`), and none besides. */
const DELIVERY_HEADERS: ReadonlySet<string> = new Set([
  'x-github-event',
  'x-github-delivery',
  'x-github-hook-id',
  'x-github-hook-installation-target-type',
  'x-github-hook-installation-target-id',
]);

/** @throws ServiceFault `github_unexpected` for what is no list, and a list of nothing that can be read. */
export function toPage(response: ApiResponse): LogPage {
  const { status, headers, body } = response;
  if (status !== 200 || !Array.isArray(body)) throw unexpected('list of deliveries', response);
  const deliveries = body.map(toLoggedDelivery).filter((delivery) => delivery !== undefined);
  // One entry that cannot be read must not hide the others; if none can, the API is not what we know.
  if (deliveries.length === 0 && body.length > 0) throw unexpected('list of deliveries', response);
  const unreadable = body.length - deliveries.length;
  return { deliveries, unreadable, cursor: readNextCursor(headers.get('link')) };
}

/** The cursor is opaque, and only the `Link` header has it: `<https://…?cursor=…>; rel="next"`. */
function readNextCursor(link: string | null): string | undefined {
  return findLinkQuery(link, 'next')?.get('cursor') ?? undefined;
}

function toLoggedDelivery(entry: unknown): LoggedDelivery | undefined {
  const id = readDigits(entry, 'id');
  const guid = readText(entry, 'guid');
  const event = readText(entry, 'event');
  if (id === null || guid === undefined || event === undefined) return undefined;
  const deliveredAtMs = Date.parse(readText(entry, 'delivered_at') ?? '');
  const statusCode = readField(entry, 'status_code');
  return {
    id,
    guid,
    deliveredAtMs: Number.isNaN(deliveredAtMs) ? 0 : deliveredAtMs,
    redelivery: readField(entry, 'redelivery') === true,
    status: readText(entry, 'status') ?? '',
    statusCode: typeof statusCode === 'number' ? statusCode : 0,
    event,
    action: readText(entry, 'action') ?? null,
    installationId: readDigits(entry, 'installation_id'),
    repositoryId: readDigits(entry, 'repository_id'),
  };
}

/**
 * @param guid Of the delivery that was asked for.
 * @throws ServiceFault `github_unexpected` for what is not that delivery: it says nothing about the payload.
 */
export function toDetail(response: ApiResponse, guid: string): DeliveryDetail {
  const { headers, payload } = readRequest(response, response.body, guid);
  return {
    headers: toHeaders(headers),
    payload,
    answer: readText(readField(response.body, 'response'), 'payload'),
  };
}

/** What was sent. Where the log no longer has it, GitHub says null: what says something else is no delivery. */
function readRequest(response: ApiResponse, body: unknown, guid: string) {
  const request = readField(body, 'request');
  const payload = request === null ? null : readField(request, 'payload');
  if (readText(body, 'guid') !== guid) throw unexpected('delivery', response);
  if (payload === null) return { headers: {}, payload: undefined };
  const headers = readField(request, 'headers');
  if (!isObject(payload) || !isObject(headers)) throw unexpected('delivery', response);
  return { headers, payload };
}

/** Names come in any case. */
function toHeaders(headers: JsonObject): Readonly<Record<string, string>> {
  const entries = Object.entries(headers).flatMap(([name, value]) => {
    const key = name.toLowerCase();
    const isText = typeof value === 'string' || typeof value === 'number';
    return DELIVERY_HEADERS.has(key) && isText ? [[key, String(value)] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** What can be said of a logged delivery without making an object of a payload that may take 25 MB. */
export interface Glance {
  /** Whether our answer to it may have been this reason: the text stands somewhere in the entry. */
  mentions(reason: string): boolean;
  readonly hasPayload: boolean;
  /** `X-GitHub-Hook-ID` as it was sent: decimal digits. undefined where the entry does not say. */
  readonly hookId: string | undefined;
}

/** Headers stand before the payload, which cannot say this in its texts: quotes are escaped there. */
const HOOK_ID = /"x-github-hook-id"\s*:\s*"?(\d{1,20})\b/i;

/** Less than a payload that is of any weight: an entry of so many characters is parsed. */
const SMALL = 1_000_000;

/** @throws ServiceFault `github_unexpected` for what is not that delivery, as far as that can be seen. */
export function toGlance(response: ApiResponse, guid: string): Glance {
  const { body } = response;
  if (typeof body !== 'string' || !body.includes(guid)) throw unexpected('delivery', response);
  // What is longer has a payload: nothing else in an entry can take so much.
  const hasPayload =
    body.length > SMALL || readRequest(response, parseJson(body), guid).payload !== undefined;
  return { mentions: (reason) => body.includes(reason), hasPayload, hookId: HOOK_ID.exec(body)?.[1] };
}

/** A number that JSON could not hold exactly has come as a BigInt. */
function readDigits(entry: unknown, field: string): string | null {
  const id = readField(entry, field);
  if (typeof id === 'bigint') return id.toString();
  return typeof id === 'number' && Number.isSafeInteger(id) ? String(id) : null;
}

/** What GitHub answered is not what its API promises. */
export function unexpected(what: string, { status }: ApiResponse): ServiceFault {
  return new ServiceFault('github_unexpected', 'GitHub did not answer with its log of deliveries.', {
    detail: `${what}: ${status}`,
  });
}
