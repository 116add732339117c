/** What was started and has to be closed, whichever way it ends. */

interface Closable {
  close(): Promise<void>;
}

export interface Running {
  /** @returns The part itself, which is closed with the rest from now on; at once where the end has begun. */
  readonly keep: <T extends Closable>(part: T) => T;
  /** Whether the end has begun. */
  isClosing(): boolean;
  /** Closes everything, the latest first. A part that fails to close keeps none of the others open. */
  close(): Promise<void>;
}

export function createRunning(): Running {
  const parts: Closable[] = [];
  let closing = false;
  return {
    keep(part) {
      if (closing) void part.close().catch(() => {});
      else parts.push(part);
      return part;
    },
    isClosing: () => closing,
    async close() {
      closing = true;
      for (const part of parts.splice(0).toReversed()) await part.close().catch(() => {});
    },
  };
}
