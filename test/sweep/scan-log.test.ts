/** How far a reading of the log goes, what it leaves to the next one, and what begins it anew. */
import { describe, expect, it } from 'vitest';
import { ServiceFault, type FaultCode } from '../../lib/faults.ts';
import type { LoggedDelivery } from '../../lib/github/logged-delivery.ts';
import { createLog } from '../../lib/log/log.ts';
import { createTally, type Run } from '../../lib/sweep/run.ts';
import { scanLog } from '../../lib/sweep/scan.ts';
import type { Position, Scan } from '../../lib/sweep/store.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const MINUTE = 60_000;
const STARTED = NOW - 30 * MINUTE;
const FLOOR = NOW - 90 * MINUTE;

/** A page: the minutes ago of its entries, and where the next one is; or what reading it throws. */
type Page = { readonly minutesAgo: readonly number[]; readonly next?: string } | Error;

interface Saved {
  readonly scan?: Scan;
  readonly finished?: Scan;
}

function openLog(pages: Readonly<Record<string, Page>>, { calls = Infinity, aborted = false } = {}) {
  const read: string[] = [];
  const saved: Saved[] = [];
  const abort = new AbortController();
  if (aborted) abort.abort();
  const run = {
    signal: abort.signal,
    tally: createTally(),
    now: () => NOW,
    claims: () => true,
    scanTime: () => ({ signal: abort.signal, tryMs: 1 }),
    // So often something may begin.
    isTimeUpForScan: () => read.length >= calls,
    log: createLog({ level: 'error', write: () => {}, now: () => NOW }),
    deliveryLog: {
      async *pages(start: string | undefined) {
        for (let cursor = start ?? 'head'; ;) {
          read.push(cursor);
          const page = pages[cursor] ?? { minutesAgo: [] };
          if (page instanceof Error) throw page;
          const deliveries = page.minutesAgo.map(toGood);
          yield { deliveries, unreadable: 0, cursor: page.next };
          if (page.next === undefined) return;
          cursor = page.next;
        }
      },
    },
    store: {
      saveScan: async (scan: Scan) => void saved.push({ scan }),
      finishScan: async (finished: Scan) => void saved.push({ finished }),
      rememberGood: async () => {},
      open: async () => ({ entries: [], unreadable: [] }),
    },
  };
  const scan = (position: Partial<Position>, lookBackMs?: number) =>
    scanLog(
      { markMs: undefined, scan: undefined, pausedUntilMs: undefined, ...position },
      lookBackMs,
      run as unknown as Run,
    );
  return { scan, read, saved };
}

function toGood(minutesAgo: number): LoggedDelivery {
  return {
    id: String(minutesAgo + 1),
    guid: `guid-${minutesAgo}`,
    deliveredAtMs: NOW - minutesAgo * MINUTE,
    redelivery: false,
    status: 'OK',
    statusCode: 200,
    event: 'push',
    action: null,
    installationId: null,
    repositoryId: null,
  };
}

const fault = (code: FaultCode) => new ServiceFault(code, 'x');
const UNFINISHED: Partial<Position> = {
  markMs: NOW - 80 * MINUTE,
  scan: { startedAtMs: STARTED, floorMs: FLOOR, cursor: 'old' },
};

describe('a reading', () => {
  it('ends with the first page whose last entry is older than where it begins', async () => {
    const { scan, read, saved } = openLog({
      head: { minutesAgo: [5, 59], next: 'second' },
      second: { minutesAgo: [40, 61], next: 'third' },
    });
    expect(await scan({})).toBe('finished');
    expect(read).toEqual(['head', 'second']);
    expect(saved.at(-1)).toEqual({ finished: { startedAtMs: NOW, floorMs: NOW - 60 * MINUTE } });
  });

  it('does not begin without time, and has told the next one how far to go back', async () => {
    const { scan, read, saved } = openLog({}, { calls: 0 });
    expect(await scan({})).toBe('out_of_time');
    expect(read).toEqual([]);
    expect(saved).toEqual([{ scan: { startedAtMs: NOW, floorMs: NOW - 60 * MINUTE } }]);
  });

  it('that runs out of time leaves the place where it goes on', async () => {
    const { scan, saved } = openLog({ head: { minutesAgo: [5], next: 'second' } }, { calls: 1 });
    expect(await scan({})).toBe('out_of_time');
    expect(saved.at(-1)).toEqual({
      scan: { startedAtMs: NOW, floorMs: NOW - 60 * MINUTE, cursor: 'second' },
    });
  });
});

describe('what an earlier one left unread', () => {
  it('is read first, and then what is new since that began', async () => {
    const { scan, read, saved } = openLog({
      old: { minutesAgo: [70, 91] },
      head: { minutesAgo: [1, 46] },
    });
    expect(await scan(UNFINISHED)).toBe('finished');
    expect(read).toEqual(['old', 'head']);
    // Since the mark moved, no further back than a quarter of an hour before that reading began.
    expect(saved.at(-1)).toEqual({ finished: { startedAtMs: NOW, floorMs: STARTED - 15 * MINUTE } });
  });

  it('that is not finished this time either ends the reading', async () => {
    const { scan, read, saved } = openLog({ old: { minutesAgo: [70], next: 'older' } }, { calls: 1 });
    expect(await scan(UNFINISHED)).toBe('out_of_time');
    expect(read).toEqual(['old']);
    expect(saved).toEqual([{ scan: { startedAtMs: STARTED, floorMs: FLOOR, cursor: 'older' } }]);
  });

  it('is not gone on with where somebody says how far to go back: that reads it all', async () => {
    const { scan, read, saved } = openLog({ head: { minutesAgo: [1, 200] } });
    expect(await scan(UNFINISHED, 180 * MINUTE)).toBe('finished');
    expect(read).toEqual(['head']);
    expect(saved.at(-1)).toEqual({ finished: { startedAtMs: NOW, floorMs: NOW - 180 * MINUTE } });
  });

  it('begins anew at once where GitHub’s answer is none of its log, and goes back as far', async () => {
    const { scan, read, saved } = openLog({
      old: fault('github_unexpected'),
      head: { minutesAgo: [1, 200] },
    });
    expect(await scan(UNFINISHED)).toBe('finished');
    expect(read).toEqual(['old', 'head']);
    expect(saved).toEqual([
      { scan: { startedAtMs: STARTED, floorMs: FLOOR } },
      { scan: { startedAtMs: NOW, floorMs: NOW - 95 * MINUTE } },
      { finished: { startedAtMs: NOW, floorMs: NOW - 95 * MINUTE } },
    ]);
  });

  it('loses its place for the next one where GitHub is down and nothing was read', async () => {
    const { scan, read, saved } = openLog({ old: fault('github_unavailable') });
    await expect(scan(UNFINISHED)).rejects.toMatchObject({ code: 'github_unavailable' });
    expect(read).toEqual(['old']);
    expect(saved).toEqual([{ scan: { startedAtMs: STARTED, floorMs: FLOOR } }]);
  });

  it('keeps its place where GitHub is down and a page was read', async () => {
    const { scan, saved } = openLog({
      old: { minutesAgo: [70], next: 'older' },
      older: fault('github_unavailable'),
    });
    await expect(scan(UNFINISHED)).rejects.toMatchObject({ code: 'github_unavailable' });
    expect(saved).toEqual([{ scan: { startedAtMs: STARTED, floorMs: FLOOR, cursor: 'older' } }]);
  });

  it.each([fault('app_rate_limited'), fault('ledger_unavailable'), new Error('a defect')])(
    'keeps its place whatever else stops it: %s',
    async (error) => {
      const { scan, saved } = openLog({ old: error });
      await expect(scan(UNFINISHED)).rejects.toBe(error);
      expect(saved).toEqual([]);
    },
  );

  it('keeps its place where the run’s own time was up', async () => {
    const { scan, saved } = openLog({ old: fault('github_unexpected') }, { aborted: true });
    await expect(scan(UNFINISHED)).rejects.toMatchObject({ code: 'github_unexpected' });
    expect(saved).toEqual([]);
  });
});
