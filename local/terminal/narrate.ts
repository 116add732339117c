/** Tells people what became of a delivery, in a few aligned lines. Pure: text out, nothing printed. */
import { findHint } from '../fixtures/stand-in-hint.ts';
import { aboutRefusal } from './about-refusal.ts';
import { attributeCalls, type ShownCall } from './attribute-calls.ts';
import type { IssuedToken } from '../github/types.ts';
import { isObject, type JsonObject, parseJson, readText } from '../../lib/json/json.ts';
import { aboutCalls, aboutError, cut, note, notes, type Page, printable } from './notes.ts';
import type { Paint, Style } from './paint.ts';
import { type HandlerReport, type Story, toExchangeStory, toWorkStory } from './story.ts';
import type { Exchange } from './watch.ts';
import type { Work } from './watch-worker.ts';

export interface Narrator {
  /** @param recordedAs Name of the fixture, where it was one. */
  exchange(exchange: Exchange, recordedAs?: string): string;
  work(work: Work): string;
  /** A line of the function's output that is about no delivery; undefined where it is not loud enough. */
  stray(line: string): string | undefined;
}

interface NarratorOptions {
  readonly paint: Paint;
  /** Characters in a line. */
  readonly width: number;
  /** Every token that the GitHub stand-in issued so far. */
  readonly tokens: readonly IssuedToken[];
  /** Whether GitHub is the stand-in of `world.json`. */
  readonly isStandIn?: boolean;
  /** Whether bodies of calls are told, too. */
  readonly showsBodies?: () => boolean;
  /** The least of the log lines that is told: the functions write all of them. Default `info`. */
  readonly level?: () => string;
}

/** What is known when something is told. */
interface Known {
  readonly isStandIn: boolean;
  readonly tokens: readonly IssuedToken[];
  readonly level: string;
}

const LEVELS = ['debug', 'info', 'warn', 'error'];

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

export function createNarrator({
  paint,
  width,
  tokens,
  isStandIn = false,
  showsBodies,
  level = () => 'info',
}: NarratorOptions): Narrator {
  const page = {
    paint,
    width,
    get bodies() {
      return showsBodies?.() ?? false;
    },
  };
  return {
    exchange: (exchange, recordedAs) =>
      tell(toExchangeStory(exchange, recordedAs), page, { isStandIn, tokens, level: level() }),
    work: (work) => tell(toWorkStory(work), page, { isStandIn, tokens, level: level() }),
    stray(text) {
      const line = parseJson(text);
      if (isObject(line) && !isLoud(line, level())) return undefined;
      return isObject(line) ? `  ${note(line, page)}` : `  ${paint('dim', '│')} ${printable(text)}`;
    },
  };
}

function tell(story: Story, page: Page, { isStandIn, tokens, level }: Known): string {
  const { paint, width } = page;
  const { handlers, calls, repositories } = story;
  const { byHandler, others } = attributeCalls(handlers, story, tokens);
  const lines = story.lines.filter((line) => isLoud(line, level));
  const nameWidth = Math.max(0, ...handlers.map(({ name }) => name.length));
  return [
    headline(story, page),
    `  ${paint('dim', cut(printable(story.names.join('  ')), width - 4))}`,
    ...handlers.flatMap((handler) => [
      aboutHandler(handler, { nameWidth, repositories, paint }),
      ...aboutError(handler.error, paint),
      ...(isStandIn ? tellHint(handler, paint) : []),
      ...tellRefusal(handler, byHandler.get(handler.name) ?? [], paint),
      ...notes(lines, handler.name, page),
      ...aboutCalls(byHandler.get(handler.name) ?? [], page),
    ]),
    ...story.remarks.map(({ text, style }) => `  ${paint(style, printable(text))}`),
    ...aboutError(story.error, paint),
    ...notes(lines, undefined, page),
    ...aboutCalls(others, page),
    ...(story.overlapped && calls.length > 0
      ? [`    ${paint('dim', 'Other deliveries were under way: some of these calls may be theirs.')}`]
      : []),
    '',
  ]
    .map((line) => `  ${line}`.trimEnd())
    .join('\n');
}

function tellHint({ reason }: HandlerReport, paint: Paint): readonly string[] {
  const hint = findHint(reason);
  return hint === undefined ? [] : [`      ${paint('yellow', hint)}`];
}

function tellRefusal(
  { reason }: HandlerReport,
  calls: readonly ShownCall[],
  paint: Paint,
): readonly string[] {
  const text = aboutRefusal(reason, calls);
  return text === undefined ? [] : [`      ${paint('yellow', printable(text))}`];
}

/** What is no line of the log is always told. */
function isLoud(line: JsonObject, least: string): boolean {
  const level = readText(line, 'level')?.toLowerCase() ?? 'info';
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least);
}

function headline({ title, subject, outcome, ending, durationMs }: Story, { paint, width }: Page): string {
  const { mark, style } = LOOKS[outcome] ?? UNKNOWN_LOOK;
  const start = printable(title);
  const end = `${ending}  ${String(durationMs).padStart(4)} ms`;
  const about = cut(printable(subject), width - start.length - end.length - 8);
  const gap = ' '.repeat(Math.max(2, width - start.length - about.length - end.length - 6));
  return `${paint(style, mark)} ${paint('bold', start)}  ${about}${gap}${paint(style, end)}`;
}

interface HandlerLook {
  /** Of the longest name. */
  readonly nameWidth: number;
  /** Names of repositories by their ids. */
  readonly repositories: ReadonlyMap<string, string>;
  readonly paint: Paint;
}

function aboutHandler(
  { name, outcome, reason, grant, token, durationMs, attempt }: HandlerReport,
  { nameWidth, repositories, paint }: HandlerLook,
): string {
  const { style } = LOOKS[outcome] ?? UNKNOWN_LOOK;
  const time = durationMs === undefined ? '' : `${durationMs} ms`;
  const start = `${name.padEnd(nameWidth)}  ${paint(style, outcome.padEnd(7))}  ${time.padStart(7)}`;
  const told = [
    ...(attempt === undefined || attempt === 1 ? [] : [`attempt ${attempt}`]),
    ...(reason === undefined ? [] : [paint(style, printable(reason))]),
    ...(outcome === 'ignored' ? [paint('dim', 'its `when` said no')] : []),
    ...(grant === undefined ? [] : [aboutToken(token, nameRepositories(grant, repositories), paint)]),
    ...(outcome === 'handled' && grant === undefined && durationMs !== undefined
      ? [paint('dim', 'needs no token')]
      : []),
  ];
  return `  ${start}   ${told.join('   ')}`;
}

function aboutToken(token: string | undefined, grant: string, paint: Paint): string {
  return `${token === undefined ? 'no token' : `token ${token}`}: ${paint('cyan', printable(grant))}`;
}

/** Log lines name repositories by id; people know them by name. */
function nameRepositories(grant: string, names: ReadonlyMap<string, string>): string {
  const [permissions = '', repositories = ''] = grant.split(' on ');
  const named = repositories.split(',').map((id) => names.get(id) ?? id);
  return `${permissions} on ${named.join(', ')}`;
}
