/**
 * The ledger: which handler finished which delivery. Here is what it promises; how it decides stands in
 * `decide-claim.ts`, what it keeps in `record.ts`, and where it is kept is `aws/ledger.ts`. No I/O.
 */

/** One handler of one delivery. The same GUID from another hook, App or host is another delivery. */
export interface LedgerKey {
  readonly host: string;
  readonly appId: string;
  readonly hookId: string | null;
  readonly deliveryId: string;
  readonly handler: string;
}

/** Who wants to run a handler, and what brought the delivery. */
export interface ClaimRequest {
  readonly key: LedgerKey;
  /** When the owner can no longer be at work; from then on others may claim. */
  readonly leaseUntil: Date;
  /** Id of the queue message that brought the delivery; null inline. */
  readonly messageId: string | null;
  /**
   * When somebody asked for the delivery: its request arrived, or its message was redriven. What was asked for
   * after a handler had ended runs the handler anew, unless it was the sweep that asked GitHub for it.
   */
  readonly askedAt: Date;
  /** Whether a person is known to have asked: then it cannot be the sweep's. */
  readonly byPerson: boolean;
  /** A handler that fails is claimed so often; then it has ended. */
  readonly maxAttempts: number;
  /** Run what is done again, once for each time that somebody asks. */
  readonly replay: boolean;
  /** Whether nothing else is at work in this process: if it dies, it is this handler that it died at. */
  readonly alone: boolean;
}

/** How a handler's work ended. */
export type Settlement =
  | { readonly state: 'done' }
  /** Nothing to be done about it: not run again, unless somebody asks for the delivery again. */
  | { readonly state: 'skipped'; readonly reason: string }
  /**
   * To be tried again.
   *
   * @param counts Whether it was an attempt. What only waits for a known time is none: the settlement then takes back
   *               the attempt that the claim counted.
   */
  | { readonly state: 'failed'; readonly reason: string; readonly counts: boolean }
  /** Not tried again, unless somebody asks for the delivery again: its message goes to the dead letters. */
  | { readonly state: 'given_up'; readonly reason: string };

/** What the ledger keeps of one handler of one delivery. Instants in milliseconds since the epoch. */
export interface LedgerRecord {
  readonly v: number;
  readonly state: 'claimed' | Settlement['state'];
  /** Grows with every claim: an owner that comes back late holds an old one and settles nothing. */
  readonly fence: number;
  /** Names one claim among those that want the same fence: its owner knows it again where its answer was lost. */
  readonly nonce: string | null;
  /** The one under way included. */
  readonly attempts: number;
  /**
   * True of a claim: it says that its handler starts, so that a death of its owner is one of the handler. False where
   * a release before this one wrote it, which said so after the mint, and its handler had not begun. Null where format 1
   * wrote it, and of what has ended.
   */
  readonly started: boolean | null;
  /** Whether nothing else was at work in its process; null where format 1 wrote it. */
  readonly alone: boolean | null;
  /** The last one in `messages`: all that format 1 knows. */
  readonly carrier: string | null;
  /** The queue messages that claimed, the newest last. */
  readonly messages: readonly string[];
  readonly leaseUntilMs: number;
  /** When it was settled; null while it is claimed, and where format 1 wrote it. */
  readonly endedAtMs: number | null;
  /** When the last was asked for that claimed, or was told as the sweep's; null where format 1 wrote it. */
  readonly askedAtMs: number | null;
  readonly reason: string | null;
}

/** The work is its owner's until `record.leaseUntilMs`. */
export interface Claimed {
  readonly state: 'claimed';
  readonly key: LedgerKey;
  /** Which attempt it is, from 1. It counts from here on, until a settlement takes it back. */
  readonly attempt: number;
  /** As it was written. */
  readonly record: LedgerRecord;
}

/** `claimed`: the work is the caller's. All others say why it is not, and what to tell the sender. */
export type LedgerAnswer =
  | Claimed
  | { readonly state: 'done' }
  | { readonly state: 'skipped' | 'given_up'; readonly reason: string }
  | { readonly state: 'busy'; readonly until: Date }
  /**
   * A process died while it had the handler's work, perhaps because of it: only who runs it alone may claim it.
   *
   * @param attempts Counted so far: how often it died or failed by itself.
   */
  | { readonly state: 'abandoned'; readonly attempts: number };

/**
 * However many copies of a delivery are at work, in whatever processes: one of them gets a handler's work at a time.
 */
export interface Ledger {
  /** @throws ServiceFault `ledger_unavailable`, `ledger_unreadable` */
  claim(request: ClaimRequest, signal: AbortSignal): Promise<LedgerAnswer>;
  /**
   * @returns `'lost'` where the lease had ended and somebody else claimed since: nothing is written.
   * @throws ServiceFault `ledger_unavailable`
   */
  settle(claim: Claimed, settlement: Settlement, signal: AbortSignal): Promise<'settled' | 'lost'>;
}

/**
 * Records that no handler wanted the delivery, where nothing else says so: one write, and the same however often.
 *
 * @throws ServiceFault `ledger_unavailable`
 */
export type NoteIgnored = (delivery: Omit<LedgerKey, 'handler'>, signal: AbortSignal) => Promise<void>;
