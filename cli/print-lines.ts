import { toPlainText } from '../lib/log/plain-text.ts';

/** Prints lines that may hold the words of strangers: none of them reaches the terminal as more than text. */
export function printLines(lines: readonly string[]): void {
  for (const line of lines) console.log(toPlainText(line));
}
