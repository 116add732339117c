/**
 * JSON whose integers stay exact: what a number cannot hold, as the ids of GitHub's deliveries, becomes a BigInt.
 *
 * Not `json-with-bigint`, which Octokit reads with: it asks Node about every value there is, fifty times slower
 * than `JSON.parse` on lists of numbers, and throws for an object with a field `toString` (3.5.12).
 */
import { randomUUID } from 'node:crypto';
import { isObject } from './json.ts';

/** With fewer digits, a number holds the integer. */
const LONG_INTEGER = /(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;
const DIGITS = 16;

/** Begins the text that stands for a BigInt while JSON is read or written. No text of a stranger's can. */
const MARK = `${randomUUID()}:`;
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, 'g');

/** @throws SyntaxError */
export function parseExactJson(text: string): unknown {
  const marked = hasLongRun(text) ? markUnsafeIntegers(text) : text;
  const value: unknown = JSON.parse(marked);
  return marked === text ? value : restore(value);
}

/** @throws TypeError for what refers to itself. */
export function stringifyExactJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    const text = JSON.stringify(value, (_, held: unknown) =>
      typeof held === 'bigint' ? `${MARK}${held}` : held,
    );
    return text.replaceAll(MARKED, '$1');
  }
}

/** Whether so many digits stand in a row: every such run has one at a place that is looked at. A tenth of what a pattern takes. */
function hasLongRun(text: string): boolean {
  for (let at = DIGITS - 1; at < text.length; at += DIGITS) {
    if (!isDigit(text, at)) continue;
    let first = at;
    let last = at;
    while (isDigit(text, first - 1)) first -= 1;
    while (isDigit(text, last + 1)) last += 1;
    if (last - first + 1 >= DIGITS) return true;
  }
  return false;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at); // NaN beyond either end
  return code >= 48 && code <= 57;
}

/** Between strings only: digits within one stay what they are. */
function markUnsafeIntegers(text: string): string {
  const parts: string[] = [];
  for (let at = 0; at < text.length;) {
    const quote = text.indexOf('"', at);
    const end = quote === -1 ? text.length : quote;
    const next = quote === -1 ? end : findEndOfString(text, quote);
    parts.push(text.slice(at, end).replaceAll(LONG_INTEGER, mark), text.slice(end, next));
    at = next;
  }
  return parts.join('');
}

function mark(digits: string): string {
  return Number.isSafeInteger(Number(digits)) ? digits : `"${MARK}${digits}"`;
}

/** @returns Where the text goes on behind the string; its end where the string has none. */
function findEndOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let first = quote;
    while (text[first - 1] === '\\') first -= 1;
    if ((quote - first) % 2 === 0) return quote + 1;
  }
  return text.length;
}

/** Without recursion: JSON may be nested deeper than the stack. */
function restore(root: unknown): unknown {
  const holders: Record<string, unknown>[] = [{ root }];
  const [all] = holders;
  for (let holder = holders.pop(); holder !== undefined; holder = holders.pop()) {
    for (const key in holder) {
      const value = holder[key];
      if (isMarked(value)) holder[key] = BigInt(value.slice(MARK.length));
      else if (isHolder(value)) holders.push(value);
    }
  }
  return all?.['root'];
}

function isMarked(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith(MARK);
}

/** Arrays too: they are read and written by key. */
function isHolder(value: unknown): value is Record<string, unknown> {
  return isObject(value) || Array.isArray(value);
}
