/** What GitHub knows, as a test gives it. Types only. */
import type { RecordedWorld } from '../../local/fixtures/fixtures.ts';

/**
 * As code writes it, or as an import of `world.json` has it: there each word is a `string`, and what one of several
 * entries lacks is `undefined`.
 */
export type GivenWorld = Loose<Partial<RecordedWorld>>;

type Loose<T> = T extends string
  ? T | (string & {}) // completes the words that there are
  : T extends (...parameters: never[]) => unknown
    ? T
    : T extends readonly (infer Item)[]
      ? readonly Loose<Item>[]
      : T extends object
        ? { readonly [K in keyof T]: object extends Pick<T, K> ? Loose<T[K]> | undefined : Loose<T[K]> }
        : T;
