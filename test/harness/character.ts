import { integer, oneof } from 'fast-check';

/**
 * Any character of Unicode that UTF-8 has: for the `unit` of a string. fast-check's own of this kind, `binary`, lists all
 * million of them in a map before the first string, which takes each worker more than a second.
 */
export const CHARACTER = oneof(
  integer({ min: 0, max: 0xd7ff }),
  integer({ min: 0xe000, max: 0xffff }),
  integer({ min: 0x10000, max: 0x10ffff }),
).map((code) => String.fromCodePoint(code));
