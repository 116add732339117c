/** The text of a `.env` with other values in it. Pure. */
import { parseEnv } from 'node:util';

/** Values by name. */
export type Values = Readonly<Record<string, string>>;

/** What stands there for a name and is not blank. */
export function findNamed(text: string, names: readonly string[]): readonly string[] {
  const values = parseEnv(text);
  return names.filter((name) => (values[name] ?? '').trim() !== '');
}

/** Each name once: in its first place where it has one, otherwise at the end. All else stays as it is. */
export function withValues(text: string, values: Values): string {
  return Object.entries(values).reduce(withValue, text === '' || text.endsWith('\n') ? text : `${text}\n`);
}

function withValue(text: string, [name, value]: readonly [string, string]): string {
  // A quoted value may have line breaks in it.
  const line = new RegExp(
    String.raw`^[ \t]*(?:export[ \t]+)?${name}[ \t]*=[ \t]*(?:"[^"]*"|'[^']*'|\`[^\`]*\`|)[^\n]*\n?`,
    'gm',
  );
  let isSet = false;
  const changed = text.replace(line, () => {
    if (isSet) return '';
    isSet = true;
    return `${name}=${quote(value)}\n`;
  });
  return isSet ? changed : `${text}${name}=${quote(value)}\n`;
}

/** So that `parseEnv` reads the very same value. */
function quote(value: string): string {
  if (/^[\w./:@+-]+$/.test(value)) return value;
  const mark = ["'", '`'].find((each) => !value.includes(each));
  if (mark === undefined || value.includes('\n')) throw new Error('a value that .env cannot hold');
  return `${mark}${value}${mark}`;
}
