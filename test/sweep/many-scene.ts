/** A sweep of many failures, with a log and a table in memory. */
import { setImmediate } from 'node:timers/promises';
import type { LoggedDelivery } from '../../lib/github/logged-delivery.ts';
import { createLog } from '../../lib/log/log.ts';
import type { SweepDeps } from '../../lib/sweep/run.ts';
import {
  toFailure,
  type Failure,
  type OpenEntry,
  type Position,
  type SweepStore,
} from '../../lib/sweep/store.ts';
import { createSweep, type SweepSummary } from '../../lib/sweep/sweep.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
export const FAILED_AT = NOW - 5 * 60_000;

interface ManyScene {
  readonly store: SweepStore;
  /** Ids in the log that GitHub was asked for. */
  readonly asked: string[];
  /** Waits between two steps, in milliseconds. */
  readonly pauses: number[];
  /** Lets everything that is ready go on. */
  readonly settle: () => Promise<void>;
  readonly run: (deps: Partial<SweepDeps>) => Promise<SweepSummary>;
}

export function openMany(
  failures: number,
  {
    installations = 1,
    statusCode = 429,
  }: { readonly installations?: number; readonly statusCode?: number } = {},
): ManyScene {
  const entries = Array.from({ length: failures }, (_, index) => toEntry(index, installations, statusCode));
  const asked: string[] = [];
  const pauses: number[] = [];
  const store = createMemory();
  const deps: SweepDeps = {
    deliveryLog: {
      async *pages() {
        yield { deliveries: entries.toReversed(), unreadable: 0, cursor: undefined };
      },
      detail: async () => undefined,
      small: async () => undefined,
      glance: async () => undefined,
      redeliver: async (id) => (asked.push(id), 'asked'),
    },
    store,
    claims: () => true,
    pull: async () => 'failed',
    now: () => NOW,
    pause: async (ms) => pauses.push(ms),
    log: createLog({ level: 'error', write: () => {}, now: () => NOW }),
  };
  const { signal } = new AbortController();
  return {
    store,
    asked,
    pauses,
    settle: async () => setImmediate(),
    run: (more) => createSweep({ ...deps, ...more }).run({ signal, remainingMs: () => 240_000 }),
  };
}

function toEntry(index: number, installations: number, statusCode: number): LoggedDelivery {
  return {
    id: String(1_000 + index),
    guid: `guid-${index}`,
    deliveredAtMs: FAILED_AT + index,
    redelivery: false,
    status: 'Too Many Requests',
    statusCode,
    event: 'issues',
    action: 'opened',
    // One installation's failures all come before the next one's.
    installationId: String(Math.floor((index * installations) / 301)),
    repositoryId: null,
  };
}

/** For one run at a time. */
function createMemory(): SweepStore {
  const open = new Map<string, Failure>();
  const ended = new Set<string>();
  let position: Position = { markMs: undefined, scan: undefined, pausedUntilMs: undefined };
  const toOpen = ({ guid, deliveredAtMs }: Failure): OpenEntry => ({
    guid,
    bucket: '',
    sinceMs: deliveredAtMs,
  });
  return {
    readPosition: async () => position,
    saveScan: async (scan) => void (position = { ...position, scan }),
    finishScan: async () => void (position = { ...position, scan: undefined }),
    pauseUntil: async (pausedUntilMs) => void (position = { ...position, pausedUntilMs }),
    listOpen: async () => ({ entries: [...open.values()].map(toOpen), unreadable: [] }),
    async open(failures) {
      const fresh = failures.filter(({ guid }) => !ended.has(guid) && !open.has(guid)).map(toFailure);
      for (const failure of fresh) open.set(failure.guid, failure);
      return { entries: fresh.map(toOpen), unreadable: [] };
    },
    rememberGood: async () => {},
    read: async (guid) => open.get(guid) ?? (ended.has(guid) ? 'ended' : 'absent'),
    forget: async () => {},
    async claim({ guid }, leaseUntilMs, next) {
      const known = open.get(guid);
      if (known === undefined) return undefined;
      const claimed = { ...known, ...next, leaseUntilMs, version: known.version + 1 };
      open.set(guid, claimed);
      return claimed;
    },
    async giveBack({ guid }, next) {
      const known = open.get(guid);
      if (known !== undefined) open.set(guid, { ...known, ...next, leaseUntilMs: undefined });
    },
    async close({ guid }) {
      ended.add(guid);
      return open.delete(guid);
    },
  };
}
