/**
 * Gathers what comes of each thing that is under way: the log lines about it, and the calls that the
 * GitHub stand-in took meanwhile. Prints nothing.
 */
import type { Clock } from '../../lib/async/clock.ts';
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
  /** It is over: every line that was written about it has come. */
  end(): Track;
}

export interface Tracker {
  /** @param isOwn Whether a line is about it; a line goes to the oldest that takes it. */
  begin(isOwn: (line: JsonObject) => boolean): Tracked;
  /** Takes a line of the function's output. */
  take(line: string): void;
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

export function createTracker({ calls, isLast, onStray, clock }: TrackerDeps): Tracker {
  /** Not over yet, so that lines and calls may still be theirs. */
  const underWay = new Set<Open>();

  return {
    begin(isOwn) {
      const entry: Open = { isOwn, lines: [], ended: new AbortController(), overlapped: false };
      underWay.add(entry);
      if (underWay.size > 1) for (const each of underWay) each.overlapped = true;
      const firstCall = calls.length;
      const startedMs = clock.now();
      return {
        lastLine: entry.ended.signal,
        end() {
          underWay.delete(entry);
          const { lines, overlapped } = entry;
          const durationMs = Math.round(clock.now() - startedMs);
          return { lines, calls: calls.slice(firstCall), durationMs, overlapped };
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
  };

  function find(line: JsonObject): Open | undefined {
    return [...underWay].find(({ ended, isOwn }) => !ended.signal.aborted && isOwn(line));
  }
}
