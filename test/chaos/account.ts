/** Compares what had to happen with what happened: every delivery, every handler, every effect. Pure. */
import type { Expectation, Plan } from './plan.ts';
import type { Witness } from './witness.ts';

interface DeadLetter {
  /** Undefined for a message that holds no delivery. */
  readonly guid: string | undefined;
  readonly reason: string;
}

interface LedgerEntry {
  readonly state: string;
  readonly reason: string;
}

export interface Evidence {
  /** By `GUID#handler`. */
  readonly ledger: ReadonlyMap<string, LedgerEntry>;
  readonly deadLetters: readonly DeadLetter[];
  readonly witness: Witness;
  /** Messages that are in the queue still. */
  readonly waiting: number;
  /** Failures that the sweep has open still. */
  readonly open: number;
}

export interface Account {
  /** One line for each thing that is missing, or was not to be. */
  readonly unaccounted: readonly string[];
  /** Of each handler of each delivery, how it ended: `done`, `skipped: REASON`, `given_up`. */
  readonly ends: readonly string[];
  /** Of each that has an effect, how often that took place. */
  readonly effects: readonly string[];
  /** Reasons of the dead letters. */
  readonly deaths: readonly string[];
}

export function takeStock({ deliveries, garbage }: Plan, evidence: Evidence): Account {
  const { ledger, deadLetters, witness, waiting, open } = evidence;
  const unaccounted = [...witness.violations()];
  const miss = (isMissing: boolean, what: string): void => void (isMissing && unaccounted.push(what));
  const ends: string[] = [];
  const effects: string[] = [];
  miss(waiting > 0, `${waiting} messages are in the queue still`);
  miss(open > 0, `${open} failures are open still in the sweep`);

  const dead = new Set(deadLetters.map(({ guid }) => guid));
  const mortal = new Set<string | undefined>();
  for (const { guid, expectations, action } of deliveries) {
    if (expectations.some(({ ends: end }) => end === 'given_up')) mortal.add(guid);
    miss(mortal.has(guid) && !dead.has(guid), `${guid} (${action}): no dead letter`);
    for (const expected of expectations) {
      const work = { guid, handler: expected.handler };
      const name = `${guid} (${action}) ${expected.handler}`;
      const entry = ledger.get(`${guid}#${expected.handler}`);
      ends.push(entry?.state === 'skipped' ? `skipped: ${entry.reason}` : (entry?.state ?? 'missing'));
      const state = entry?.state ?? 'not in the ledger';
      miss(
        !isEnd(expected, entry, (end) => witness.heard(work, end)),
        `${name}: ${state} instead of ${expected.ends}`,
      );
      miss(state === 'skipped' && entry?.reason === '', `${name}: skipped without a reason`);
      const seen = witness.seen(work);
      const problem = judgeEffects(expected, seen, witness.excusesOf(work));
      miss(problem !== undefined, `${name}: ${problem}`);
      if (expected.effect !== undefined) effects.push(describeEffects(expected.effect, seen));
    }
  }

  for (const { guid, reason } of deadLetters) {
    miss(reason === '', `${guid ?? 'no delivery'}: a dead letter without a reason`);
    miss(guid !== undefined && !mortal.has(guid), `${guid}: dead, of ${reason}`);
  }
  const malformed = deadLetters.filter(({ guid }) => guid === undefined).length;
  miss(
    malformed < garbage.length,
    `${garbage.length - malformed} messages that are none of ours are missing`,
  );
  return { unaccounted, ends, effects, deaths: deadLetters.map(({ reason }) => reason) };
}

/**
 * The ledger tells how a handler ended, with two exceptions. Where it did not take an outcome, or the lease was lost
 * before, the worker says so, and that is all there is. And a copy that was received before its message ended may run what
 * is skipped or given up once more, and leave it unfinished: the first end was told, or has its dead letter.
 */
function isEnd(
  { ends }: Expectation,
  entry: LedgerEntry | undefined,
  heard: (end: string) => boolean,
): boolean {
  if (entry?.state === ends) return true;
  const unfinished = entry?.state === 'claimed' || entry?.state === 'failed';
  switch (ends) {
    case 'done':
      return unfinished && heard('handled') && heard('unrecorded');
    case 'skipped':
      return unfinished && heard('skipped');
    case 'given_up':
      return unfinished;
  }
}

function judgeEffects({ effect }: Expectation, seen: number, excuses: number): string | undefined {
  if (effect === undefined) return seen > 0 ? `${seen} effects where there should be none` : undefined;
  if (seen === 0) return 'no effect';
  return seen > 1 + excuses ? `${seen} effects, and ${excuses} excuses for a repeat` : undefined;
}

/** What is keyed, GitHub takes once, however often it is asked. */
function describeEffects(effect: 'keyed' | 'plain', seen: number): string {
  if (seen <= 1) return `${effect}, ${seen === 1 ? 'once' : 'missing'}`;
  return effect === 'keyed'
    ? 'keyed, once, and asked for again'
    : 'plain, repeated, each time with an excuse';
}
