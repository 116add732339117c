/** Log lines, errors and calls, each in a line or a few. Pure. */
import { type JsonObject, readText, toObject } from '../../lib/json/json.ts';
import { redactCredentials } from '../../lib/log/redact.ts';
import { cutText, toPlainText } from '../../lib/log/plain-text.ts';
import type { ShownCall } from './attribute-calls.ts';
import type { Paint } from './paint.ts';

/** What everything is written for. */
export interface Page {
  readonly paint: Paint;
  /** Characters in a line. */
  readonly width: number;
  /** Whether bodies of calls are told, too. */
  readonly bodies: boolean;
}

/** What every log line about a delivery has, and what its headline shows already. */
export const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  'timestamp',
  'level',
  'code',
  'message',
  'version',
  'delivery',
  'event',
  'action',
  'installation',
  'hook',
  'handler',
  'queueMessage',
]);

/** Lines that are told in words. */
const TOLD_LINES: ReadonlySet<unknown> = new Set([
  'call',
  'handler',
  'delivery',
  'rejected',
  'dead letter',
  'record goes back',
]);

/** A fault says what to do; what a handler threw stands beneath it. */
export function aboutError(error: unknown, paint: Paint): readonly string[] {
  const { name, message, stack, cause } = toObject(error);
  if (typeof message !== 'string') return [];
  const frames: readonly unknown[] = Array.isArray(stack) ? stack : [];
  const own = frames.find((frame) => String(frame).includes('functions/'));
  const lead = name === 'ServiceFault' ? '' : `${String(name)}: `;
  const text = `      ${paint('red', printable(lead + message))}`;
  const at = own !== undefined && name !== 'ServiceFault' ? [`      ${paint('dim', printable(own))}`] : [];
  return [text, ...at, ...aboutError(cause, paint)];
}

/** What a handler wrote with its `log`; without a handler, what the function wrote about the delivery. */
export function notes(
  lines: readonly JsonObject[],
  handler: string | undefined,
  page: Page,
): readonly string[] {
  return lines
    .filter((line) => readText(line, 'handler') === handler)
    .filter(({ message }) => !TOLD_LINES.has(message))
    .map((line) => `    ${note(line, page)}`);
}

/** A log line, with the fields that its headline does not show. */
export function note(line: JsonObject, { paint, width }: Omit<Page, 'bodies'>): string {
  const level = (readText(line, 'level') ?? 'INFO').toLowerCase();
  const style = level === 'error' ? 'red' : level === 'warn' ? 'yellow' : 'cyan';
  const fields = Object.entries(line)
    .filter(([key]) => !KNOWN_FIELDS.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const words = [readText(line, 'message') ?? '', ...fields].map(printable);
  return `${paint(style, `log.${level}`)}  ${wrap(words, width - 18).join(`\n${' '.repeat(17)}`)}`;
}

/** Calls to GitHub, aligned. */
export function aboutCalls(calls: readonly ShownCall[], { paint, width, bodies }: Page): readonly string[] {
  const paths = calls.map(({ path }) => cut(shortenShas(printable(path)), width - 24));
  const pathWidth = Math.max(0, ...paths.map((path) => path.length));
  return calls.flatMap(({ method, status, requestBody, responseBody }, index) => {
    const path = (paths[index] ?? '').padEnd(pathWidth);
    const answered = status === 0 ? 'no answer' : String(status);
    const style = status > 0 && status < 400 ? 'dim' : 'red';
    return [
      `    ${paint('dim', '→')} ${method.padEnd(6)} ${path}  ${paint(style, answered)}`,
      ...(bodies ? [...aboutBody('sent', requestBody, width), ...aboutBody('got', responseBody, width)] : []),
    ].map((text, line) => (line === 0 ? text : paint('dim', text)));
  });
}

/** In a line, or as much of it as three hold: whoever wants more has the console. */
function aboutBody(label: string, body: unknown, width: number): readonly string[] {
  if (body === undefined) return [];
  const room = width - 20;
  const json = printable(redactCredentials(JSON.stringify(body)));
  const lines = [0, 1, 2].map((line) => json.slice(line * room, (line + 1) * room)).filter(Boolean);
  const more = json.length > 3 * room ? '…' : '';
  return lines.map(
    (text, line) => `        ${(line === 0 ? label : '').padEnd(4)}  ${text}${line === 2 ? more : ''}`,
  );
}

/** Without what a terminal would obey. */
export function printable(text: unknown): string {
  return toPlainText(String(text));
}

/** The text, or as much of it as has room, and an ellipsis. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${cutText(text, Math.max(0, length - 1))}…`;
}

/** `/commits/6113728f27…/check-runs`: nobody reads 40 digits. */
function shortenShas(path: string): string {
  return path.replaceAll(/\b([0-9a-f]{10})[0-9a-f]{30}\b/g, '$1…');
}

/** Lines of whole words; a word that is too long gets a line of its own. */
function wrap(words: readonly string[], length: number): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const longer = `${lines.at(-1)}  ${word}`;
    if (lines.length > 0 && longer.length <= length) lines.splice(-1, 1, longer);
    else lines.push(word);
  }
  return lines;
}
