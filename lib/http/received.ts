/** An answer as it came over a connection, and why there may be none. */

/** There to its end. */
export interface Received {
  readonly status: number;
  readonly statusText: string;
  /** Names in lower case; values of one name joined by commas, as `fetch` has them. */
  readonly headers: ReadonlyMap<string, string>;
  /** Packed, where a header says so. */
  readonly bytes: Buffer;
}

/**
 * Most bytes of an answer, as they came and unpacked: a function has 512 MB, and a few kilobytes can unpack to
 * a gigabyte. The largest that GitHub has for us is a logged delivery, whose payload may take 25 MB.
 */
export const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** What came is longer than anything that was asked for. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';

  constructor(maxBytes = MAX_ANSWER_BYTES) {
    super(`an answer of more than ${(maxBytes / 1024 / 1024).toFixed(0)} MiB`);
  }
}

/** What came is nothing that HTTP/1.1 knows, or has two ends, by one of which a next answer could be forged. */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer';
}
