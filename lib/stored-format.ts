/**
 * Which stored things a release reads: messages, ledger records, records of the sweep. The one rule for
 * all of them, with what it asks of whoever changes a format: docs/adr/0020. No I/O.
 */

export interface StoredFormat {
  /** What this release writes, in `v`. */
  readonly written: number;
  /** Oldest that it reads. */
  readonly oldest: number;
  /** Newest that it reads: the next one only adds to the one written today. */
  readonly newest: number;
  /** @param v As it stands in what was stored: anything. */
  reads(v: unknown): boolean;
}

/** @param oldest Raised only when nothing older is left anywhere. */
export function defineFormat({ oldest, written }: Pick<StoredFormat, 'oldest' | 'written'>): StoredFormat {
  const newest = written + 1;
  return {
    written,
    oldest,
    newest,
    reads: (v) => typeof v === 'number' && Number.isInteger(v) && v >= oldest && v <= newest,
  };
}
