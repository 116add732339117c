/** Medians, percentiles, and an order that a seed decides. Pure. */

/** @param {readonly number[]} numbers */
export function median(numbers) {
  return percentile(numbers, 50);
}

/**
 * The smallest number that so many per cent are not above; of an even count the median is the mean of the middle two.
 *
 * @param {readonly number[]} numbers
 * @param {number} percent
 */
export function percentile(numbers, percent) {
  const sorted = numbers.toSorted((one, other) => one - other);
  const rank = (percent / 100) * sorted.length;
  const upper = sorted[Math.min(Math.ceil(rank), sorted.length) - 1] ?? Number.NaN;
  const next = sorted[rank] ?? upper;
  return percent === 50 && Number.isInteger(rank) ? (upper + next) / 2 : upper;
}

/**
 * Shuffles with a linear congruential generator.
 *
 * @param {number} seed
 * @see Numerical Recipes, "Quick and dirty generators"
 */
export function createShuffle(seed) {
  let state = seed >>> 0;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  /**
   * @template T
   * @param {readonly T[]} items
   * @returns {T[]}
   */
  return (items) => {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last -= 1) {
      const other = Math.floor(random() * (last + 1));
      [shuffled[last], shuffled[other]] = /** @type {[T, T]} */ ([shuffled[other], shuffled[last]]);
    }
    return shuffled;
  };
}
