/** Where `npm start` prints, and how wide and how colourful. */
import { createPaint, type Paint } from './paint.ts';

export interface Terminal {
  readonly paint: Paint;
  /** Characters in a line. */
  readonly width: number;
  /** Prints so many lines. */
  readonly say: (...lines: readonly string[]) => void;
}

/** What is asked of `process.stdout`. */
interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Longer lines are hard to read, shorter ones hold too little, however wide the terminal is. */
const MAX_WIDTH = 120;
const MIN_WIDTH = 80;
/** Of a pipe or a file. */
const DEFAULT_WIDTH = 100;

/** @param noColor The variable `NO_COLOR`. */
export function createTerminal(output: Output, noColor: string | undefined): Terminal {
  return {
    paint: createPaint(output.isTTY === true, noColor),
    width: Math.max(MIN_WIDTH, Math.min(output.columns ?? DEFAULT_WIDTH, MAX_WIDTH)),
    say: (...lines) => void output.write(`${lines.join('\n')}\n`),
  };
}
