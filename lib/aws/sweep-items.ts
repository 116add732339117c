/** Failures, entries and positions of the sweep as DynamoDB items, and back. Pure. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { defineFormat } from '../stored-format.ts';
import type { Closing, Failure, OpenEntry, Position, Scan } from '../sweep/store.ts';
import type { Item } from './dynamodb.ts';
import { readNumber, toN } from './versioned-table.ts';

/**
 * Of all three kinds of records. 2: failures have `installationId` and `repositoryId`, where the log says them, and
 * `askedAtMs`.
 */
export const SWEEP_FORMAT = defineFormat({ oldest: 1, written: 2 });

/** Names the record of a failure. */
export function toFailureId(
  { host, appId }: { readonly host: string; readonly appId: string },
  guid: string,
) {
  return `sweep-open#${host}#${appId}#${guid}`;
}

/** An index record holds the failures of so long. */
const BUCKET_MS = 10 * 60_000;

/** Ten minutes, and the first digit of the GUID: one set would grow too large in an outage. */
export function toEntry({ guid, deliveredAtMs }: Failure): OpenEntry {
  const part = /^[0-9a-f]/i.exec(guid)?.[0].toLowerCase() ?? '0';
  return { guid, ...toPlace(`${Math.floor(deliveredAtMs / BUCKET_MS)}#${part}`) };
}

/** @param bucket As `toEntry` names it: which ten minutes since the epoch, and the first digit of the GUID. */
export function toPlace(bucket: string): Pick<OpenEntry, 'bucket' | 'sinceMs'> {
  return { bucket, sinceMs: Number(bucket.split('#', 1)[0]) * BUCKET_MS };
}

/** Without the id and what every record has: the table adds these. */
export function toItem(failure: Failure): Item {
  const { guid, logId, event, action, leaseUntilMs, askedAtMs, installationId, repositoryId } = failure;
  return {
    state: toState('open'),
    guid: { S: guid },
    logId: { S: logId },
    event: { S: event },
    ...(action !== null && { action: { S: action } }),
    statusCode: toN(failure.statusCode),
    deliveredAtMs: toN(failure.deliveredAtMs),
    latestAtMs: toN(failure.latestAtMs),
    nextAtMs: toN(failure.nextAtMs),
    attempts: toN(failure.attempts),
    exhausted: { BOOL: failure.exhausted },
    ...(leaseUntilMs !== undefined && { leaseUntilMs: toN(leaseUntilMs) }),
    ...(askedAtMs !== undefined && { askedAtMs: toN(askedAtMs) }),
    version: toN(failure.version),
    ...(installationId !== null && { installationId: { S: installationId } }),
    ...(repositoryId !== null && { repositoryId: { S: repositoryId } }),
  };
}

/** Never throws: what is missing reads as empty, or 0. Whether the format is read at all is asked before. */
export function parseFailure(item: Item): Failure {
  return {
    guid: item['guid']?.S ?? '',
    logId: item['logId']?.S ?? '',
    event: item['event']?.S ?? '',
    action: item['action']?.S ?? null,
    statusCode: readNumber(item, 'statusCode') ?? 0,
    deliveredAtMs: readNumber(item, 'deliveredAtMs') ?? 0,
    latestAtMs: readNumber(item, 'latestAtMs') ?? 0,
    nextAtMs: readNumber(item, 'nextAtMs') ?? 0,
    attempts: readNumber(item, 'attempts') ?? 0,
    exhausted: item['exhausted']?.BOOL ?? false,
    leaseUntilMs: readNumber(item, 'leaseUntilMs'),
    askedAtMs: readNumber(item, 'askedAtMs'),
    version: readNumber(item, 'version') ?? 0,
    installationId: item['installationId']?.S ?? null,
    repositoryId: item['repositoryId']?.S ?? null,
  };
}

/** When the sweep last asked for the delivery, whatever has become of its record; null where it never did, or that cannot be read. */
export function readSweepAsk(item: Item | undefined): number | null {
  return (SWEEP_FORMAT.reads(readNumber(item, 'v')) ? readNumber(item, 'askedAtMs') : undefined) ?? null;
}

/** Without an item: the position of a sweep that has never run. */
export function parsePosition(item: Item | undefined): Position {
  return {
    markMs: readNumber(item, 'markMs'),
    scan: readScan(item),
    pausedUntilMs: readNumber(item, 'pausedUntilMs'),
  };
}

function readScan(item: Item | undefined): Scan | undefined {
  const startedAtMs = readNumber(item, 'scanStartedAtMs');
  const floorMs = readNumber(item, 'scanFloorMs');
  if (startedAtMs === undefined || floorMs === undefined) return undefined;
  return { startedAtMs, floorMs, cursor: item?.['scanCursor']?.S };
}

/** `open`, or how the failure was closed. */
export function toState(state: 'open' | Closing): AttributeValue {
  return { S: state };
}
