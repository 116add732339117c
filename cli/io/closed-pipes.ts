/** Whoever reads what a command says may stop reading, as `head` does: that is no mistake, and nobody is told. */
import type { Writable } from 'node:stream';

/** What is written to a pipe that was closed, and after that. */
const CODES: readonly unknown[] = ['EPIPE', 'ERR_STREAM_DESTROYED'];

/** The command comes to its own end, with its own exit code. Any other error of the stream is thrown. */
export function bearClosedPipes(...streams: readonly Writable[]): void {
  for (const stream of streams) {
    stream.on('error', (error) => {
      if (!('code' in error) || !CODES.includes(error.code)) throw error;
    });
  }
}
