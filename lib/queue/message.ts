/**
 * The message that carries a delivery through the queue: all that is needed to handle it from
 * scratch, its body byte for byte. Pure; the format has a version.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { isObject, parseJson, readField } from '../json/json.ts';
import { defineFormat } from '../stored-format.ts';
import type { Envelope } from '../delivery/delivery.ts';
import type { BodyFormat } from '../delivery/payload.ts';

/** A delivery as it waits in the queue. */
export interface QueuedDelivery {
  readonly envelope: Envelope;
  readonly content: QueuedContent;
  /** Run again what is done: said by whoever redrives. */
  readonly replay: boolean;
  /** Whether a person put it back from the dead letters. */
  readonly redriven: boolean;
  /** The sweep took it from GitHub's log, and nobody asked: what has ended stays ended. */
  readonly swept?: boolean;
}

/** As it is first put into the queue. */
export type NewMessage = Omit<QueuedDelivery, 'redriven'>;

/** The body itself, or where GitHub's log has it: a body too large for a message. */
export type QueuedContent =
  | { readonly kind: 'body'; readonly format: BodyFormat; readonly body: Buffer }
  | { readonly kind: 'reference'; readonly logId: string };

type Decoded =
  | { readonly kind: 'delivery'; readonly delivery: QueuedDelivery }
  /** Written by a release whose messages this one does not read: not ours to judge. */
  | { readonly kind: 'unknown_format'; readonly format: unknown }
  | { readonly kind: 'malformed' };

/** 2: `redriven`, `swept`. */
export const MESSAGE_FORMAT = defineFormat({ oldest: 1, written: 2 });

/** GitHub sends 25 MB at most; a message that inflates beyond is none of ours. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** SQS refuses some characters, and JSON shrinks to a fifth: gzip, then base64. */
export function encodeMessage({ envelope, content, replay, swept = false }: NewMessage): string {
  return JSON.stringify({
    v: MESSAGE_FORMAT.written,
    delivery: { ...envelope, receivedAt: envelope.receivedAt.toISOString() },
    ...(content.kind === 'body'
      ? { format: content.format, gzip: gzipSync(content.body).toString('base64') }
      : { logId: content.logId }),
    ...(replay && { replay }),
    ...(swept && { swept }),
  });
}

/** Reads a message; never throws. */
export function decodeMessage(text: string): Decoded {
  const message = parseJson(text);
  const format = readField(message, 'v');
  if (format === undefined) return { kind: 'malformed' };
  if (!MESSAGE_FORMAT.reads(format)) return { kind: 'unknown_format', format };
  const envelope = readEnvelope(readField(message, 'delivery'));
  const content = readContent(message);
  if (envelope === undefined || content === undefined) {
    // In the next format it may be whole all the same: whoever wrote it is to judge.
    return format === MESSAGE_FORMAT.newest ? { kind: 'unknown_format', format } : { kind: 'malformed' };
  }
  const replay = readField(message, 'replay') === true;
  const redriven = replay || readField(message, 'redriven') === true;
  const swept = readField(message, 'swept') === true;
  return { kind: 'delivery', delivery: { envelope, content, replay, redriven, ...(swept && { swept }) } };
}

/**
 * The same message, as a person sends it back, with all that a newer release put in; undefined where it cannot
 * be read.
 *
 * @param replay Asks to run again what is done, too.
 */
export function toRedriven(text: string, { replay }: Pick<QueuedDelivery, 'replay'>): string | undefined {
  const message = parseJson(text);
  if (decodeMessage(text).kind !== 'delivery' || !isObject(message)) return undefined;
  return JSON.stringify({ ...message, ...(replay && { replay }), redriven: true });
}

function readEnvelope(value: unknown): Envelope | undefined {
  const id = readField(value, 'id');
  const event = readField(value, 'event');
  const receivedAt = readDate(value, 'receivedAt');
  if (typeof id !== 'string' || typeof event !== 'string' || receivedAt === undefined) return undefined;
  return {
    id,
    event,
    hookId: readText(value, 'hookId'),
    targetAppId: readText(value, 'targetAppId'),
    receivedAt,
  };
}

function readContent(message: unknown): QueuedContent | undefined {
  const logId = readText(message, 'logId');
  if (logId !== null) return /^\d{1,20}$/.test(logId) ? { kind: 'reference', logId } : undefined;
  const format = readField(message, 'format');
  const body = inflate(readText(message, 'gzip'));
  return (format === 'json' || format === 'form') && body !== undefined
    ? { kind: 'body', format, body }
    : undefined;
}

function inflate(gzip: string | null): Buffer | undefined {
  if (gzip === null) return undefined;
  try {
    return gunzipSync(Buffer.from(gzip, 'base64'), { maxOutputLength: MAX_BODY_BYTES });
  } catch {
    return undefined;
  }
}

function readText(value: unknown, field: string): string | null {
  const text = readField(value, field);
  return typeof text === 'string' ? text : null;
}

function readDate(value: unknown, field: string): Date | undefined {
  const date = new Date(readText(value, field) ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
