/**
 * GitHub's log of an App's deliveries: what was sent, what came back, and the request to send it again.
 * It delivers nothing by itself; who wants that says how with `onRedeliver`.
 *
 * Source: GitHub docs, "REST API endpoints for GitHub App webhooks" and "Redelivering webhooks".
 */
import { stringifyExactJson } from '../../lib/json/exact-json.ts';
import { randomUUID } from 'node:crypto';
import type { HttpRequest } from '../http/server.ts';
import { notFound, refuse, type Reply, reply } from './replies.ts';

export interface DeliverySpec {
  /** Decimal digits; default: the next one, over 2^53 as GitHub's are since 2026. */
  readonly id?: string;
  readonly guid?: string;
  readonly event: string;
  readonly action?: string | null;
  /** Default: the time of the stand-in. */
  readonly deliveredAt?: Date;
  readonly redelivery?: boolean;
  /** Default: the words that go with the code. */
  readonly status?: string;
  /** What the receiver answered; 0 where no answer came. */
  readonly statusCode: number;
  readonly installationId?: number | null;
  readonly repositoryId?: number | null;
  /** Without a payload: the log has lost it. */
  readonly request?: {
    readonly headers?: Readonly<Record<string, string>>;
    readonly payload?: object | null;
  };
  /** The body of the answer, as text. */
  readonly response?: { readonly payload?: string | null };
}

export interface StoredDelivery extends Required<Omit<DeliverySpec, 'request' | 'response'>> {
  readonly request: { readonly headers: Readonly<Record<string, string>>; readonly payload: object | null };
  readonly response: { readonly payload: string | null };
}

/** What a redelivery met; undefined: it does not show in the log (yet). */
type Redeliver = (
  delivery: StoredDelivery,
) => Promise<RedeliveryAnswer | undefined> | RedeliveryAnswer | undefined;
type RedeliveryAnswer = Pick<DeliverySpec, 'status' | 'statusCode' | 'response'>;

export interface Deliveries {
  /** Newest first, as far as GitHub still shows them. */
  all(): readonly StoredDelivery[];
  add(delivery: DeliverySpec): StoredDelivery;
  /** Called for each redelivery that was asked for; what it returns is the new entry's answer. */
  onRedeliver(redeliver: Redeliver): void;
  /** When every redelivery that was asked for is in the log: GitHub answers before it delivers. */
  settled(): Promise<void>;
}

/** Where the log is kept from one stand-in to the next. */
export interface KeptDeliveries {
  /** What an earlier one kept, the oldest first. Called once, before anything is added. */
  load(): readonly StoredDelivery[];
  append(delivery: StoredDelivery): void;
}

const PATH = '/app/hook/deliveries';
const LIFETIME_MS = 3 * 24 * 3_600_000;
const FIRST_ID = 3_804_004_623_172_239_366n;

export function createDeliveries({ url, now, kept }: DeliveriesOptions): Deliveries & {
  answer(request: HttpRequest): Reply;
} {
  const { all, add } = createEntries(now, kept);
  const redeliveries = createRedeliveries(add);
  return {
    all,
    add,
    onRedeliver: (redeliver) => redeliveries.onRedeliver(redeliver),
    settled: () => redeliveries.settled(),
    answer(request) {
      const { method, path } = request;
      if (path === PATH) return method === 'GET' ? list(all(), request, url) : notFound();
      const [id, rest] = path.slice(PATH.length + 1).split('/');
      const delivery = all().find((each) => each.id === id);
      if (delivery === undefined) return notFound();
      if (method === 'GET' && rest === undefined)
        return { status: 200, text: stringifyExactJson(describeWhole(delivery)) };
      return method === 'POST' && rest === 'attempts' ? redeliveries.ask(delivery) : notFound();
    },
  };
}

interface DeliveriesOptions {
  /** Of the stand-in, for the links to further pages. */
  readonly url: string;
  readonly now: () => number;
  /** Default: the log begins empty, and ends with the stand-in. */
  readonly kept?: KeptDeliveries | undefined;
}

/** What the log holds. */
function createEntries(now: () => number, kept: KeptDeliveries | undefined) {
  const log: StoredDelivery[] = [...(kept?.load() ?? [])];
  let nextId = log.map(({ id }) => BigInt(id)).reduce((a, b) => (a > b ? a : b), FIRST_ID);
  return {
    all: (): readonly StoredDelivery[] =>
      log
        .filter(({ deliveredAt }) => deliveredAt.getTime() > now() - LIFETIME_MS)
        .toSorted(
          (a, b) => b.deliveredAt.getTime() - a.deliveredAt.getTime() || Number(BigInt(b.id) - BigInt(a.id)),
        ),
    add: (spec: DeliverySpec): StoredDelivery => {
      const { statusCode, request, response } = spec;
      const stored = {
        id: String((nextId += 1_009n)),
        guid: randomUUID(),
        action: null,
        deliveredAt: new Date(now()),
        redelivery: false,
        status: describeStatus(statusCode),
        installationId: null,
        repositoryId: null,
        ...spec,
        request: { headers: request?.headers ?? {}, payload: request?.payload ?? null },
        response: { payload: response?.payload ?? null },
      };
      log.push(stored);
      kept?.append(stored);
      return stored;
    },
  };
}

/** What GitHub was asked to send again, each an entry of its own when it has met its answer. */
function createRedeliveries(add: (spec: DeliverySpec) => StoredDelivery) {
  const underWay = new Set<Promise<unknown>>();
  let redeliver: Redeliver | undefined;

  async function deliverAgain(delivery: StoredDelivery): Promise<void> {
    const answer = await redeliver?.(delivery);
    if (answer === undefined) return;
    const { id: _, deliveredAt: __, ...same } = delivery;
    const status = answer.status ?? describeStatus(answer.statusCode);
    add({ ...same, response: {}, ...answer, status, redelivery: true });
  }

  return {
    onRedeliver(callback: Redeliver): void {
      redeliver = callback;
    },
    ask(delivery: StoredDelivery): Reply {
      const work = deliverAgain(delivery);
      underWay.add(work);
      void work.finally(() => underWay.delete(work)).catch(() => {}); // `settled` tells of it
      return reply(202, {});
    },
    async settled(): Promise<void> {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

/** A page of the log. */
function list(all: readonly StoredDelivery[], { query }: HttpRequest, url: string): Reply {
  const matching = all.filter(toFilter(query.get('status')));
  const cursor = query.get('cursor');
  const after = cursor === null ? undefined : /^v1_(\d+)_(\d+)$/.exec(cursor);
  if (after === null) return refuse(422, 'Invalid cursor');
  const [, afterMs = '', afterId = ''] = after ?? [];
  const isAfter = ({ deliveredAt, id }: StoredDelivery): boolean =>
    after === undefined ||
    deliveredAt.getTime() < Number(afterMs) ||
    (deliveredAt.getTime() === Number(afterMs) && BigInt(id) < BigInt(afterId));
  const rest = matching.filter(isAfter);
  const perPage = Math.min(Math.max(Number(query.get('per_page') ?? 30) || 30, 1), 100);
  const page = rest.slice(0, perPage);
  const last = page.at(-1);
  const body = stringifyExactJson(page.map(describe));
  if (last === undefined || rest.length === page.length) return { status: 200, text: body };
  const next = new URLSearchParams(query);
  next.set('cursor', `v1_${last.deliveredAt.getTime()}_${last.id}`);
  return { status: 200, text: body, headers: { link: `<${url}${PATH}?${next.toString()}>; rel="next"` } };
}

/** `success` takes in redirects, and `failure` leaves out what has no code. Source: OpenAPI, parameter `status`. */
function toFilter(status: string | null): (delivery: StoredDelivery) => boolean {
  if (status === 'success') return ({ statusCode }) => statusCode >= 200 && statusCode < 400;
  if (status === 'failure') return ({ statusCode }) => statusCode >= 400 && statusCode < 600;
  return () => true;
}

/** Source: GitHub docs, "Troubleshooting webhooks". */
function describeStatus(statusCode: number): string {
  if (statusCode === 0) return 'failed to connect to host';
  return statusCode >= 200 && statusCode < 300 ? 'OK' : `Invalid HTTP Response: ${statusCode}`;
}

/** Source: OpenAPI schema `hook-delivery-item`. */
function describe(delivery: StoredDelivery) {
  return {
    id: BigInt(delivery.id),
    guid: delivery.guid,
    delivered_at: delivery.deliveredAt.toISOString(),
    redelivery: delivery.redelivery,
    duration: 0.27,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}

/** Source: OpenAPI schema `hook-delivery`. */
function describeWhole(delivery: StoredDelivery) {
  const { request, response } = delivery;
  return { ...describe(delivery), url: '', request, response: { headers: {}, ...response } };
}
