/** A line of the log by the short way, as nearly every line can be written. Pure. */
import { UNSAFE } from './plain-text.ts';
import { CREDENTIAL_START } from './redact.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What is longer may be a text that is to be cut. */
const MAX_LENGTH = 1_000;

/**
 * What a line holds where something may be to hide, or to write in another way: the beginning of a credential or of
 * JSON, the name of a header that carries credentials, a character that could play a trick, and whatever JSON escapes.
 * Without the last, all texts stand in the line as they are.
 */
const TO_LOOK_AT = new RegExp(
  [CREDENTIAL_START.source, UNSAFE.source, String.raw`[{[\\]`, '"authorization"'].join('|'),
  'i',
);

/**
 * The line where nothing in it is to be hidden: most lines are ours, and hold a few short texts and numbers. They are
 * looked at once, as they stand in the line.
 *
 * @param ours What has to stand in the line as it is.
 * @returns undefined where something may have to be hidden, cut, or written in another way.
 */
export function toPlainLine(
  ours: Fields,
  more: Fields | undefined,
  secrets: Iterable<string>,
): string | undefined {
  try {
    for (const name in more) if (name in ours || name === 'toJSON' || !isPlain(more[name])) return undefined;
    const line = JSON.stringify({ ...ours, ...more });
    if (line.length > MAX_LENGTH || TO_LOOK_AT.test(line.slice(1))) return undefined;
    for (const secret of secrets) if (secret !== '' && line.includes(secret)) return undefined;
    return line;
  } catch {
    return undefined;
  }
}

/** Not what is large: to write it would be for nothing. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= MAX_LENGTH;
  return typeof value !== 'object' || value === null;
}
