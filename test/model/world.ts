/** All there is at one moment: the table, the queue, the processes, GitHub's log, and what has happened in truth. Values only. */
import type { HandlerOutcome } from '../../lib/dispatch/outcome.ts';
import type { Claimed, LedgerAnswer, LedgerRecord } from '../../lib/ledger/ledger.ts';
import type { Step } from '../../lib/ledger/steps.ts';
import type { Verdict } from '../../lib/queue/retry.ts';
import type { Failure } from '../../lib/sweep/store.ts';

/** How a run of a handler may end. `die`: the process ends with it. */
export type End = 'succeed' | 'fail' | 'wait' | 'skip' | 'give_up' | 'die';

/** How often the world may do each of these. */
export interface Budget {
  /** A process ends at any moment. */
  readonly crashes: number;
  /** A call of the table is not answered; a write may have arrived. */
  readonly lost: number;
  /** A process stands still until its lease is over, and then goes on. */
  readonly freezes: number;
  /** SQS has two messages of one request. */
  readonly copies: number;
  /** SQS gives out a message that is at work. */
  readonly twice: number;
  /** GitHub sees no answer although the delivery arrived. */
  readonly timeouts: number;
  /** A delivery does not get in, as while the account's functions are throttled. */
  readonly refusals: number;
  /** The sweep takes a delivery to the queue by itself. */
  readonly pulls: number;
  /** A person redelivers. */
  readonly persons: number;
  /** A person redrives, and replays what is done. */
  readonly replays: number;
  /** Runs that end with `wait`. */
  readonly waits: number;
  /** A token is not to be had. */
  readonly mints: number;
  /** The table takes no settlement of an owner. */
  readonly settlements: number;
}

export interface Bounds {
  /** Of each delivery, its handlers; of each of these, how its runs may end. */
  readonly deliveries: readonly (readonly (readonly End[])[])[];
  /** Without a queue: the request runs the handlers, and the sweep brings what failed again. */
  readonly inline: boolean;
  /** Processes at once. */
  readonly processes: number;
  /** Messages of one process. */
  readonly batch: number;
  readonly maxAttempts: number;
  /** Whether a token is made between claim and handler. */
  readonly mints: boolean;
  /** How far the clock of every second process is ahead. */
  readonly skewMs: number;
  readonly budget: Budget;
}

export interface Message {
  readonly id: string;
  readonly delivery: number;
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  readonly redriven: boolean;
  /** Taken from GitHub's log by the sweep. */
  readonly swept: boolean;
  readonly replay: boolean;
  /** Hidden until then. */
  readonly visibleAtMs: number;
  readonly receives: number;
}

/** One handler's way through one process. */
export interface Run {
  readonly handler: number;
  readonly at: 'begin' | 'claim' | 'mint' | 'run' | 'settle' | 'end';
  /** What is to be done at the table next. */
  readonly step?: Step<LedgerAnswer | boolean>;
  /** All answers of the table so far: with them a step is known. */
  readonly trail: string;
  readonly claim?: Claimed;
  readonly outcome?: HandlerOutcome;
  readonly end?: End;
  /** Whether the table has its claim. */
  readonly held: boolean;
}

/** What one process does with one message, or with a request. */
export interface Task {
  /** As it was received; undefined for a request. */
  readonly message: Message | undefined;
  readonly delivery: number;
  /** When the request arrived. */
  readonly askedAtMs: number;
  readonly runs: readonly Run[];
  /** `alone`: the others of its process have ended, and its handlers run one after the other. */
  readonly phase: 'side by side' | 'alone';
  /** What the claims say of it. */
  readonly alone: boolean;
  readonly verdict?: Verdict | { readonly kind: 'alone'; readonly rank: number };
}

export interface Process {
  readonly number: number;
  readonly deadlineMs: number;
  readonly skewMs: number;
  readonly frozen: boolean;
  /** It stood still until its lease was over. */
  readonly thawed: boolean;
  readonly tasks: readonly Task[];
}

/** What is true of a handler of a delivery, whatever the ledger holds. */
export interface Truth {
  readonly runs: number;
  /** Runs that failed, and deaths of the process that had claimed: since a person last asked. */
  readonly attempts: number;
  readonly ended: 'no' | 'done' | 'skipped' | 'given_up';
  /** Persons who asked after it had ended. */
  readonly licences: number;
  /** Of those, who asked to run what is done, too. */
  readonly replays: number;
  /** Processes, not frozen, in which it runs. */
  readonly running: number;
  /** An owner has ended it well, and could not record that. */
  readonly wellButLate: boolean;
  /** Its message may be dead although the ledger has it otherwise: that it gave up could not be recorded. */
  readonly disputed: boolean;
}

/** What GitHub and the sweep know of a delivery. */
export interface Logged {
  readonly failure: Failure | undefined;
  readonly closed: 'no' | 'recovered' | 'pulled' | 'gave_up';
  /** When the sweep asked last, for as long as what it asked for has not arrived. */
  readonly onItsWaySinceMs: number | undefined;
  readonly askedAtMs: number | null;
  readonly asks: number;
}

export interface World {
  readonly nowMs: number;
  readonly records: Readonly<Record<string, LedgerRecord | undefined>>;
  readonly messages: readonly Message[];
  readonly deadLetters: readonly number[];
  readonly processes: readonly Process[];
  readonly logged: readonly Logged[];
  readonly truth: Readonly<Record<string, Truth>>;
  readonly left: Budget;
  /** Numbers that were given out. */
  readonly names: number;
  /** Deliveries that have arrived. */
  readonly arrived: number;
}

/** Something happened that must not. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export const START_MS = Date.UTC(2026, 10, 22, 12);

/** How long a process works, and how long SQS hides what it took: as the product sets them. */
export const WORK_MS = 60_000;
export const VISIBILITY_MS = 6 * WORK_MS;

export function toId(delivery: number, handler: number): string {
  return `${delivery}/${handler}`;
}
