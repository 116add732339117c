/** How Lambda starts Node: a tenth of the memory is young space, in two halves, and the rest old. Pure. */

/** @param {number} memoryMb */
export function toNodeFlags(memoryMb) {
  const youngMb = Math.floor(memoryMb / 10);
  return [`--max-semi-space-size=${Math.floor(youngMb / 2)}`, `--max-old-space-size=${memoryMb - youngMb}`];
}
