/** What there is to tell of a delivery, at the webhook or at the worker. Pure. */
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { parsePayload, toBodyFormat } from '../../lib/delivery/payload.ts';
import type { RecordedCall } from '../github/types.ts';
import { type JsonObject, readText, toObject } from '../../lib/json/json.ts';
import type { Style } from './paint.ts';
import type { Exchange } from './watch.ts';
import type { Work } from './watch-worker.ts';

export interface Story {
  /** `issues.opened`. */
  readonly title: string;
  /** What it is about: `octo-org/widgets#14 by monalisa`. */
  readonly subject: string;
  readonly outcome: string;
  /** `200 handled`. */
  readonly ending: string;
  readonly durationMs: number;
  /** What it is known by: its id first. */
  readonly names: readonly string[];
  readonly remarks: readonly Remark[];
  readonly handlers: readonly HandlerReport[];
  /** What went wrong apart from the handlers. */
  readonly error: unknown;
  readonly lines: readonly JsonObject[];
  readonly calls: readonly RecordedCall[];
  readonly overlapped: boolean;
  /** Names of repositories by id: log lines have ids, people know names. */
  readonly repositories: ReadonlyMap<string, string>;
}

interface Remark {
  readonly text: string;
  readonly style: Style;
}

export interface HandlerReport {
  readonly name: string;
  readonly outcome: string;
  readonly reason: string | undefined;
  readonly grant: string | undefined;
  readonly token: string | undefined;
  readonly durationMs: number | undefined;
  readonly attempt: number | undefined;
  readonly error: unknown;
}

/** Why a request was refused, for those who see it for the first time. */
const REJECTIONS: Readonly<Record<string, string>> = {
  method_not_allowed: 'GitHub sends POST',
  content_type_unsupported: 'neither application/json nor application/x-www-form-urlencoded',
  signature_missing: 'no X-Hub-Signature-256 as GitHub makes it',
  signature_mismatch: 'X-Hub-Signature-256 was not made from this body with the webhook secret',
  headers_missing: 'X-GitHub-Event or X-GitHub-Delivery is missing',
  payload_malformed: 'the body is not a JSON object',
};

/** @param recordedAs Name of the fixture, where it was one. */
export function toExchangeStory(exchange: Exchange, recordedAs: string | undefined): Story {
  const { request, status, answer, lines } = exchange;
  const payload = readRequestPayload(request);
  const event = request.headers['x-github-event'] ?? `${request.requestContext.http.method} without an event`;
  const outcome = readText(answer, 'outcome') ?? 'no answer';
  const handlers = readAnsweredHandlers(exchange);
  return {
    ...toShared(exchange, payload),
    title: toTitle(event, lines),
    outcome,
    ending: `${status} ${outcome}`,
    names: [
      request.headers['x-github-delivery'] ?? 'no delivery id',
      ...nameInstallation(lines),
      ...(recordedAs === undefined ? [] : [`${recordedAs}.json`]),
    ],
    remarks: handlers.length > 0 ? [] : explainAnswer(exchange, outcome),
    handlers,
    error: undefined,
  };
}

export function toWorkStory(work: Work): Story {
  const { record, delivery, lines } = work;
  const { content, envelope } = delivery ?? {};
  const payload = content?.kind === 'body' ? parsePayload(content.body, content.format) : undefined;
  const told = lines.find(({ message }) => message === 'delivery') ?? {};
  const outcome = readText(told, 'outcome') ?? toWorkOutcome(work);
  return {
    ...toShared(work, payload ?? {}),
    title: toTitle(envelope?.event ?? 'a message that is no delivery', lines),
    outcome,
    ending: `worker: ${outcome}`,
    names: [envelope?.id ?? record.messageId, ...nameInstallation(lines)],
    remarks: explainWork(work, told),
    handlers: lines.filter(({ message }) => message === 'handler').map((line) => toReport(line, line)),
    error: lines.find(({ message }) => message === 'record goes back')?.['error'],
  };
}

function toShared(track: Exchange | Work, payload: JsonObject) {
  const { lines, calls, durationMs, overlapped } = track;
  const repositories = readRepositoryNames(payload);
  return { lines, calls, durationMs, overlapped, subject: toSubject(payload), repositories };
}

/** Where no handler has anything to say. */
function explainAnswer({ status, answer, lines }: Exchange, outcome: string): readonly Remark[] {
  const reason =
    readText(answer, 'reason') ?? lines.map((line) => readText(line, 'reason')).find((text) => text);
  if (reason !== undefined) {
    const meaning = REJECTIONS[reason];
    return [{ text: meaning === undefined ? reason : `${reason}: ${meaning}`, style: 'red' }];
  }
  if (outcome === 'ignored') return [{ text: 'no handler claims it', style: 'dim' }];
  return status === 502 ? [{ text: 'the function gave no answer', style: 'red' }] : [];
}

/** Where no line tells: with a LOG_LEVEL above `info` none does of what is done. */
function toWorkOutcome({ lines, wentBack }: Work): string {
  if (lines.some(({ message }) => LAST_WORDS.has(message))) return 'failed';
  if (wentBack === undefined) return 'no answer';
  return wentBack ? 'failed' : 'handled';
}

const LAST_WORDS: ReadonlySet<unknown> = new Set(['dead letter', 'record goes back']);

/** What becomes of a message that is not done. */
function explainWork({ lines, wentBack }: Work, { next, delaySeconds }: JsonObject): readonly Remark[] {
  const dead = lines.find(({ message }) => message === 'dead letter');
  if (dead !== undefined) return [{ text: `dead letter: ${readText(dead, 'reason')}`, style: 'red' }];
  if (next === 'again') return [{ text: `comes back in ${Number(delaySeconds)} s`, style: 'yellow' }];
  if (next !== undefined || wentBack === false) return [];
  return [{ text: 'is still in the queue, and comes back', style: 'yellow' }];
}

/** The answer says what became of each handler; its log line, where there is one, says how. */
function readAnsweredHandlers({ answer, lines }: Exchange): readonly HandlerReport[] {
  const handlers: readonly unknown[] = Array.isArray(answer['handlers']) ? answer['handlers'] : [];
  return handlers.map(toObject).map((handler) => {
    const name = handler['name'];
    const line = lines.find((found) => found['message'] === 'handler' && found['handler'] === name) ?? {};
    return toReport({ ...handler, handler: name }, line);
  });
}

function toReport(what: JsonObject, line: JsonObject): HandlerReport {
  const { durationMs, attempt, error } = line;
  return {
    name: readText(what, 'handler') ?? '',
    outcome: readText(what, 'outcome') ?? '',
    reason: readText(what, 'reason'),
    grant: readText(line, 'grant'),
    token: readText(line, 'token'),
    durationMs: typeof durationMs === 'number' ? durationMs : undefined,
    attempt: typeof attempt === 'number' ? attempt : undefined,
    error,
  };
}

function toTitle(event: string, lines: readonly JsonObject[]): string {
  const action = lines.map((line) => readText(line, 'action')).find((found) => found !== undefined);
  return action === undefined ? event : `${event}.${action}`;
}

function nameInstallation(lines: readonly JsonObject[]): readonly string[] {
  const id = lines.map((line) => line['installation']).find((found) => typeof found === 'number');
  return id === undefined ? [] : [`installation ${id}`];
}

function readRequestPayload({ headers, body = '', isBase64Encoded }: LambdaFunctionURLEvent): JsonObject {
  const format = toBodyFormat(headers['content-type']);
  return (format && parsePayload(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'), format)) ?? {};
}

function toSubject(payload: JsonObject): string {
  const { number } = toObject(payload['issue'] ?? payload['pull_request']);
  const repository = readText(toObject(payload['repository']), 'full_name');
  const account = readText(toObject(toObject(payload['installation'])['account']), 'login');
  const where = repository ?? account;
  const sender = readText(toObject(payload['sender']), 'login');
  const what = typeof number === 'number' ? `${where ?? ''}#${number}` : where;
  return [...(what === undefined ? [] : [what]), ...(sender === undefined ? [] : [`by ${sender}`])].join(' ');
}

function readRepositoryNames(payload: JsonObject): ReadonlyMap<string, string> {
  const { id, full_name: name } = toObject(payload['repository']);
  return new Map(typeof name === 'string' ? [[String(id), name]] : []);
}
