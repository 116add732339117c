/**
 * GitHub's own log of deliveries, as the App reads it: pages of it, one delivery whole, and the request
 * to deliver again. What an entry means, and when to ask, is the sweep's business.
 *
 * Ids exceed 2^53 and stay exact: they are text here, and come out of JSON as BigInt (`api.ts`).
 *
 * @see GitHub docs, "REST API endpoints for GitHub App webhooks"
 */
import { ServiceFault } from '../faults.ts';
import { isTooLarge, type ApiRequest, type ApiResponse } from './api.ts';
import type { CallAsApp } from './app-calls.ts';
import { readMessage } from './refusal.ts';
import {
  toDetail,
  toGlance,
  toPage,
  unexpected,
  type DeliveryDetail,
  type Glance,
  type LogPage,
} from './logged-delivery.ts';

/** `gone`: the log has no such delivery any more. `refused`: it has, and GitHub will not deliver it. */
type Redelivery = 'asked' | 'gone' | 'refused';

/** The time of one call. */
export interface CallTime {
  /** Ends the call. */
  readonly signal: AbortSignal;
  /** For one of its three tries, in milliseconds. */
  readonly tryMs: number;
}

/** An entry of the log, and the delivery that must stand there. */
interface Logged {
  /** Decimal digits. */
  readonly id: string;
  readonly guid: string;
}

/** Every method throws what `CallAsApp` throws, and `github_unexpected`: also for a 404 that is not GitHub's own. */
export interface DeliveryLog {
  /**
   * The log from its newest entry, or from a cursor, to its end.
   *
   * @param time Asked before each page.
   * @throws ServiceFault `github_unexpected` also where GitHub does not take the cursor (any more), and where the
   *         log does not go on: a cursor leads back, or a page repeats the one before.
   */
  pages(cursor: string | undefined, time: () => CallTime): AsyncGenerator<LogPage>;
  /** @returns undefined where the log has no such delivery any more. */
  detail(of: Logged, time: CallTime): Promise<DeliveryDetail | undefined>;
  /** The same, where all of it takes no more than so many bytes: what may be read beside others. */
  small(of: Logged, maxBytes: number, time: CallTime): Promise<DeliveryDetail | 'larger' | undefined>;
  /** The same, without its payload: what must be known of one that may be too large. */
  glance(of: Logged, time: CallTime): Promise<Glance | undefined>;
  /**
   * Asks for one more attempt. After a cut connection the call is repeated, so that GitHub may deliver
   * twice: the ledger sees to it that no handler runs for the second copy.
   */
  redeliver(id: string, time: CallTime): Promise<Redelivery>;
}

/** A call that stays silent is sent a second time when this part of the time is gone. */
const TRIES = 3;

/** What the first try gets however little is left: the signal cuts it off by itself. */
const LEAST_TRY_MS = 4_000;

/** An answer within the time that is left is taken, and a silent connection costs a third of that time. */
export function toCallTime(signal: AbortSignal, leftMs: number): CallTime {
  return { signal, tryMs: Math.max(LEAST_TRY_MS, Math.floor(leftMs / TRIES)) };
}

const PATH = '/app/hook/deliveries';

/** The most that GitHub gives. Source: GitHub docs, "Using pagination in the REST API". */
const PAGE_SIZE = 100;

/** @param call Signs as the App: no installation token reads the log. */
export function createDeliveryLog(call: CallAsApp): DeliveryLog {
  return {
    pages: (cursor, time) => readPages(call, cursor, time),
    async detail({ id, guid }, time) {
      const response = await readOne(call, id, { answerAs: 'plain' }, time);
      return response && toDetail(response, guid);
    },
    async small({ id, guid }, maxBytes, time) {
      try {
        const response = await readOne(call, id, { answerAs: 'plain', maxBytes }, time);
        return response && toDetail(response, guid);
      } catch (error) {
        if (isTooLarge(error)) return 'larger';
        throw error;
      }
    },
    async glance({ id, guid }, time) {
      const response = await readOne(call, id, { answerAs: 'text' }, time);
      return response && toGlance(response, guid);
    },
    async redeliver(id, { signal, tryMs }) {
      const path = `${PATH}/${toSegment(id)}/attempts`;
      const response = await call({ method: 'POST', path, secondTryAfterMs: tryMs }, signal);
      if (response.status === 202) return 'asked';
      if (response.status < 300) throw unexpected('redelivery', response);
      return isGone(response) ? 'gone' : 'refused';
    },
  };
}

async function* readPages(
  call: CallAsApp,
  start: string | undefined,
  time: () => CallTime,
): AsyncGenerator<LogPage> {
  const cursors = new Set([start]);
  let before: ReadonlySet<string> = new Set();
  for (let cursor = start; ;) {
    const { signal, tryMs } = time();
    const from = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const path = `${PATH}?per_page=${PAGE_SIZE}${from}`;
    const response = await call({ method: 'GET', path, secondTryAfterMs: tryMs }, signal);
    const page = toPage(response);
    const ids = page.deliveries.map(({ id }) => id);
    if (ids.length > 0 && ids.every((id) => before.has(id)))
      throw unexpected('a page of the log again', response);
    yield page;
    if (page.cursor === undefined) return;
    if (cursors.has(page.cursor)) throw unexpected('the log does not go on', response);
    cursors.add(page.cursor);
    before = new Set(ids);
    ({ cursor } = page);
  }
}

async function readOne(
  call: CallAsApp,
  id: string,
  reading: Pick<ApiRequest, 'answerAs' | 'maxBytes'>,
  { signal, tryMs }: CallTime,
): Promise<ApiResponse | undefined> {
  const path = `${PATH}/${toSegment(id)}`;
  const response = await call({ method: 'GET', path, secondTryAfterMs: tryMs, ...reading }, signal);
  if (isGone(response)) return undefined;
  if (response.status !== 200) throw unexpected('delivery', response);
  return response;
}

/**
 * A proxy answers 404 as well, and so does a base URL that is wrong: only GitHub's own words end a delivery.
 *
 * @throws ServiceFault `github_unexpected` for a 404 or 410 that is not GitHub's.
 */
function isGone(response: ApiResponse): boolean {
  if (response.status !== 404 && response.status !== 410) return false;
  if (readMessage(response.body) === '') throw unexpected('not GitHub', response);
  return true;
}

/** An id goes into the path of a call with the App's JWT. */
function toSegment(id: string): string {
  if (/^\d{1,20}$/.test(id)) return id;
  throw new ServiceFault('internal_error', 'This is not the id of a logged delivery.');
}
