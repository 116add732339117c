/**
 * What the sweep remembers between its runs. Two runs may work at the same time: every method is safe
 * against that. Times are milliseconds since the epoch. No I/O.
 */
import { TOO_LARGE_FOR_THE_DOOR } from './good-answer.ts';
import type { NextStep } from './schedule.ts';

/** A reading of the log, from its newest entry when it began down to `floorMs`. */
export interface Scan {
  readonly startedAtMs: number;
  readonly floorMs: number;
  /** Where it goes on; undefined: at the newest entry. */
  readonly cursor?: string | undefined;
}

/** How far the log has been read. All undefined: the sweep has never run. */
export interface Position {
  /** When the last scan began that reached its end: everything before it is known. */
  readonly markMs: number | undefined;
  /** A scan that has not reached its end. */
  readonly scan: Scan | undefined;
  /** GitHub's rate limit holds until then. */
  readonly pausedUntilMs: number | undefined;
}

/** A delivery that the log shows without a good answer, before anything was done about it. */
export interface NewFailure {
  readonly guid: string;
  /** Id of the newest attempt in the log. */
  readonly logId: string;
  readonly event: string;
  readonly action: string | null;
  readonly statusCode: number;
  /** The first attempt that was seen. */
  readonly deliveredAtMs: number;
  /** The newest attempt that was seen. */
  readonly latestAtMs: number;
  readonly nextAtMs: number;
  /** Decimal digits; null where the log does not say. */
  readonly installationId: string | null;
  /** Decimal digits; null where the log does not say. */
  readonly repositoryId: string | null;
}

/** A delivery without a good answer. */
export interface Failure extends NewFailure {
  /** Asks that were made, one under way included. */
  readonly attempts: number;
  /** When the last ask was made: what GitHub sends then is told from what a person redelivers. */
  readonly askedAtMs: number | undefined;
  /** No more asks: at `nextAtMs` it is given up. */
  readonly exhausted: boolean;
  /** Until then a run is at work on it, or died at it. */
  readonly leaseUntilMs: number | undefined;
  /** Grows with every claim, so that only one of two runs gets it. */
  readonly version: number;
}

/** A failure as it is when it is first seen. */
export function toFailure(failure: NewFailure): Failure {
  return {
    ...failure,
    attempts: 0,
    askedAtMs: undefined,
    exhausted: false,
    leaseUntilMs: undefined,
    version: 1,
  };
}

/** A failure with what a newer attempt at it says; the schedule stays. */
export function withNewest(known: Failure, seen: NewFailure): Failure {
  if (seen.latestAtMs <= known.latestAtMs) return known;
  const { logId, statusCode, latestAtMs } = seen;
  const tooLarge = known.statusCode === TOO_LARGE_FOR_THE_DOOR;
  return { ...known, logId, latestAtMs, statusCode: tooLarge ? known.statusCode : statusCode };
}

/** Where an open failure is to be found: cheap to hold for all of them. */
export interface OpenEntry {
  readonly guid: string;
  /** Names the part of the index that lists it. */
  readonly bucket: string;
  /** When that part begins: the delivery is at most minutes younger. */
  readonly sinceMs: number;
}

/** Why a failure is open no more. `unclaimed`: no handler wants its event any more. */
export const CLOSINGS = ['recovered', 'pulled', 'gave_up', 'lost', 'unclaimed'] as const;
export type Closing = (typeof CLOSINGS)[number];

/** What comes after an ask, how many were made, and when the last. */
export type Schedule = NextStep & Pick<Failure, 'attempts' | 'askedAtMs'>;

interface OpenList {
  readonly entries: readonly OpenEntry[];
  /** GUIDs of failures, and keys of other records, in a format of another version. They are never touched. */
  readonly unreadable: readonly string[];
}

/** Every method throws ServiceFault `ledger_unavailable` where the table does not answer. */
export interface SweepStore {
  /** @throws ServiceFault `ledger_unreadable` where another version's record stands there. */
  readPosition(): Promise<Position>;
  /** Without effect where a later scan is under way. */
  saveScan(scan: Scan): Promise<void>;
  /** The mark moves to the start of the scan; never back. */
  finishScan(scan: Scan): Promise<void>;
  pauseUntil(untilMs: number): Promise<void>;

  listOpen(): Promise<OpenList>;
  /**
   * Records failures; of one that is open already, only the newest attempt. One that has ended stays so.
   *
   * @returns Those that are open now.
   */
  open(failures: readonly NewFailure[]): Promise<OpenList>;
  /** Records that deliveries are good which may yet be met as failures, further down the log. */
  rememberGood(guids: readonly string[]): Promise<void>;

  read(guid: string): Promise<Failure | 'absent' | 'ended' | 'unreadable'>;
  /** Takes an entry out of the list that has ended, or is absent. */
  forget(entry: OpenEntry): Promise<void>;
  /**
   * Takes a failure for this run alone, and counts the ask before it is made: what a run dies at comes up again
   * when the schedule says so, and has an end.
   *
   * @param next The schedule after this ask.
   * @returns It as it is now; undefined where another run has it, or it has ended.
   */
  claim(failure: Failure, leaseUntilMs: number, next: Schedule): Promise<Failure | undefined>;
  /** Gives a claimed failure back, with what comes next. */
  giveBack(claimed: Failure, next: Schedule): Promise<void>;
  /** @returns Whether it was this call that ended it. */
  close(entry: OpenEntry, as: Closing): Promise<boolean>;
}
