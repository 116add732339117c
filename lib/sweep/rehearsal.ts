/**
 * A dry run: the same steps, read from the real log and the real store, with every effect left out or
 * kept in memory, where the steps that follow find it.
 */
import type { Log } from '../log/log.ts';
import type { SweepDeps } from './run.ts';
import {
  toFailure,
  withNewest,
  type Failure,
  type NewFailure,
  type OpenEntry,
  type SweepStore,
} from './store.ts';

/** The same deps, by which nothing is asked for, pulled, written, logged or waited for. */
export function rehearse(deps: SweepDeps): SweepDeps {
  return {
    ...deps,
    store: createMemory(deps.store),
    deliveryLog: { ...deps.deliveryLog, redeliver: async () => 'asked' },
    pull: async () => 'done',
    ...(deps.pullOneOfMany !== undefined && { pullOneOfMany: async () => 'done' }),
    pause: async () => undefined,
    log: SILENCE,
  };
}

/** Reads pass; what a real run would have written is read back from here. */
function createMemory(store: SweepStore): SweepStore {
  const open = new Map<string, Failure>();
  const ended = new Set<string>();

  async function read(guid: string): ReturnType<SweepStore['read']> {
    return ended.has(guid) ? 'ended' : (open.get(guid) ?? store.read(guid));
  }

  async function openOne(failure: NewFailure): Promise<Failure | 'ended' | 'unreadable'> {
    const known = await read(failure.guid);
    if (known === 'absent') return toFailure(failure);
    return typeof known === 'object' ? withNewest(known, failure) : known;
  }

  return {
    readPosition: () => store.readPosition(),
    listOpen: () => store.listOpen(),
    saveScan: writeNothing,
    finishScan: writeNothing,
    pauseUntil: writeNothing,
    forget: writeNothing,
    giveBack: writeNothing,
    read,
    claim: async (failure, _, next) => ({ ...failure, ...next }),
    async open(failures) {
      const entries: OpenEntry[] = [];
      const unreadable: string[] = [];
      for (const { guid, failure } of await Promise.all(
        failures.map(async (each) => ({ guid: each.guid, failure: await openOne(each) })),
      )) {
        if (failure === 'unreadable') unreadable.push(guid);
        if (typeof failure === 'string') continue;
        open.set(guid, failure);
        entries.push({ guid, bucket: '', sinceMs: failure.deliveredAtMs });
      }
      return { entries, unreadable };
    },
    async rememberGood(guids) {
      for (const guid of guids) ended.add(guid);
    },
    async close({ guid }) {
      ended.add(guid);
      return true;
    },
  };
}

async function writeNothing(): Promise<void> {}

function logNothing(): void {}

/** What would be reported stands in the plan. */
const SILENCE: Log = { debug: logNothing, info: logNothing, warn: logNothing, error: logNothing };
