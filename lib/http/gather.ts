/** The bytes of an answer, as they come. Pure. */

/** What is smaller is not worth any care. */
export const LARGE_BYTES = 1_000_000;

/**
 * Room for any large answer: memory that nothing is written to is not taken. glibc learns from what is freed: after 18 MB
 * at once it puts all that is smaller on its own heap, and what is freed there stays with the process, such as the tables of
 * texts that V8 outgrows while it parses the answer. It learns nothing from what is larger than 32 MiB.
 *
 * @see mallopt(3), `M_MMAP_THRESHOLD`
 */
export const LARGE_ROOM_BYTES = 33 * 1024 * 1024;

/** Takes the pieces of one answer. */
export interface Gatherer {
  /** Bytes so far. */
  readonly length: number;
  /** Copies it. */
  add(piece: Buffer): void;
  /** All of them. */
  take(): Buffer;
}

/**
 * Where the sender says how much it is, the pieces go where they belong as they come: gathered first and put together
 * then, an answer of 18 MB holds 36 at its end.
 *
 * @param announced Bytes, which whoever reads holds the sender to; anything else where it said nothing.
 * @param maxBytes What is announced beyond that is not made room for.
 */
export function createGatherer(announced: unknown, maxBytes: number): Gatherer {
  return typeof announced === 'number' && announced <= maxBytes
    ? gatherInto(allocate(announced))
    : gatherPieces();
}

/** Megabytes are let go by themselves when they have been read; what is small may share its memory with others. */
function allocate(size: number): Buffer {
  return size >= LARGE_BYTES
    ? Buffer.allocUnsafeSlow(Math.max(size, LARGE_ROOM_BYTES))
    : Buffer.allocUnsafe(size);
}

function gatherInto(whole: Buffer): Gatherer {
  let length = 0;
  return {
    get length() {
      return length;
    },
    add(piece) {
      length += piece.copy(whole, length);
    },
    take: () => (length === whole.byteLength ? whole : whole.subarray(0, length)),
  };
}

function gatherPieces(): Gatherer {
  const pieces: Buffer[] = [];
  let length = 0;
  return {
    get length() {
      return length;
    },
    add(piece) {
      length += piece.byteLength;
      pieces.push(Buffer.from(piece));
    },
    take: () => Buffer.concat(pieces),
  };
}
