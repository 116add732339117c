/** Text of strangers, made safe to show: at a terminal, in an answer, in a log line. Pure. */

/**
 * What moves a cursor, starts an escape sequence, breaks a line, or turns the direction of what follows: C0, C1,
 * the line separators, and the marks of bidirectional text.
 */
// oxlint-disable-next-line no-control-regex
export const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The text on one line, with a dot for each character that could play a trick on whoever reads it. */
export function toPlainText(text: string): string {
  return text.replaceAll(UNSAFE, '·');
}

/** JSON that means the same and is plain: JSON.stringify itself escapes C0 only. */
export function toPlainJson(json: string): string {
  return json.replaceAll(
    UNSAFE,
    (found) => String.raw`\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The beginning of a text, of so many UTF-16 units at most; a character that needs two of them is not cut in half. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const splitsPair = /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(maxLength - 1, maxLength + 1));
  return text.slice(0, splitsPair ? maxLength - 1 : maxLength);
}
