/**
 * Stands in for CloudWatch Logs: queries of Insights over log groups, and filters, on loopback. It knows the one kind of query
 * and of filter that is asked, and refuses others as the real one refuses what it cannot read.
 *
 * Source: AWS docs, "StartQuery", "GetQueryResults", "FilterLogEvents", "CloudWatch Logs Insights query syntax".
 */
import { randomUUID } from 'node:crypto';
import { type JsonObject, parseJson, readField, readText } from '../../lib/json/json.ts';
import { answerCalls } from './answer-calls.ts';
import { ServiceError } from './service-error.ts';

export interface CloudWatchLogs {
  /** What `AWS_ENDPOINT_URL_CLOUDWATCH_LOGS` is set to. */
  readonly url: string;
  /** Each operation that was asked for. */
  readonly calls: readonly string[];
  /** What the next requests meet instead of an answer; `failed`: how the next queries end. */
  readonly faults: { next(fault: LogsFault, times?: number): void };
  /**
   * From now on FilterLogEvents begins with an empty page and a token for the next one, as it may where few lines fit.
   * Source: "FilterLogEvents".
   */
  beginEmpty(): void;
  /** Makes a log group. Its lines are read when a query asks for them. */
  createGroup(name: string, lines?: () => readonly string[]): void;
  close(): Promise<void>;
}

type LogsRefusal = 'access-denied' | 'throttling' | 'too-many-queries' | 'internal';
type LogsFault = LogsRefusal | 'failed';

interface Query {
  readonly rows: readonly string[];
  /** A query is never done at once. */
  polls: number;
  status: 'Complete' | 'Failed';
}

/** Source: "StartQuery", `limit`. */
const MAX_LIMIT = 10_000;

export async function createCloudWatchLogs(): Promise<CloudWatchLogs> {
  const groups = new Map<string, () => readonly string[]>();
  const queries = new Map<string, Query>();
  /** How many queries, from the next one on, end as failed. */
  let failing = 0;
  let beginsEmpty = false;

  function perform(target: string, input: JsonObject): JsonObject {
    const operation = toOperation(target);
    switch (operation) {
      case 'StartQuery': {
        const queryId = randomUUID();
        const rows = runQuery(input, groups);
        queries.set(queryId, { rows, polls: 0, status: failing > 0 ? 'Failed' : 'Complete' });
        failing = Math.max(0, failing - 1);
        return { queryId };
      }
      case 'GetQueryResults':
        return showResults(queries.get(readText(input, 'queryId') ?? ''));
      case 'FilterLogEvents':
        return beginsEmpty && input['nextToken'] === undefined
          ? { events: [], nextToken: randomUUID() }
          : filterEvents(input, groups);
      case 'StopQuery':
        return { success: queries.delete(readText(input, 'queryId') ?? '') };
      default:
        throw new ServiceError('UnknownOperationException', `No such operation here: ${operation}`);
    }
  }

  const { url, calls, faults, close } = await answerCalls({
    toCall: toOperation,
    perform,
    toError,
    messageField: 'message',
  });
  return {
    url,
    calls,
    faults: {
      next(fault, times = 1) {
        if (fault === 'failed') failing += times;
        else faults.next(fault, times);
      },
    },
    beginEmpty: () => void (beginsEmpty = true),
    createGroup: (name, lines = () => []) => void groups.set(name, lines),
    close,
  };
}

function toOperation(target: string): string {
  return target.replace(/^Logs_20140328\./, '');
}

/** @returns The lines that fit, the oldest first. */
function runQuery(
  input: JsonObject,
  groups: ReadonlyMap<string, () => readonly string[]>,
): readonly string[] {
  const named = readField(input, 'logGroupNames');
  const names = Array.isArray(named) ? named.map(String) : [];
  const [start, end] = [Number(input['startTime']), Number(input['endTime'])];
  const limit = Number(input['limit'] ?? MAX_LIMIT);
  if (names.length === 0 || !(start <= end) || limit < 1 || limit > MAX_LIMIT) {
    throw new ServiceError('InvalidParameterException', 'A parameter is not valid');
  }
  const text = readText(input, 'queryString') ?? '';
  const [, wanted] =
    /^fields @timestamp, @message \| filter @message like "([^"\\]*)" \| sort @timestamp asc$/.exec(text) ??
    [];
  if (wanted === undefined) throw new ServiceError('MalformedQueryException', 'unexpected symbol found');
  return names
    .flatMap((name) => linesOf(name, groups))
    .map((line) => ({ line, seconds: Date.parse(readText(parseJson(line), 'timestamp') ?? '') / 1000 }))
    .filter(({ line, seconds }) => line.includes(wanted) && seconds >= start && seconds <= end)
    .toSorted((a, b) => a.seconds - b.seconds)
    .slice(0, limit)
    .map(({ line }) => line);
}

/** Of those filters that compare one field with a text. */
function filterEvents(input: JsonObject, groups: ReadonlyMap<string, () => readonly string[]>): JsonObject {
  const pattern = readText(input, 'filterPattern') ?? '';
  const [, field = '', text] = /^\{ \$\.(\w+) = "([^"]*)" \}$/.exec(pattern) ?? [];
  if (text === undefined) throw new ServiceError('InvalidParameterException', 'Invalid filter pattern');
  const events = linesOf(readText(input, 'logGroupName') ?? '', groups)
    .map((message) => ({ message, line: parseJson(message) }))
    .filter(({ line }) => readText(line, field) === text)
    .map(({ message, line }) => ({ message, timestamp: Date.parse(readText(line, 'timestamp') ?? '') }))
    .filter(({ timestamp }) => timestamp >= Number(input['startTime'] ?? 0));
  return { events };
}

function linesOf(name: string, groups: ReadonlyMap<string, () => readonly string[]>): readonly string[] {
  const read = groups.get(name);
  if (read !== undefined) return read();
  throw new ServiceError(
    'ResourceNotFoundException',
    `Log group '${name}' does not exist for account ID '123456789012'`,
  );
}

function showResults(query: Query | undefined): JsonObject {
  if (query === undefined) throw new ServiceError('ResourceNotFoundException', 'Query id not found');
  query.polls += 1;
  if (query.polls === 1) return { status: 'Running', results: [] };
  const results = query.rows.map((line) => [
    {
      field: '@timestamp',
      value: (readText(parseJson(line), 'timestamp') ?? '').replace('T', ' ').replace('Z', ''),
    },
    { field: '@message', value: line },
    { field: '@ptr', value: randomUUID() },
  ]);
  return { status: query.status, results: query.status === 'Complete' ? results : [] };
}

function toError(refusal: LogsRefusal, operation: string): ServiceError {
  switch (refusal) {
    case 'access-denied':
      return new ServiceError(
        'AccessDeniedException',
        `User: arn:aws:sts::123456789012:assumed-role/local/local is not authorized to perform: logs:${operation}`,
      );
    case 'throttling':
      return new ServiceError('ThrottlingException', 'Rate exceeded');
    case 'too-many-queries':
      return new ServiceError('LimitExceededException', 'LimitExceededException: Max concurrent queries');
    case 'internal':
      return new ServiceError('InternalServerException', 'Internal error', 500);
  }
}
