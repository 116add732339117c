/** Tells people what became of a delivery, in a few aligned lines. Pure: text out, nothing printed. */
import { attributeCalls } from './attribute-calls.ts';
import { cutText, toPlainText } from '../../lib/log/plain-text.ts';
import type { IssuedToken, RecordedCall } from '../github/types.ts';
import { isObject, type JsonObject, parseJson, readText, toObject } from '../../lib/json/json.ts';
import type { Paint, Style } from './paint.ts';
import { type HandlerReport, type Story, toExchangeStory, toWorkStory } from './story.ts';
import type { Exchange } from './watch.ts';
import type { Work } from './watch-worker.ts';

export interface Narrator {
  /** @param recordedAs Name of the fixture, where it was one. */
  exchange(exchange: Exchange, recordedAs?: string): string;
  work(work: Work): string;
  /** A line of the function's output that is about no delivery. */
  stray(line: string): string;
}

interface NarratorOptions {
  readonly paint: Paint;
  /** Characters in a line. */
  readonly width: number;
  /** Every token that the GitHub stand-in issued so far. */
  readonly tokens: readonly IssuedToken[];
}

const LOOKS: Readonly<Record<string, { mark: string; style: Style }>> = {
  handled: { mark: '✓', style: 'green' },
  queued: { mark: '»', style: 'cyan' },
  duplicate: { mark: '=', style: 'dim' },
  ignored: { mark: '·', style: 'dim' },
  skipped: { mark: '○', style: 'yellow' },
  failed: { mark: '✗', style: 'red' },
  rejected: { mark: '✗', style: 'red' },
  'no answer': { mark: '✗', style: 'red' },
};
const UNKNOWN_LOOK = { mark: '?', style: 'yellow' } as const;

/** What every log line about a delivery has, and what its headline shows already. */
const KNOWN_FIELDS = new Set([
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
  'handler',
  'delivery',
  'rejected',
  'dead letter',
  'record goes back',
]);

export function createNarrator({ paint, width, tokens }: NarratorOptions): Narrator {
  return {
    exchange: (exchange, recordedAs) => tell(toExchangeStory(exchange, recordedAs)),
    work: (work) => tell(toWorkStory(work)),
    stray(text) {
      const line = parseJson(text);
      return isObject(line) ? `  ${note(line)}` : `  ${paint('dim', '│')} ${printable(text)}`;
    },
  };

  function tell(story: Story): string {
    const { handlers, lines, calls, repositories } = story;
    const { byHandler, others } = attributeCalls(handlers, calls, tokens);
    const nameWidth = Math.max(0, ...handlers.map(({ name }) => name.length));
    return [
      headline(story),
      `  ${paint('dim', cut(printable(story.names.join('  ')), width - 4))}`,
      ...handlers.flatMap((handler) => [
        aboutHandler(handler, nameWidth, repositories),
        ...aboutError(handler.error),
        ...notes(lines, handler.name),
        ...aboutCalls(byHandler.get(handler.name) ?? []),
      ]),
      ...story.remarks.map(({ text, style }) => `  ${paint(style, printable(text))}`),
      ...aboutError(story.error),
      ...notes(lines, undefined),
      ...aboutCalls(others),
      ...(story.overlapped && calls.length > 0
        ? [`    ${paint('dim', 'Other deliveries were under way: some of these calls may be theirs.')}`]
        : []),
      '',
    ]
      .map((line) => `  ${line}`.trimEnd())
      .join('\n');
  }

  function headline({ title, subject, outcome, ending, durationMs }: Story): string {
    const { mark, style } = LOOKS[outcome] ?? UNKNOWN_LOOK;
    const start = printable(title);
    const end = `${ending}  ${String(durationMs).padStart(4)} ms`;
    const about = cut(printable(subject), width - start.length - end.length - 8);
    const gap = ' '.repeat(Math.max(2, width - start.length - about.length - end.length - 6));
    return `${paint(style, mark)} ${paint('bold', start)}  ${about}${gap}${paint(style, end)}`;
  }

  function aboutHandler(
    { name, outcome, reason, grant, token, durationMs, attempt }: HandlerReport,
    nameWidth: number,
    repositories: ReadonlyMap<string, string>,
  ): string {
    const { style } = LOOKS[outcome] ?? UNKNOWN_LOOK;
    const time = durationMs === undefined ? '' : `${durationMs} ms`;
    const start = `${name.padEnd(nameWidth)}  ${paint(style, outcome.padEnd(7))}  ${time.padStart(7)}`;
    const told = [
      ...(attempt === undefined || attempt === 1 ? [] : [`attempt ${attempt}`]),
      ...(reason === undefined ? [] : [paint(style, printable(reason))]),
      ...(outcome === 'ignored' ? [paint('dim', 'its `when` said no')] : []),
      ...(grant === undefined ? [] : [aboutToken(token, nameRepositories(grant, repositories))]),
      ...(outcome === 'handled' && grant === undefined && durationMs !== undefined
        ? [paint('dim', 'needs no token')]
        : []),
    ];
    return `  ${start}   ${told.join('   ')}`;
  }

  function aboutToken(token: string | undefined, grant: string): string {
    return `${token === undefined ? 'no token' : `token ${token}`}: ${paint('cyan', printable(grant))}`;
  }

  /** A fault says what to do; what a handler threw stands beneath it. */
  function aboutError(error: unknown): string[] {
    const { name, message, stack, cause } = toObject(error);
    if (typeof message !== 'string') return [];
    const frames: readonly unknown[] = Array.isArray(stack) ? stack : [];
    const own = frames.find((frame) => String(frame).includes('functions/'));
    const lead = name === 'ServiceFault' ? '' : `${String(name)}: `;
    const text = `      ${paint('red', printable(lead + message))}`;
    const at = own !== undefined && name !== 'ServiceFault' ? [`      ${paint('dim', printable(own))}`] : [];
    return [text, ...at, ...aboutError(cause)];
  }

  /** What a handler wrote with its `log`; without a handler, what the function wrote about the delivery. */
  function notes(lines: readonly JsonObject[], handler: string | undefined): string[] {
    return lines
      .filter((line) => readText(line, 'handler') === handler)
      .filter(({ message }) => !TOLD_LINES.has(message))
      .map((line) => `    ${note(line)}`);
  }

  function note(line: JsonObject): string {
    const level = (readText(line, 'level') ?? 'INFO').toLowerCase();
    const style = level === 'error' ? 'red' : level === 'warn' ? 'yellow' : 'cyan';
    const fields = Object.entries(line)
      .filter(([key]) => !KNOWN_FIELDS.has(key))
      .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
    const words = [readText(line, 'message') ?? '', ...fields].map(printable);
    return `${paint(style, `log.${level}`)}  ${wrap(words, width - 18).join(`\n${' '.repeat(17)}`)}`;
  }

  function aboutCalls(calls: readonly RecordedCall[]): string[] {
    const paths = calls.map(({ path }) => cut(shortenShas(printable(path)), width - 24));
    const pathWidth = Math.max(0, ...paths.map((path) => path.length));
    return calls.map(({ method, status }, index) => {
      const path = (paths[index] ?? '').padEnd(pathWidth);
      const answered = status === 0 ? 'no answer' : String(status);
      const style = status > 0 && status < 400 ? 'dim' : 'red';
      return `    ${paint('dim', '→')} ${method.padEnd(6)} ${path}  ${paint(style, answered)}`;
    });
  }
}

/** Log lines name repositories by id; people know them by name. */
function nameRepositories(grant: string, names: ReadonlyMap<string, string>): string {
  const [permissions = '', repositories = ''] = grant.split(' on ');
  const named = repositories.split(',').map((id) => names.get(id) ?? id);
  return `${permissions} on ${named.join(', ')}`;
}

function printable(text: unknown): string {
  return toPlainText(String(text));
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

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${cutText(text, Math.max(0, length - 1))}…`;
}
