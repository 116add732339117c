/** What the steps of one run share. */
import type { CallTime, DeliveryLog } from '../github/delivery-log.ts';
import type { LoggedDelivery } from '../github/logged-delivery.ts';
import type { Log } from '../log/log.ts';
import type { Accounting } from './accounting.ts';
import type { Failure, NewFailure, OpenEntry, SweepStore } from './store.ts';

/** A delivery that is read from GitHub's log instead of being sent again. */
export interface PulledDelivery {
  /** Its id in the log: what a queue carries in place of a payload that it cannot hold. */
  readonly logId: string;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  /** Decimal digits. */
  readonly installationId: string | null;
}

/**
 * Sees to a delivery without GitHub's sending it again: hands it to the queue, or runs its handlers. `done`: it needs no further care of the sweep's. `lost`: the log has it no more.
 */
export type Pull = (delivery: PulledDelivery, time: CallTime) => Promise<'done' | 'failed' | 'lost'>;

/** What a sweep works with, from one run to the next. */
export interface SweepDeps {
  readonly deliveryLog: DeliveryLog;
  readonly store: SweepStore;
  /** Whether any handler wants such a delivery. */
  readonly claims: (event: string, action: string | null) => boolean;
  /** For a delivery that is too large to reach the webhook. */
  readonly pull: Pull;
  /**
   * For one of many failures, of any size, while others are pulled as well. Where it is missing, as without a
   * queue, GitHub is asked for each of many, too.
   */
  readonly pullOneOfMany?: Pull;
  /** Where it is missing, nothing is accounted for. */
  readonly accounting?: Accounting;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
  /** Waits between two asks. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** What a run would do with a failure; `wait` until `at`. */
export interface PlannedStep {
  readonly step: 'ask' | 'pull' | 'wait' | 'give_up' | 'lost';
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly statusCode: number;
  readonly deliveredAt: string;
  readonly attempts: number;
  readonly at?: string;
}

/** How far a part of a run got. A fault is thrown instead. */
export type Progress = 'finished' | 'out_of_time';

/** Counted as the run goes on. */
export interface Tally {
  scanned: number;
  asked: number;
  recovered: number;
  pulled: number;
  gaveUp: number;
  lost: number;
  /** Deliveries that were taken, and that no handler began. */
  missing: number;
  /** What was answered well, that a handler claims, and that must have begun by now. By GUID. */
  readonly settled: Map<string, LoggedDelivery>;
  /** The open failures, by GUID. */
  readonly open: Map<string, OpenEntry>;
  /** Entries of GitHub's log that say too little to be asked for. */
  unreadableEntries: number;
  /** GUIDs of failures, and keys of other records, in a format of another version. */
  readonly unreadable: Set<string>;
}

/** One run: the deps, what is left of its time, and what it has counted. */
export interface Run extends SweepDeps {
  readonly signal: AbortSignal;
  readonly tally: Tally;
  /** The time of a call to GitHub that begins now: what is left, in three tries. */
  readonly callTime: () => CallTime;
  /** The same while the log is read, which leaves a part of the time for asking. */
  readonly scanTime: () => CallTime;
  /** Whether no new step may begin. */
  readonly isTimeUp: () => boolean;
  readonly isTimeUpForScan: () => boolean;
  readonly isTimeUpForReading: () => boolean;
  /** Told of what is done with each failure, waiting included. */
  readonly onStep: (step: PlannedStep['step'], failure: Failure) => void;
}

export function createTally(): Tally {
  return {
    scanned: 0,
    asked: 0,
    recovered: 0,
    pulled: 0,
    gaveUp: 0,
    lost: 0,
    missing: 0,
    settled: new Map(),
    unreadableEntries: 0,
    open: new Map(),
    unreadable: new Set(),
  };
}

/** What a log line says of a failed delivery. */
export function describeFailure({ guid, logId, event, action, statusCode, deliveredAtMs }: NewFailure) {
  const deliveredAt = new Date(deliveredAtMs).toISOString();
  return { delivery: guid, logId, event, action, status: statusCode, deliveredAt };
}
