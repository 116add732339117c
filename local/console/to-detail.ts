/** A delivery's whole way, for the console. Pure. */
import { FAULTS, REJECTIONS } from '../../lib/reasons.ts';
import { isObject, type JsonObject, readText } from '../../lib/json/json.ts';
import { parseSignature, verifySignature } from '../../lib/webhook/verify.ts';
import type { IssuedToken } from '../github/types.ts';
import { attributeCalls, type ShownCall, toGrantText } from '../terminal/attribute-calls.ts';
import { KNOWN_FIELDS } from '../terminal/notes.ts';
import { type HandlerReport, type Story, toExchangeStory, toWorkStory } from '../terminal/story.ts';
import { withoutMarks } from '../terminal/without-marks.ts';
import type { Entry } from './journal.ts';
import type { CallView, Detail, ErrorView, HandlerView, LineView, Pass, SignatureCheck } from './messages.ts';
import type { Redaction } from './redaction.ts';
import { toBytes } from './send-again.ts';
import { toSummary } from './to-summary.ts';

interface DetailDeps {
  readonly secret: string;
  /** Every token that the stand-in issued; empty with another GitHub. */
  readonly tokens: readonly IssuedToken[];
  readonly redaction: Redaction;
  /** Names of the handlers that there are now. */
  readonly handlers: readonly string[];
}

export function toDetail(entry: Entry, deps: DetailDeps): Detail {
  const { request, exchange, works, at } = entry;
  const { redaction } = deps;
  const first =
    exchange &&
    toPass(
      { by: 'webhook', at, durationMs: exchange.durationMs },
      toExchangeStory(exchange, undefined),
      deps,
    );
  const later = works.map(({ work, at: ended }) => {
    const began = new Date(ended.getTime() - work.durationMs);
    return toPass({ by: 'worker', at: began, durationMs: work.durationMs }, toWorkStory(work), deps);
  });
  return {
    summary: toSummary(entry),
    method: request.requestContext.http.method,
    path: redaction.text(request.rawPath),
    headers: Object.entries(request.headers).map(([name, value = '']) => [name, redaction.text(value)]),
    signature: checkSignature(entry, deps.secret),
    contentType: request.headers['content-type'] ?? '',
    knownHandlers: deps.handlers,
    passes: [...(first === undefined ? [] : [first]), ...later].map((pass) => onlyAsked(pass, entry)),
  };
}

function checkSignature(entry: Entry, secret: string): SignatureCheck {
  const header = entry.request.headers['x-hub-signature-256'];
  const body = toBytes(entry);
  const signature = parseSignature(header);
  const verdict =
    header === undefined
      ? 'missing'
      : signature === undefined
        ? 'malformed'
        : verifySignature(body, signature, [secret])
          ? 'valid'
          : 'wrong';
  return { verdict, header: header ?? null, bytes: body.length };
}

function toPass(
  when: { readonly by: Pass['by']; readonly at: Date; readonly durationMs: number },
  story: Story,
  deps: DetailDeps,
): Pass {
  const { redaction, tokens } = deps;
  const { byHandler, others } = attributeCalls(story.handlers, story, tokens);
  const ownLines = story.lines.filter(({ code }) => !TOLD_CODES.has(code));
  const error = toError(story.error, redaction);
  return {
    ...when,
    at: when.at.toISOString(),
    outcome: story.outcome,
    ending: story.ending,
    remarks: story.remarks.map(({ text }) => redaction.text(text)),
    handlers: story.handlers.map((report) =>
      toHandler(report, {
        ...deps,
        story,
        calls: byHandler.get(report.name) ?? [],
        lines: ownLines.filter((line) => line['handler'] === report.name),
      }),
    ),
    calls: others.map((call) => toCall(call, redaction)),
    lines: ownLines.filter((line) => line['handler'] === undefined).map((line) => toLine(line, redaction)),
    ...(error !== undefined && { error }),
  };
}

/** Lines that the page tells in another way. */
const TOLD_CODES: ReadonlySet<unknown> = new Set([
  'delivery',
  'handler',
  'rejected',
  'github_call',
  'dead_letter',
  'record_goes_back',
]);

interface HandlerContext extends DetailDeps {
  readonly story: Story;
  readonly calls: readonly ShownCall[];
  readonly lines: readonly JsonObject[];
}

function toHandler(report: HandlerReport, context: HandlerContext): HandlerView {
  const { name, outcome, reason, attempt, grant, token, durationMs } = report;
  const { redaction, story, calls, lines } = context;
  const meaning = reason === undefined ? undefined : explain(reason);
  const silence = explainSilence(report);
  const error = toError(report.error, redaction);
  const given = token === undefined ? undefined : findGiven(report, context);
  return {
    name,
    outcome,
    ...(reason !== undefined && { reason: redaction.text(reason) }),
    ...(meaning !== undefined && { meaning }),
    ...(silence !== undefined && { silence }),
    ...(attempt !== undefined && { attempt }),
    ...(grant !== undefined && { asked: nameRepositories(grant, story.repositories) }),
    ...(given !== undefined && { given: nameRepositories(given, story.repositories) }),
    ...(token !== undefined && { token }),
    ...(durationMs !== undefined && { durationMs }),
    ...(error !== undefined && { error }),
    calls: calls.map((call) => toCall(call, redaction)),
    lines: lines.map((line) => toLine(line, redaction)),
  };
}

/** A code may have a detail behind it. */
function explain(reason: string): string | undefined {
  const code = /^\w+/.exec(reason)?.[0] ?? '';
  const found = Object.entries({ ...FAULTS, ...REJECTIONS }).find(([known]) => known === code)?.[1];
  return found && withoutMarks([found.meaning, found.todo].filter((text) => text !== '').join('. '));
}

function explainSilence({ outcome, grant, durationMs }: HandlerReport): string | undefined {
  if (outcome === 'ignored') return 'its `when` said no: nothing was claimed and no token was minted';
  if (outcome === 'duplicate') return 'the ledger has it as done for this delivery id: it did not run again';
  if (outcome === 'handled' && grant === undefined && durationMs !== undefined)
    return 'it declares no permissions, so it has no token';
  return undefined;
}

/** What the token carries, by the stand-in's own account. GitHub's answer is held against the grant by the mint. */
function findGiven({ grant }: HandlerReport, { calls, tokens }: HandlerContext): string | undefined {
  const used = new Set(calls.flatMap(({ tokenSha256 }) => tokenSha256 ?? []));
  const found = tokens.findLast(({ sha256 }) => used.has(sha256));
  return found === undefined ? grant : toGrantText(found.grant.permissions, found.grant.repositoryIds);
}

/** Log lines name repositories by id; people know them by name. */
function nameRepositories(grant: string, names: ReadonlyMap<string, string>): string {
  const [permissions = '', repositories = ''] = grant.split(' on ');
  return `${permissions} on ${repositories
    .split(',')
    .map((id) => names.get(id) ?? id)
    .join(', ')}`;
}

function toCall(call: ShownCall, redaction: Redaction): CallView {
  const { method, path, status, durationMs, requestBody, responseBody } = call;
  return {
    method,
    path: redaction.text(path),
    status,
    ...(durationMs !== undefined && { durationMs }),
    ...(requestBody !== undefined && { request: redaction.value(requestBody) }),
    ...(responseBody !== undefined && { response: redaction.value(responseBody) }),
  };
}

function toLine(line: JsonObject, redaction: Redaction): LineView {
  const fields = Object.entries(line).filter(([name]) => !KNOWN_FIELDS.has(name));
  return {
    at: readText(line, 'timestamp') ?? '',
    level: (readText(line, 'level') ?? 'info').toLowerCase(),
    message: redaction.text(readText(line, 'message') ?? ''),
    fields: Object.fromEntries(fields.map(([name, value]) => [name, redaction.value(value)])),
  };
}

function toError(error: unknown, redaction: Redaction): ErrorView | undefined {
  if (!isObject(error) || typeof error['message'] !== 'string') return undefined;
  const stack: readonly unknown[] = Array.isArray(error['stack']) ? error['stack'] : [];
  const cause = toError(error['cause'], redaction);
  return {
    name: readText(error, 'name') ?? 'Error',
    message: redaction.text(error['message']),
    stack: stack.map((frame) => redaction.text(String(frame))),
    ...(cause !== undefined && { cause }),
  };
}

/** A replay to one handler shows that handler alone: the others were kept from running. */
function onlyAsked(pass: Pass, { origin: { handler } }: Entry): Pass {
  if (handler === undefined) return pass;
  return { ...pass, handlers: pass.handlers.filter(({ name }) => name === handler) };
}
