/** Lines for a person: text that may hold the words of strangers, and our own colours. Pure. */
import { toPlainText } from '../../lib/log/plain-text.ts';
import type { Paint, Style } from '../../local/terminal/paint.ts';

/** Text in a colour. What is painted is made plain first, so that no stranger's text paints by itself. */
export interface Painted {
  readonly style: Style;
  readonly text: string;
}

/** A line: text, or pieces of text of which some are painted. */
export type Line = string | readonly (string | Painted)[];

export function painted(style: Style, text: string): Painted {
  return { style, text };
}

/** The line as it is printed: nothing in it moves a cursor or begins a line of its own. */
export function renderLine(line: Line, paint: Paint): string {
  return [line]
    .flat()
    .map((piece) =>
      typeof piece === 'string' ? toPlainText(piece) : paint(piece.style, toPlainText(piece.text)),
    )
    .join('');
}
