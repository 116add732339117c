/**
 * Reads GitHub's log from newest to oldest and records what failed and what turned good. Every page is
 * recorded before the progress that leads past it, so that a run may end anywhere.
 */
import { ServiceFault } from '../faults.ts';
import { putInOrder } from './dates.ts';
import { recordPage } from './record-page.ts';
import type { Progress, Run } from './run.ts';
import { FIRST_LOOK_BACK_MS, LOG_LIFETIME_MS, OVERLAP_MS } from './schedule.ts';
import type { Position, Scan } from './store.ts';

/**
 * First what an earlier run left unread, then what is new since that run began.
 *
 * @param lookBackMs Goes back at least so far, whatever is known already.
 * @throws ServiceFault What the log and the store throw. The position is kept: the next run goes on.
 */
export async function scanLog(
  position: Position,
  lookBackMs: number | undefined,
  run: Run,
): Promise<Progress> {
  const seenGood = new Set<string>();
  let { markMs, scan: unfinished } = position;
  if (unfinished?.cursor !== undefined && lookBackMs === undefined) {
    const resumed = await resume(unfinished, seenGood, run);
    if (resumed === 'out_of_time') return resumed;
    if (resumed === 'finished') {
      markMs = unfinished.startedAtMs;
      unfinished = undefined;
    }
  }
  const nowMs = run.now();
  const floorMs = toFloorMs({ markMs, unfinished, lookBackMs, nowMs });
  const begun = { startedAtMs: nowMs, floorMs };
  // Before the first page: even a first run that reads none has told the next one how far to go back.
  await run.store.saveScan(begun);
  return readDown(begun, seenGood, run);
}

interface Known {
  readonly markMs: number | undefined;
  readonly unfinished: Scan | undefined;
  readonly lookBackMs: number | undefined;
  readonly nowMs: number;
}

function toFloorMs({ markMs, unfinished, lookBackMs, nowMs }: Known): number {
  const floors = [
    ...(lookBackMs === undefined ? [] : [nowMs - lookBackMs]),
    ...(markMs === undefined ? [] : [toMarkedFloorMs(markMs, nowMs)]),
    ...(unfinished === undefined ? [] : [unfinished.floorMs]),
  ];
  return floors.length === 0 ? nowMs - FIRST_LOOK_BACK_MS : Math.min(...floors);
}

/** A mark that is still to come says nothing of what was read: then all that the log holds is read anew. */
function toMarkedFloorMs(markMs: number, nowMs: number): number {
  return markMs > nowMs + OVERLAP_MS ? nowMs - LOG_LIFETIME_MS : markMs - OVERLAP_MS;
}

/**
 * What stands in the way of an old reading must not keep the newer entries from being read. An answer that is
 * none of GitHub's log (a cursor that it knows no more, a log that leads back to where it was) begins it anew at
 * once. Where GitHub is down, a run that got no page further drops the cursor for the next one.
 */
async function resume(scan: Scan, seenGood: Set<string>, run: Run): Promise<Progress | 'restart'> {
  let pages = 0;
  try {
    return await readDown(scan, seenGood, run, () => (pages += 1));
  } catch (error) {
    const code = error instanceof ServiceFault && !run.signal.aborted ? error.code : undefined;
    const stuck = code === 'github_unexpected';
    if (!stuck && !(code === 'github_unavailable' && pages === 0)) throw error;
    const { startedAtMs, floorMs } = scan;
    await run.store.saveScan({ startedAtMs, floorMs });
    if (stuck) return 'restart';
    throw error;
  }
}

async function readDown(
  scan: Scan,
  seenGood: Set<string>,
  run: Run,
  onPage: () => void = () => {},
): Promise<Progress> {
  const { floorMs } = scan;
  if (run.isTimeUpForScan()) return 'out_of_time';
  for await (const page of run.deliveryLog.pages(scan.cursor, run.scanTime)) {
    onPage();
    run.tally.unreadableEntries += page.unreadable;
    const deliveries = putInOrder(page.deliveries, run.now());
    await recordPage(deliveries, { floorMs, seenGood }, run);
    const last = deliveries.at(-1);
    const reachedFloor = last !== undefined && last.deliveredAtMs < floorMs;
    if (reachedFloor || page.cursor === undefined) break;
    await run.store.saveScan({ ...scan, cursor: page.cursor });
    if (run.isTimeUpForScan()) return 'out_of_time';
  }
  await run.store.finishScan(scan);
  return 'finished';
}
