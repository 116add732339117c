/** Colour for people at a terminal, and none for files, pipes and those who set NO_COLOR. */
import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
export type Paint = (style: Style, text: string) => string;

/** @see https://no-color.org */
export function createPaint(isTty: boolean, noColor: string | undefined): Paint {
  if (!isTty || (noColor ?? '') !== '') return (_, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}
