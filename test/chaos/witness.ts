/**
 * Sees every effect arrive at GitHub, and knows of each delivery what could excuse a second one.
 *
 * "Exactly once" can be promised of an effect that GitHub itself takes once (`keyed`). Any other may be
 * repeated where its process ended, or heard no answer, between the effect and the record of it: every
 * such moment is noted here as an excuse for one repeat of that delivery. A repeat without one is a defect.
 */

interface Work {
  readonly guid: string;
  readonly handler: string;
}

export interface Witness {
  /**
   * An effect takes place at GitHub.
   *
   * @returns Whether it is the first of its key; a keyed effect is then made, and otherwise refused.
   */
  see(work: Work): boolean;
  /**
   * A call is under way until the returned function is called. Two at once are a violation, unless the
   * owner of the first has died or run out of time meanwhile: of that, its excuse tells.
   */
  watch(work: Work): () => void;
  /** One repeat, of one handler or of every handler of the delivery, is excused from now on. */
  excuse(guid: string, handler?: string): void;
  /** A call of this handler is about to get no good answer, as planned: that its run says so is no news. */
  expectUnanswered(work: Work): void;
  /**
   * A run says that GitHub did not answer its handler. Said more often than planned, it is the word of a busy machine: the
   * answer was there too late, or the call arrives when nobody waits for it any more. Each such one is an excuse.
   */
  hearUnanswered(work: Work): void;
  /** A worker says how a handler ended: `handled`, `skipped`, or `unrecorded` where the ledger did not take it. */
  hear(work: Work, end: string): void;
  /** Whether any worker said so. */
  heard(work: Work, end: string): boolean;
  /** Something happened that must never happen. */
  accuse(violation: string): void;
  /** How often the effect took place, or was asked for in vain where it is keyed. */
  seen(work: Work): number;
  excusesOf(work: Work): number;
  violations(): readonly string[];
}

export function createWitness(): Witness {
  const seen = new Map<string, number>();
  const excuses = new Map<string, number>();
  const expected = new Map<string, number>();
  const unanswered = new Map<string, number>();
  /** By work, the excuses that it had when its call began. */
  const underWay = new Map<string, number>();
  const overlaps: { readonly work: Work; readonly excusesBefore: number }[] = [];
  const accusations: string[] = [];
  const heard = new Set<string>();
  const toKey = ({ guid, handler }: Work): string => `${guid} ${handler}`;
  const increase = (numbers: Map<string, number>, key: string): number => {
    const number = (numbers.get(key) ?? 0) + 1;
    numbers.set(key, number);
    return number;
  };
  const excusesOf = (work: Work): number => {
    const unplanned = (unanswered.get(toKey(work)) ?? 0) - (expected.get(toKey(work)) ?? 0);
    return (excuses.get(work.guid) ?? 0) + (excuses.get(toKey(work)) ?? 0) + Math.max(0, unplanned);
  };

  return {
    excusesOf,
    see: (work) => increase(seen, toKey(work)) === 1,
    watch(work) {
      const key = toKey(work);
      const excusesBefore = underWay.get(key);
      if (excusesBefore !== undefined) overlaps.push({ work, excusesBefore });
      underWay.set(key, excusesOf(work));
      return () => void underWay.delete(key);
    },
    excuse: (guid, handler) => void increase(excuses, handler === undefined ? guid : `${guid} ${handler}`),
    expectUnanswered: (work) => void increase(expected, toKey(work)),
    hearUnanswered: (work) => void increase(unanswered, toKey(work)),
    hear: (work, end) => void heard.add(`${toKey(work)} ${end}`),
    heard: (work, end) => heard.has(`${toKey(work)} ${end}`),
    accuse: (violation) => void accusations.push(violation),
    seen: (work) => seen.get(toKey(work)) ?? 0,
    violations: () => [
      ...accusations,
      ...overlaps
        .filter(({ work, excusesBefore }) => excusesOf(work) === excusesBefore)
        .map(({ work }) => `${toKey(work)}: at work twice at once`),
    ],
  };
}
