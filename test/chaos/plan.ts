/**
 * All that a campaign does to its deliveries, decided by the seed before anything runs. When it happens
 * is up to the machine: two runs of one seed do the same things to the same deliveries, in another order.
 * Pure.
 */
import { createRandom, type Random } from '../../local/random.ts';

/** How a handler of `handlers.ts` must have ended, once all is quiet. */
export interface Expectation {
  readonly handler: string;
  readonly ends: 'done' | 'skipped' | 'given_up';
  /** `keyed`: GitHub takes it once, however often it is asked. */
  readonly effect?: 'keyed' | 'plain';
}

const CONDUCT = {
  opened: [
    { handler: 'keyed', ends: 'done', effect: 'keyed' },
    { handler: 'plain', ends: 'done', effect: 'plain' },
  ],
  edited: [{ handler: 'flaky', ends: 'done', effect: 'plain' }],
  locked: [{ handler: 'skips', ends: 'skipped' }],
  closed: [
    { handler: 'note', ends: 'done', effect: 'plain' },
    { handler: 'gives-up', ends: 'given_up' },
  ],
  deleted: [{ handler: 'throws', ends: 'given_up' }],
} as const satisfies Record<string, readonly Expectation[]>;

/** What a call for an effect meets at GitHub. */
export type CallFault =
  /** Before any effect. */
  | { readonly kind: '500' | '502' | '429' | '403 secondary' | 'reset' | 'silence' | 'page of a proxy' }
  /** Before any effect: a rate limit whose `Date` is ten years ahead. */
  | { readonly kind: '429 of another year' }
  /** After the effect. */
  | { readonly kind: 'cut after effect' | 'silence after effect' }
  /** A proper answer, but late. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** SIGKILL for the process that calls. */
  | { readonly kind: 'kill before effect' | 'kill after effect' }
  | { readonly kind: 'kill after answer'; readonly ms: number }
  /** The process stands still until its lease is long over, and then goes on as though nothing had been. */
  | { readonly kind: 'freeze' };

export type Door = 'open' | 'queue down' | 'too large for the queue' | 'too large for the door';

export interface PlannedDelivery {
  readonly guid: string;
  readonly action: keyof typeof CONDUCT;
  readonly expectations: readonly Expectation[];
  readonly installationId: number;
  readonly repository: { readonly id: number; readonly name: string };
  /** Attempts of a flaky handler that fail. */
  readonly failures: number;
  /** What keeps it from the queue at first; only the sweep brings it there then. */
  readonly door: Door;
  /** What its payload carries beside the rest (`filler.ts`). */
  readonly fillerBytes: number;
  /** What makes two of it. */
  readonly copy: 'none' | 'posted twice' | 'message copied' | 'answer of the queue lost';
  /** How long its message stays behind those sent after it. */
  readonly delaySeconds: number;
  /** What the event source does to the first batch that it is in. */
  readonly batch: 'as it is' | 'given to two workers' | 'not taken off';
  /** What the first write of that kind meets at DynamoDB. */
  readonly ledger: 'as it is' | `${'claim' | 'settle'} ${'refused' | 'unanswered'}`;
  /** What its first dead letter meets, where it comes to that. */
  readonly burial: 'as it is' | 'refused';
  /** What its calls for effects meet, one after the other; those after the last meet nothing. */
  readonly calls: readonly CallFault[];
}

export interface Plan {
  readonly seed: number;
  readonly deliveries: readonly PlannedDelivery[];
  /**
   * How far the clocks of all functions are ahead of GitHub's and AWS's. Among themselves they differ by less than a
   * second: leases go by them.
   */
  readonly clocksAheadMs: number;
  /** Before which deliveries the webhook starts anew, and how often Secrets Manager then refuses. */
  readonly coldStarts: ReadonlyMap<number, number>;
  /** Messages that are none of ours. */
  readonly garbage: readonly string[];
}

/** The one account, and what it installed the App on: tokens are narrow, so each repository has its own. */
export const OWNER = 'octo-org';
export const REPOSITORIES = Array.from({ length: 8 }, (_, index) => ({
  id: 9_001 + index,
  name: `widgets-${index + 1}`,
  installationId: 7_001 + index,
}));
export const SUSPENDED = { id: 9_101, name: 'suspended', installationId: 7_101 };
const GONE = { id: 9_201, name: 'gone', installationId: 7_201 };

/** Shares of all deliveries; each is dealt once at least. What is left are opened issues. */
const ACTIONS = { edited: 0.12, locked: 0.05, closed: 0.03, deleted: 0.006 } as const;
const DOORS = {
  'queue down': 0.012,
  'too large for the queue': 0.002,
  'too large for the door': 0.002,
} as const;
/** Beyond a message of 1 MiB, even compressed; beyond the 6 MB that Lambda takes, up to the 25 MB that GitHub sends. */
const FILLER_BYTES = {
  'too large for the queue': [2_000_000, 5_000_000],
  'too large for the door': [6_500_000, 24_900_000],
} as const;
const COPIES = { 'posted twice': 0.04, 'message copied': 0.04, 'answer of the queue lost': 0.01 } as const;
const BATCHES = { 'given to two workers': 0.03, 'not taken off': 0.03 } as const;
const LEDGER = {
  'claim refused': 0.01,
  'claim unanswered': 0.01,
  'settle refused': 0.01,
  'settle unanswered': 0.01,
} as const;
const DEADLY = {
  'kill before effect': 0.006,
  'kill after effect': 0.008,
  'kill after answer': 0.008,
  freeze: 0.002,
} as const;
const HARMLESS = {
  '500': 0.04,
  '502': 0.03,
  '429': 0.012,
  '403 secondary': 0.012,
  '429 of another year': 0.006,
  'page of a proxy': 0.01,
  reset: 0.03,
  delay: 0.04,
  silence: 0.004,
  'cut after effect': 0.03,
  'silence after effect': 0.004,
} as const;
const PLACES = { suspended: 0.02, gone: 0.01 } as const;

const REFUSED_BURIALS = 0.4;
const LONGEST_DELAY_MS = 1_200;
const LONGEST_KILL_MS = 40;
const MAX_FAILURES = 3;
/** Not at the beginning, when the workers are cold as well and take the refusals for themselves. */
const COLD_STARTS = 0.0025;
const GARBAGE = 0.001;
/** Further off than AWS and GitHub put up with: five minutes of a signature, one of a JWT that is ahead. */
const CLOCKS_AHEAD_MINUTES = [-7, 0, 7];

export function makePlan(seed: number, count: number): Plan {
  const random = createRandom(seed);
  const actionOf = deal(random, count, ACTIONS);
  const doorOf = deal(random, count, DOORS);
  const copyOf = deal(random, count, COPIES);
  const batchOf = deal(random, count, BATCHES);
  const ledgerOf = deal(random, count, LEDGER);
  const harmlessOf = [deal(random, count, HARMLESS), deal(random, count, HARMLESS)];
  const calling = range(count).filter((index) => makesCalls(actionOf.get(index)));
  const placeOf = deal(random, calling.length, PLACES);
  const installed = calling.filter((_, index) => placeOf.get(index) === undefined);
  const isAway = new Map(calling.map((delivery, index) => [delivery, placeOf.get(index)]));
  // Only a process that calls for an effect can be killed by its call.
  const deadly = deal(random, installed.length, DEADLY);
  const deadlyOf = new Map(installed.map((delivery, index) => [delivery, deadly.get(index)]));

  const deliveries = range(count).map((index): PlannedDelivery => {
    const away = isAway.get(index);
    const action = away === undefined ? (actionOf.get(index) ?? 'opened') : 'opened';
    const place = away === undefined ? random.pick(REPOSITORIES) : { suspended: SUSPENDED, gone: GONE }[away];
    const kinds = [deadlyOf.get(index), ...harmlessOf.map((dealt) => dealt.get(index))];
    return {
      guid: random.guid(),
      action,
      expectations: CONDUCT[action].map((expectation) =>
        away === undefined ? expectation : { handler: expectation.handler, ends: 'skipped' },
      ),
      installationId: place.installationId,
      repository: { id: place.id, name: place.name },
      failures: random.int(1, MAX_FAILURES),
      ...toLoad(doorOf.get(index) ?? 'open', random),
      // Two messages of what always fails must not keep each other alive.
      copy: action === 'deleted' ? 'message copied' : (copyOf.get(index) ?? 'none'),
      delaySeconds: random.pick([0, 0, 0, 1, 2]),
      batch: batchOf.get(index) ?? 'as it is',
      ledger: ledgerOf.get(index) ?? 'as it is',
      burial: random.chance(REFUSED_BURIALS) ? 'refused' : 'as it is',
      calls: kinds.filter((kind) => kind !== undefined).map((kind) => toCallFault(random, kind)),
    };
  });
  return {
    seed,
    deliveries,
    clocksAheadMs: random.pick(CLOCKS_AHEAD_MINUTES) * 60_000,
    coldStarts: new Map(
      range(Math.ceil(count * COLD_STARTS)).map(() => [
        random.int(Math.floor(count / 4), count - 1),
        random.int(3, 4),
      ]),
    ),
    garbage: range(Math.ceil(count * GARBAGE)).map(() => random.text(40)),
  };
}

function toLoad(door: Door, random: Random): Pick<PlannedDelivery, 'door' | 'fillerBytes'> {
  if (door === 'open' || door === 'queue down') return { door, fillerBytes: 0 };
  const [least, most] = FILLER_BYTES[door];
  return { door, fillerBytes: random.int(least, most) };
}

function makesCalls(action: keyof typeof ACTIONS | undefined): boolean {
  return action === undefined || action === 'edited';
}

function toCallFault(random: Random, kind: CallFault['kind']): CallFault {
  switch (kind) {
    case 'delay':
      return { kind, ms: random.int(50, LONGEST_DELAY_MS) };
    case 'kill after answer':
      return { kind, ms: random.int(0, LONGEST_KILL_MS) };
    default:
      return { kind };
  }
}

/** Gives each kind its share, but one at least, to deliveries that have none yet. */
function deal<K extends string>(
  random: Random,
  count: number,
  shares: Readonly<Record<K, number>>,
): ReadonlyMap<number, K> {
  const free = random.shuffle(range(count));
  const dealt = new Map<number, K>();
  for (const [kind, share] of entriesOf(shares)) {
    for (const index of free.splice(0, Math.max(1, Math.round(share * count)))) dealt.set(index, kind);
  }
  return dealt;
}

function entriesOf<K extends string>(shares: Readonly<Record<K, number>>): readonly [K, number][] {
  // The keys of a literal above are all the keys it has.
  return Object.entries(shares) as [K, number][];
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
