/** How figures are written. Pure. */

/** As Lambda counts memory. */
export const MEGABYTE = 1_048_576;

/**
 * Three digits that count, and no more than two after the point.
 *
 * @param {number | undefined} number
 */
export function toFigure(number) {
  if (number === undefined) return '–';
  if (number >= 99.95) return Math.round(number).toLocaleString('en');
  return number.toFixed(number >= 9.995 ? 1 : 2);
}

/** @param {number | undefined} count */
export function toCount(count) {
  return count?.toLocaleString('en') ?? '–';
}

/** @param {number | undefined} bytes */
export function toMegabytes(bytes) {
  return bytes === undefined ? '–' : (bytes / MEGABYTE).toFixed(0);
}

/** @param {number | undefined} bytes */
export function toKilobytes(bytes) {
  return bytes === undefined ? '–' : toFigure(bytes / 1000);
}
