/**
 * What the sweep needs to bring back what did not get in: the product's own sweep in virtual time, against a log of
 * failures and GitHub's limits on asks and on reads.
 */
import { ServiceFault } from '../../lib/faults.ts';
import type { DeliveryLog } from '../../lib/github/delivery-log.ts';
import type { LoggedDelivery } from '../../lib/github/logged-delivery.ts';
import { createLog } from '../../lib/log/log.ts';
import {
  toFailure,
  withNewest,
  type Failure,
  type OpenEntry,
  type SweepStore,
} from '../../lib/sweep/store.ts';
import { createPullOneOfMany } from '../../lib/sweep/pull.ts';
import { createSweep } from '../../lib/sweep/sweep.ts';
import { createBudget } from './budget.ts';
import { createClock, type Clock } from './clock.ts';
import { GITHUB_LIMITS } from './github.ts';

const MINUTE_MS = 60_000;
const EVERY_MS = 5 * MINUTE_MS;
const TIMEOUT_MS = 4 * MINUTE_MS;

/** Kept back for the summary, as `lib/functions/sweeper.ts` does. */
const MARGIN_MS = 1_000;

const CALL_MS = 150;
const TABLE_MS = 6;
const SEND_MS = 15;
const READ_POINTS = 1;
const WRITE_POINTS = 5;

type Shape = 'inline' | 'queued';
const PAGE_SIZE = 100;

export interface RecoveryFigures {
  /** From the failures until the last of them was asked for, or was in the queue. */
  readonly minutes: number;
  readonly runs: number;
  /** In the busiest minute. */
  readonly mostAsks: number;
  readonly mostReads: number;
  readonly refused: number;
}

/** @param failures How many failed in one minute; the schedule comes half its time later, on average. */
export async function recover(shape: Shape, failures: number): Promise<RecoveryFigures> {
  const clock = createClock(Date.UTC(2026, 2, 2, 12));
  const startMs = clock.now();
  const github = createLogOfFailures(failures, clock);
  const sweep = createSweep({
    deliveryLog: github.log,
    store: createStore(clock),
    claims: () => true,
    pull: () => Promise.resolve('failed'),
    ...(shape === 'queued' && {
      pullOneOfMany: createPullOneOfMany({
        deliveryLog: github.log,
        enqueue: async ({ envelope }) => {
          await clock.sleep(SEND_MS);
          github.seenTo.add(envelope.id);
        },
        now: clock.now,
      }),
    }),
    now: clock.now,
    pause: (ms) => clock.sleep(ms),
    log: createLog({ level: 'error', write: () => {}, now: clock.now }),
  });
  let runs = 0;
  const { signal } = new AbortController();
  const runOnce = (): void => {
    const beganMs = clock.now();
    runs += 1;
    const remainingMs = (): number => beganMs + TIMEOUT_MS - MARGIN_MS - clock.now();
    void sweep.run({ signal, remainingMs });
    clock.after(EVERY_MS, runOnce);
  };
  clock.after(MINUTE_MS + EVERY_MS / 2, runOnce);
  await clock.run(() => github.seenTo.size === failures);
  return {
    minutes: (clock.now() - startMs) / MINUTE_MS,
    runs,
    mostAsks: Math.max(0, ...github.asks.byMinute.values()),
    mostReads: Math.max(0, ...github.reads.byMinute.values()),
    refused: github.asks.refused() + github.reads.refused(),
  };
}

function createLogOfFailures(failures: number, clock: Clock) {
  const { now, sleep } = clock;
  const startMs = now();
  const entries: LoggedDelivery[] = Array.from({ length: failures }, (_, index) => ({
    id: String(1_000_000 + index),
    guid: `guid-${index}`,
    deliveredAtMs: startMs + Math.floor((index / failures) * MINUTE_MS),
    redelivery: false,
    status: 'Too Many Requests',
    statusCode: 429,
    event: 'issues',
    action: 'opened',
    installationId: String(1 + (index % 97)),
    repositoryId: null,
  }));
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const seenTo = new Set<string>();
  const asks = createEndpoint(WRITE_POINTS, startMs, clock);
  const reads = createEndpoint(READ_POINTS, startMs, clock);
  const log: DeliveryLog = {
    async *pages(cursor) {
      // A log that grows at its head shifts under a reader: a cursor is an id.
      const newestFirst = entries.toReversed();
      let from = cursor === undefined ? 0 : newestFirst.findIndex(({ id }) => id === cursor);
      for (; from < newestFirst.length; from += PAGE_SIZE) {
        await sleep(CALL_MS);
        const next = newestFirst[from + PAGE_SIZE];
        yield { deliveries: newestFirst.slice(from, from + PAGE_SIZE), unreadable: 0, cursor: next?.id };
      }
    },
    detail: () => Promise.resolve(undefined),
    async small() {
      await reads.call();
      return { headers: {}, payload: {} };
    },
    glance: () => Promise.resolve(undefined),
    async redeliver(id) {
      await asks.call();
      const entry = byId.get(id);
      if (entry !== undefined) {
        seenTo.add(entry.guid);
        entries.push({
          ...entry,
          id: String(2_000_000 + seenTo.size),
          deliveredAtMs: now(),
          redelivery: true,
          status: 'OK',
          statusCode: 202,
        });
      }
      return 'asked';
    },
  };
  return { log, seenTo, asks, reads };
}

/** Each endpoint has its points. */
function createEndpoint(cost: number, startMs: number, { now, sleep }: Clock) {
  const points = createBudget(GITHUB_LIMITS.pointsPerMinute, MINUTE_MS, now);
  const byMinute = new Map<number, number>();
  let refused = 0;
  return {
    byMinute,
    refused: () => refused,
    async call(): Promise<void> {
      await sleep(CALL_MS);
      if (points.take(cost) !== undefined) {
        refused += 1;
        throw new ServiceFault('app_rate_limited', 'GitHub refused a call.', { retryAfterSeconds: 60 });
      }
      const minute = Math.floor((now() - startMs) / MINUTE_MS);
      byMinute.set(minute, (byMinute.get(minute) ?? 0) + 1);
    },
  };
}

/** As the table keeps it, each call in the time of one. */
function createStore({ sleep }: Clock): SweepStore {
  const open = new Map<string, Failure>();
  const ended = new Set<string>();
  let position: Awaited<ReturnType<SweepStore['readPosition']>> = {
    markMs: undefined,
    scan: undefined,
    pausedUntilMs: undefined,
  };
  const toEntry = ({ guid, deliveredAtMs }: Failure): OpenEntry => ({
    guid,
    bucket: String(deliveredAtMs),
    sinceMs: deliveredAtMs,
  });
  const later = async <T>(value: T): Promise<T> => {
    await sleep(TABLE_MS);
    return value;
  };
  return {
    readPosition: () => later(position),
    saveScan(scan) {
      position = { ...position, scan };
      return later(undefined);
    },
    finishScan({ startedAtMs }) {
      position = { ...position, markMs: startedAtMs, scan: undefined };
      return later(undefined);
    },
    pauseUntil(pausedUntilMs) {
      position = { ...position, pausedUntilMs };
      return later(undefined);
    },
    listOpen: () => later({ entries: [...open.values()].map(toEntry), unreadable: [] }),
    open(failures) {
      const known = failures.filter(({ guid }) => !ended.has(guid));
      const records = known.map((failure) => {
        const before = open.get(failure.guid);
        const record = before === undefined ? toFailure(failure) : withNewest(before, failure);
        open.set(failure.guid, record);
        return record;
      });
      return later({ entries: records.map(toEntry), unreadable: [] });
    },
    rememberGood: () => later(undefined),
    read: (guid) => later(open.get(guid) ?? 'absent'),
    forget: () => later(undefined),
    claim(failure, leaseUntilMs, next) {
      const known = open.get(failure.guid);
      if (known === undefined || known.version !== failure.version) return later(undefined);
      const claimed = { ...known, ...next, leaseUntilMs, version: known.version + 1 };
      open.set(failure.guid, claimed);
      return later(claimed);
    },
    giveBack({ guid, version }, next) {
      const known = open.get(guid);
      if (known?.version === version) open.set(guid, { ...known, ...next, leaseUntilMs: undefined });
      return later(undefined);
    },
    close({ guid }) {
      ended.add(guid);
      return later(open.delete(guid));
    },
  };
}
