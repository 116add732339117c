/** What a command has of the world around it. It is handed in, so that a test runs a command without a process. */
import type { Readable, Writable } from 'node:stream';
import { type Clock, SYSTEM_CLOCK } from '../../lib/async/clock.ts';
import { openBrowser } from './open-browser.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A stream, and whether a person sits at its other end. */
type Terminal = { readonly isTTY?: boolean };

export interface Surroundings {
  /** The app's folder: the one that the command was typed in. */
  readonly folder: string;
  readonly env: Environment;
  readonly stdin: Readable & Terminal;
  readonly stdout: Writable & Terminal;
  readonly stderr: Writable & Terminal;
  readonly clock: Clock;
  /**
   * Calls back when somebody ends the command: Ctrl-C, or a `kill`.
   *
   * @returns Stops that: from then on such a signal ends the process at once.
   */
  readonly onInterrupt: (callback: () => void) => () => void;
  /** Opens a page where a person sits; elsewhere it does nothing. */
  readonly openBrowser: (url: string) => void;
  /** Has the process ended with the command, although something that was loaded may keep it running. */
  readonly endProcess: () => void;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export function surroundingsOfProcess(): Omit<Surroundings, 'endProcess'> {
  return {
    folder: process.cwd(),
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    clock: SYSTEM_CLOCK,
    openBrowser(url) {
      const isHere = process.stderr.isTTY && process.env['SSH_CONNECTION'] === undefined;
      if (isHere) openBrowser(url);
    },
    onInterrupt(callback) {
      // Once: whoever presses Ctrl-C twice does not want to wait for a clean end.
      for (const signal of SIGNALS) process.once(signal, callback);
      return () => {
        for (const signal of SIGNALS) process.off(signal, callback);
      };
    },
  };
}
