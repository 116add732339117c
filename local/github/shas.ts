/**
 * The commit hashes that fixtures carry. A hash cannot be chosen in `emulate`, so each one asked for stands for a real
 * commit there and is exchanged in every text that goes in or out.
 */
export interface Shas {
  add(given: string, real: string): void;
  has(given: string): boolean;
  /** Towards `emulate`. */
  toReal(text: string): string;
  /** Towards the caller. */
  toGiven(text: string): string;
}

const SHA = /\b[0-9a-f]{40}\b/g;

export function createShas(): Shas {
  const real = new Map<string, string>();
  const given = new Map<string, string>();
  return {
    add(givenSha, realSha) {
      real.set(givenSha, realSha);
      given.set(realSha, givenSha);
    },
    has: (sha) => real.has(sha),
    toReal: (text) => text.replaceAll(SHA, (sha) => real.get(sha) ?? sha),
    toGiven: (text) => text.replaceAll(SHA, (sha) => given.get(sha) ?? sha),
  };
}
