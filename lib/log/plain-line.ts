/** A line of the log by the short way, as nearly every line can be written. Pure. */
import { toPlainJson } from './plain-text.ts';
import { hidesNothing } from './redact.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The line where nothing in it is to be hidden: most lines are ours, and hold a few short texts and numbers. All their
 * texts are looked at in one.
 *
 * @param sources What comes first wins.
 * @returns undefined where something may have to be hidden, cut, or written in another way.
 */
export function toPlainLine(
  sources: readonly (Fields | undefined)[],
  secrets: Iterable<string>,
): string | undefined {
  const entry: Record<string, unknown> = {};
  const texts: string[] = [];
  try {
    for (const source of sources) {
      if (source === undefined) continue;
      for (const key of Object.keys(source)) {
        if (Object.hasOwn(entry, key)) continue;
        const value = source[key];
        if (typeof value === 'string') texts.push(value);
        else if (!isScalar(value)) return undefined;
        texts.push(key);
        entry[key] = value;
      }
    }
  } catch {
    return undefined;
  }
  const all = `|${texts.join('|')}`;
  return hidesNothing(all, secrets) && !UNUSUAL.test(all) ? toPlainJson(JSON.stringify(entry)) : undefined;
}

function isScalar(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean' || value === undefined || value === null;
}

/** Names that are no ordinary fields: of a header that carries credentials, and those that JSON or objects know. */
const UNUSUAL = /\|(?:authorization|toJSON|__proto__)(?:\||$)/i;
