/** One seed, every choice: a generator that gives the same numbers on every machine. Pure. */

export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number from `least` to `most`, both included. */
  int(least: number, most: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
  shuffle<T>(list: readonly T[]): T[];
  /** A version 4 UUID, as GitHub's delivery ids are. */
  guid(): string;
  /** Text that does not compress well. */
  text(length: number): string;
}

/** Mulberry32: small, fast, and good enough to choose by. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;

  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => int(0, 15).toString(16)).join('');

  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick(choices) {
      const [chosen] = choices.slice(int(0, choices.length - 1));
      if (chosen === undefined) throw new Error('nothing to choose from');
      return chosen;
    },
    shuffle(list) {
      const keyed = list.map((each) => ({ each, key: next() }));
      return keyed.toSorted((a, b) => a.key - b.key).map(({ each }) => each);
    },
    guid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    text: (length) =>
      Buffer.from(Array.from({ length: Math.ceil((length * 3) / 4) }, () => int(0, 255)))
        .toString('base64')
        .slice(0, length),
  };
}
