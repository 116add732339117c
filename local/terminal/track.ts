/**
 * Gathers what comes of each thing that is under way: the log lines about it, and the calls that the
 * GitHub stand-in took meanwhile. Prints nothing.
 */
import { type Clock, sleep } from '../../lib/async/clock.ts';
import type { RecordedCall } from '../github/types.ts';
import { isObject, type JsonObject, parseJson } from '../../lib/json/json.ts';

/** What came of one thing, from its beginning to its end. */
export interface Track {
  /** The log lines about it, as they came. */
  readonly lines: readonly JsonObject[];
  readonly calls: readonly RecordedCall[];
  readonly durationMs: number;
  /** Something else was under way meanwhile: `calls` holds calls of both. */
  readonly overlapped: boolean;
}

interface Tracked {
  /** Aborted when the function has written its last line about it. */
  readonly lastLine: AbortSignal;
  /** It is over: its track is told as soon as the lines that trail have come. */
  end(tell: (track: Track) => void): void;
}

export interface Tracker {
  /** @param isOwn Whether a line is about it; a line goes to the oldest that takes it. */
  begin(isOwn: (line: JsonObject) => boolean): Tracked;
  /** Takes a line of the function's output. */
  take(line: string): void;
  /** Resolves when everything that has ended was told. */
  settled(): Promise<void>;
}

interface TrackerDeps {
  /** The stand-in's calls; it goes on adding to them. */
  readonly calls: readonly RecordedCall[];
  /** Whether it is the last line that the function writes about a thing. */
  readonly isLast: (line: JsonObject) => boolean;
  /** A line that belongs to nothing under way. */
  readonly onStray: (line: string) => void;
  readonly clock: Clock;
}

interface Open {
  readonly isOwn: (line: JsonObject) => boolean;
  readonly lines: JsonObject[];
  readonly ended: AbortController;
  overlapped: boolean;
}

/** Output may trail an answer by some milliseconds, and with a LOG_LEVEL above `info` none comes. */
const TRAILING_MS = 150;

export function createTracker({ calls, isLast, onStray, clock }: TrackerDeps): Tracker {
  /** Not told yet, so that lines may still belong to them. */
  const open = new Set<Open>();
  /** Not over yet, so that calls may still be theirs. */
  const underWay = new Set<Open>();
  const telling = new Set<Promise<void>>();

  return {
    begin(isOwn) {
      const entry: Open = { isOwn, lines: [], ended: new AbortController(), overlapped: false };
      open.add(entry);
      underWay.add(entry);
      if (underWay.size > 1) for (const each of underWay) each.overlapped = true;
      const firstCall = calls.length;
      const startedMs = clock.now();
      return {
        lastLine: entry.ended.signal,
        end(tell) {
          underWay.delete(entry);
          const { lines, overlapped } = entry;
          const durationMs = Math.round(clock.now() - startedMs);
          const track = { lines, calls: calls.slice(firstCall), durationMs, overlapped };
          const told = trailing(entry).then(() => tell(track));
          telling.add(told);
          void told.finally(() => telling.delete(told));
        },
      };
    },

    take(text) {
      const line = parseJson(text);
      const entry = isObject(line) ? find(line) : undefined;
      if (!isObject(line) || entry === undefined) return onStray(text);
      entry.lines.push(line);
      if (isLast(line)) entry.ended.abort();
    },

    async settled() {
      while (telling.size > 0) await Promise.all(telling);
    },
  };

  async function trailing(entry: Open): Promise<void> {
    await sleep(clock, TRAILING_MS, entry.ended.signal).catch(() => {});
    open.delete(entry);
  }

  function find(line: JsonObject): Open | undefined {
    return [...open].find(({ ended, isOwn }) => !ended.signal.aborted && isOwn(line));
  }
}
