/**
 * Permissions with all that each level includes, so that whoever holds more is assignable to whoever needs less.
 * Types only.
 */
import type { HeldLevels } from './levels.ts';
import type { KnownPermission } from './names.ts';

/**
 * What a client of these permissions holds. `'all'` may hold anything, and so may permissions that a cast made
 * wide: both hold everything.
 */
export type Held<P> = 'all' extends P
  ? string extends P
    ? object // `{}`, which even a text is assignable to: nothing is held
    : Everything
  : {
      readonly [N in keyof P]: P[N] extends keyof HeldLevels['includes']
        ? HeldLevels['includes'][P[N]]
        : never;
    };

type Everything = { readonly [N in KnownPermission]: HeldLevels['includes']['admin'] };
