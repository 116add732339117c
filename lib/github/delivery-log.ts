/**
 * GitHub's own log of deliveries, as the App reads it: pages of it, one delivery whole, and the request
 * to deliver again. What an entry means, and when to ask, is the sweep's business.
 *
 * Ids exceed 2^53 and stay exact: they are text here, and come out of JSON as BigInt (`api.ts`).
 *
 * @see GitHub docs, "REST API endpoints for GitHub App webhooks"
 */
import { ServiceFault } from '../faults.ts';
import { findLinkQuery } from '../http/link.ts';
import { stringifyExactJson } from '../json/exact-json.ts';
import { isObject, parseJson, readField, readText } from '../json/json.ts';
import type { ApiResponse } from './api.ts';
import type { CallAsApp } from './app-calls.ts';

/** One entry of the log: one attempt at a delivery. A redelivery is an entry of its own. */
export interface LoggedDelivery {
  /** Decimal digits. */
  readonly id: string;
  /** `X-GitHub-Delivery`, the same for every attempt. */
  readonly guid: string;
  /** By GitHub's clock, in milliseconds since the epoch. */
  readonly deliveredAtMs: number;
  readonly redelivery: boolean;
  /** `OK`, or what went wrong in GitHub's words. */
  readonly status: string;
  /** What we answered; 0 where no answer came. */
  readonly statusCode: number;
  readonly event: string;
  readonly action: string | null;
}

export interface LogPage {
  /** Newest first. */
  readonly deliveries: readonly LoggedDelivery[];
  /** Where the next, older page begins; undefined on the last one. */
  readonly cursor: string | undefined;
}

/** What was sent, and what we answered to it. */
export interface DeliveryDetail {
  readonly event: string;
  readonly action: string | null;
  /** Lower case. Only what a delivery is known by: GitHub has leaked secrets in other headers of deliveries. */
  readonly headers: Readonly<Record<string, string>>;
  /** The payload as JSON, not byte for byte what was signed; undefined where the log no longer has it. */
  readonly payload: Buffer | undefined;
  /** `reason` in the body of our answer. */
  readonly reason: string | undefined;
}

/** `gone`: the log has no such delivery any more. `refused`: it has, and GitHub will not deliver it. */
type Redelivery = 'asked' | 'gone' | 'refused';

/** Every method throws what `CallAsApp` throws, and `github_unexpected`. */
export interface DeliveryLog {
  /**
   * The log from its newest entry, or from a cursor, to its end.
   *
   * @throws ServiceFault `github_unexpected` also where GitHub does not take the cursor (any more).
   */
  pages(options: {
    readonly cursor?: string | undefined;
    readonly signal: AbortSignal;
  }): AsyncGenerator<LogPage>;
  /** @returns undefined where the log has no such delivery any more. */
  detail(id: string, signal: AbortSignal): Promise<DeliveryDetail | undefined>;
  /**
   * Asks for one more attempt. After a cut connection the call is repeated, so that GitHub may deliver
   * twice: the ledger sees to it that no handler runs for the second copy.
   */
  redeliver(id: string, signal: AbortSignal): Promise<Redelivery>;
}

/** A payload of 25 MB takes its time. */
const DETAIL_TIMEOUT_MS = 20_000;

const PATH = '/app/hook/deliveries';

/** The most that GitHub gives. Source: GitHub docs, "Using pagination in the REST API". */
const PAGE_SIZE = 100;

/** The headers of a delivery that hookmint works with (`delivery/delivery.ts`), and none besides. */
const DELIVERY_HEADERS: ReadonlySet<string> = new Set([
  'x-github-event',
  'x-github-delivery',
  'x-github-hook-id',
  'x-github-hook-installation-target-type',
  'x-github-hook-installation-target-id',
]);

export function createDeliveryLog(call: CallAsApp): DeliveryLog {
  return {
    async *pages({ cursor: start, signal }) {
      for (let cursor = start; ;) {
        const from = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
        const response = await call({ method: 'GET', path: `${PATH}?per_page=${PAGE_SIZE}${from}` }, signal);
        const page = toPage(response);
        yield page;
        if (page.cursor === undefined) return;
        if (page.cursor === cursor) throw unexpected('the log does not go on', response);
        ({ cursor } = page);
      }
    },
    async detail(id, signal) {
      const request = {
        method: 'GET',
        path: `${PATH}/${toSegment(id)}`,
        timeoutMs: DETAIL_TIMEOUT_MS,
      } as const;
      const response = await call(request, signal);
      if (isGone(response)) return undefined;
      if (response.status !== 200) throw unexpected('delivery', response);
      return toDetail(response.body);
    },
    async redeliver(id, signal) {
      const path = `${PATH}/${toSegment(id)}/attempts`;
      const response = await call({ method: 'POST', path }, signal);
      if (response.status >= 200 && response.status < 300) return 'asked';
      return isGone(response) ? 'gone' : 'refused';
    },
  };
}

function isGone({ status }: ApiResponse): boolean {
  return status === 404 || status === 410;
}

function toPage(response: ApiResponse): LogPage {
  const { status, headers, body } = response;
  if (status !== 200 || !Array.isArray(body)) throw unexpected('list of deliveries', response);
  const deliveries = body.map(toLoggedDelivery).filter((delivery) => delivery !== undefined);
  // One entry that cannot be read must not hide the others; if none can, the API is not what we know.
  if (deliveries.length === 0 && body.length > 0) throw unexpected('list of deliveries', response);
  return { deliveries, cursor: readNextCursor(headers.get('link')) };
}

/** The cursor is opaque, and only the `Link` header has it: `<https://…?cursor=…>; rel="next"`. */
function readNextCursor(link: string | null): string | undefined {
  return findLinkQuery(link, 'next')?.get('cursor') ?? undefined;
}

function toLoggedDelivery(entry: unknown): LoggedDelivery | undefined {
  const id = readDigits(readField(entry, 'id'));
  const guid = readText(entry, 'guid');
  const event = readText(entry, 'event');
  const deliveredAtMs = Date.parse(readText(entry, 'delivered_at') ?? '');
  if (id === undefined || guid === undefined || event === undefined || Number.isNaN(deliveredAtMs)) {
    return undefined;
  }
  const statusCode = readField(entry, 'status_code');
  return {
    id,
    guid,
    deliveredAtMs,
    redelivery: readField(entry, 'redelivery') === true,
    status: readText(entry, 'status') ?? '',
    statusCode: typeof statusCode === 'number' ? statusCode : 0,
    event,
    action: readText(entry, 'action') ?? null,
  };
}

function toDetail(body: unknown): DeliveryDetail {
  const request = readField(body, 'request');
  const payload = readField(request, 'payload');
  return {
    event: readText(body, 'event') ?? '',
    action: readText(body, 'action') ?? null,
    headers: toHeaders(readField(request, 'headers')),
    payload: isObject(payload) ? Buffer.from(stringifyExactJson(payload)) : undefined,
    reason: readReason(readField(readField(body, 'response'), 'payload')),
  };
}

/** Names come in any case. */
function toHeaders(headers: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(isObject(headers) ? headers : {}).flatMap(([name, value]) => {
    const key = name.toLowerCase();
    const isText = typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
    return DELIVERY_HEADERS.has(key) && isText ? [[key, String(value)] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** GitHub keeps our answer as the text that it was; its schema says that it may be an object. */
function readReason(payload: unknown): string | undefined {
  return readText(typeof payload === 'string' ? parseJson(payload) : payload, 'reason');
}

/** A number that JSON could not hold exactly has come as a BigInt. */
function readDigits(id: unknown): string | undefined {
  if (typeof id === 'bigint') return id.toString();
  return typeof id === 'number' && Number.isSafeInteger(id) ? String(id) : undefined;
}

/** An id goes into the path of a call with the App's JWT. */
function toSegment(id: string): string {
  if (/^\d{1,20}$/.test(id)) return id;
  throw new ServiceFault('internal_error', 'This is not the id of a logged delivery.');
}

function unexpected(what: string, { status }: ApiResponse): ServiceFault {
  return new ServiceFault('github_unexpected', 'GitHub did not answer with its log of deliveries.', {
    detail: `${what}: ${status}`,
  });
}
