/** The bytes of an answer, as they come. Pure. */

/** What is smaller is not worth any care. */
export const LARGE_BYTES = 1_000_000;

/** Takes the pieces of one answer. */
export interface Gatherer {
  /** Bytes so far. */
  readonly length: number;
  add(piece: Buffer): void;
  /** All of them. */
  take(): Buffer;
}

/**
 * Where the sender says that it is much, the pieces go where they belong as they come: gathered first and put together
 * then, an answer of 18 MB holds 36 at its end.
 *
 * @param announced `Content-Length`, which Node holds the sender to; anything where it said nothing.
 * @param maxBytes What is announced beyond that is not made room for.
 */
export function createGatherer(announced: string | undefined, maxBytes: number): Gatherer {
  const size = Number(announced);
  return size >= LARGE_BYTES && size <= maxBytes ? gatherInto(Buffer.allocUnsafeSlow(size)) : gatherPieces();
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
    take: () => whole.subarray(0, length),
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
      pieces.push(piece);
    },
    take: () => (pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)),
  };
}
