/** Which of some names was meant, for people who mistyped one. Pure. */

/** Letters that may be wrong, missing, too many or swapped in a name that was meant to be another. */
const MAX_SLIPS = 2;

/** The one that differs least; the first of several. */
export function findNearest(name: string, names: readonly string[]): string | undefined {
  const [nearest] = names.toSorted((a, b) => countSlips(name, a) - countSlips(name, b));
  return nearest;
}

/** Whether the one name may have been meant as the other: a slip or two, or one begins like the other. */
export function isNear(name: string, other: string): boolean {
  const [a, b] = [squash(name), squash(other)];
  return a.startsWith(b) || b.startsWith(a) || countSlips(name, other) <= Math.min(MAX_SLIPS, a.length / 3);
}

/** The distance of Damerau and Levenshtein, by letters alone: underscores, dashes and case do not count. */
function countSlips(one: string, other: string): number {
  const [a, b] = [squash(one), squash(other)];
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(before, j - 2) + 1 : Infinity;
      row.push(Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced, swapped));
    }
    before = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}

function squash(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '');
}
