/** A line of the log by the short way, as nearly every line can be written. Pure. */
import { UNSAFE } from './plain-text.ts';
import { CREDENTIAL_START } from './redact.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What every line begins with. */
export interface LineHead {
  readonly timestamp: string;
  readonly level: string;
  readonly code: string | undefined;
  readonly message: string;
}

/** Fields that stand on every line of a log. */
export interface Bound {
  readonly fields: Fields;
  /** As they stand there; undefined where something in them may have to be hidden. */
  readonly plain: string | undefined;
}

/** What is longer may be a text that is to be cut. */
const MAX_LENGTH = 1_000;

/**
 * What stands in JSON where something may be to hide, or to write in another way: the beginning of a credential or of
 * JSON, the name of a header that carries credentials, a character that could play a trick, and whatever JSON escapes.
 * Without the last, all texts stand in it as they are.
 */
const TO_LOOK_AT = new RegExp(
  [CREDENTIAL_START.source, UNSAFE.source, String.raw`[{[\\]`, '"authorization"'].join('|'),
  'i',
);

/** What a line begins with has its place, and its name is taken. */
const HEAD: Readonly<Record<keyof LineHead, undefined>> = {
  timestamp: undefined,
  level: undefined,
  code: undefined,
  message: undefined,
};

/** Nothing but what every line begins with. */
export const UNBOUND: Bound = { fields: HEAD, plain: '' };

/** The same with more fields: they are looked at once for all lines. */
export function bind({ fields, plain }: Bound, more: Fields): Bound {
  const added = plain === undefined ? undefined : toPlainFields(more, fields);
  return { fields: { ...fields, ...more }, plain: added === undefined ? undefined : `${plain}${added}` };
}

/**
 * Fields as they stand in a line behind others: `,"delivery":"…","event":"issues"`. Most hold a few short texts and
 * numbers, with nothing in them to hide.
 *
 * @param taken Names that are not theirs to have.
 * @returns undefined where something may have to be hidden, cut, or written in another way.
 */
export function toPlainFields(fields: Fields, taken: Fields): string | undefined {
  try {
    if ('toJSON' in fields) return undefined;
    for (const name in fields) if (name in taken || !isPlain(fields[name])) return undefined;
    const json = JSON.stringify(fields);
    if (json === '{}') return '';
    const isSeen = json.startsWith('{') && json.length <= MAX_LENGTH && !TO_LOOK_AT.test(json.slice(1));
    return isSeen ? `,${json.slice(1, -1)}` : undefined;
  } catch {
    return undefined;
  }
}

/** Not what is large: to write it would be for nothing. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= MAX_LENGTH;
  return typeof value !== 'object' || value === null;
}

/** Whether none of the texts stands in a line that has nothing else to hide. */
export function holdsNone(line: string, secrets: Iterable<string>): boolean {
  for (const secret of secrets) if (secret !== '' && line.includes(secret)) return false;
  return true;
}
