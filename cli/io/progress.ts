/** One line that says what a command is doing, for whoever sits at a terminal and has waited for a second. */
import { stripVTControlCharacters } from 'node:util';
import { toPlainText } from '../../lib/log/plain-text.ts';
import type { Surroundings } from './surroundings.ts';

/** What is over sooner needs no line. */
const PATIENCE_MS = 1_000;

/** Takes the line away that the cursor is on. */
const CLEAR_LINE = '\r\u001b[2K';

export interface Progress {
  /** What is being done now. */
  say(text: string): void;
  /** Takes the line away; a later `say` brings it back. */
  clear(): void;
  end(): void;
}

export function createProgress({ stderr, clock }: Pick<Surroundings, 'stderr' | 'clock'>): Progress {
  let latest = '';
  let isShown = false;
  let isPatient = true;
  const draw = (): void => {
    if (latest === '') return;
    stderr.write(`${CLEAR_LINE}${toPlainText(stripVTControlCharacters(latest))} …`);
    isShown = true;
  };
  const clear = (): void => {
    if (isShown) stderr.write(CLEAR_LINE);
    isShown = false;
  };
  if (stderr.isTTY !== true) return { say() {}, clear() {}, end() {} };
  const stop = clock.after(PATIENCE_MS, () => {
    isPatient = false;
    draw();
  });
  return {
    say(text) {
      latest = text;
      if (!isPatient) draw();
    },
    clear,
    end() {
      stop();
      latest = '';
      clear();
    },
  };
}
