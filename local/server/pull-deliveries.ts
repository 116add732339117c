/**
 * Real deliveries without a tunnel: reads GitHub's own log of the App's deliveries, and sends what is new to the front
 * door as GitHub would have, signed anew. What was sent is remembered, over restarts as well.
 */
import { type Clock, sleep } from '../../lib/async/clock.ts';
import { ServiceFault } from '../../lib/faults.ts';
import { type DeliveryLog, toCallTime } from '../../lib/github/delivery-log.ts';
import type { LoggedDelivery } from '../../lib/github/logged-delivery.ts';
import { toSignedRequest } from '../fixtures/fixtures.ts';
import type { PulledStore } from './pulled-store.ts';

export interface PullDeps {
  readonly log: Pick<DeliveryLog, 'pages' | 'detail'>;
  readonly store: PulledStore;
  /** Of the front door. */
  readonly url: string;
  readonly secret: () => string;
  readonly clock: Clock;
  readonly tell: (text: string) => void;
  /** Default: Node's own. */
  readonly post?: typeof fetch;
}

export interface Pulling {
  close(): Promise<void>;
}

/** 720 calls an hour at most, of the 5,000 that GitHub allows the App. */
const EVERY_MS = 5_000;

/** After a failure twice as long, and so on. */
const LONGEST_MS = 60_000;

/** GitHub can take minutes to show a delivery in its log. */
const OVERLAP_MS = 15 * 60_000;

const CALL_MS = 12_000;

/** Begins at once; what came before the first start of all is left alone. */
export function startPulling(deps: PullDeps): Pulling {
  const stopped = new AbortController();
  const { signal } = stopped;
  const go = async (): Promise<void> => {
    let waitMs = EVERY_MS;
    while (!signal.aborted) {
      try {
        await pullOnce(deps, signal);
        waitMs = EVERY_MS;
      } catch (error) {
        if (signal.aborted) return;
        waitMs = toWaitMs(error, waitMs);
        const why = error instanceof Error ? error.message : String(error);
        deps.tell(
          `GitHub's log could not be read: ${why} The next try is in ${Math.round(waitMs / 1000)} s.`,
        );
      }
      await sleep(deps.clock, waitMs, signal).catch(() => {});
    }
  };
  const ended = go();
  return {
    async close() {
      stopped.abort();
      await ended;
    },
  };
}

/** One reading of the log. @returns How many deliveries were sent. */
export async function pullOnce(deps: PullDeps, signal: AbortSignal): Promise<number> {
  const fresh = await listFresh(deps, signal);
  for (const delivery of fresh) {
    await send(delivery, deps, signal);
    // Whoever dies between the two sends it again, and the ledger knows it.
    await deps.store.add({ id: delivery.id, atMs: delivery.deliveredAtMs });
  }
  return fresh.length;
}

/** What has not been sent, the oldest first: one GUID once, whatever GitHub tried. */
async function listFresh(
  { log, store, clock }: PullDeps,
  signal: AbortSignal,
): Promise<readonly LoggedDelivery[]> {
  const floorMs = store.sinceMs() - OVERLAP_MS;
  const found: LoggedDelivery[] = [];
  for await (const { deliveries } of log.pages(undefined, () => toCallTime(signal, CALL_MS))) {
    found.push(...deliveries.filter(({ id }) => !store.has(id)));
    const oldest = deliveries.at(-1);
    if (oldest === undefined || oldest.deliveredAtMs < floorMs || deliveries.every(({ id }) => store.has(id)))
      break;
  }
  // A log whose clock is ahead of ours still shows what came since the start.
  const since = Math.min(store.sinceMs(), clock.now());
  return found.filter(({ deliveredAtMs }) => deliveredAtMs >= since).toReversed();
}

async function send(
  delivery: LoggedDelivery,
  { log, url, secret, tell, post = fetch }: PullDeps,
  signal: AbortSignal,
): Promise<void> {
  const { guid, event, action } = delivery;
  const detail = await log.detail(delivery, toCallTime(signal, CALL_MS));
  if (detail?.payload === undefined) {
    return tell(
      `GitHub no longer has the payload of ${action === null ? event : `${event}.${action}`} ${guid}.`,
    );
  }
  const headers = { ...detail.headers, 'x-github-event': event };
  const request = toSignedRequest({ id: guid, headers, payload: detail.payload }, { secret: secret() });
  await post(url, { method: 'POST', ...request, signal });
}

/** As long as GitHub says; otherwise twice as long each time. */
function toWaitMs(error: unknown, lastMs: number): number {
  const seconds = error instanceof ServiceFault ? error.retryAfterSeconds : undefined;
  return seconds === undefined ? Math.min(LONGEST_MS, lastMs * 2) : seconds * 1000;
}
