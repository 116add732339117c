/** Reads the log of a stage's function. The client loads here alone. */
import { parseJson } from '../../lib/json/json.ts';

/** A line of a function's log. */
export interface LogLine {
  readonly at: Date;
  readonly group: string;
  readonly fields: unknown;
}

/**
 * Lines that match a pattern, the newest last. `signal` ends one call; it is asked for before each.
 *
 * Throws what the SDK does.
 */
export type ReadLogLines = (
  group: string,
  pattern: string,
  since: Date,
  inTime: <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>,
) => Promise<readonly LogLine[]>;

/** FilterLogEvents gives empty pages, too; a log of an hour has no more than these. */
const MAX_PAGES = 50;

/** Source: AWS docs, "FilterLogEvents". */
export async function openLogLines(region: string): Promise<ReadLogLines> {
  const { CloudWatchLogsClient, FilterLogEventsCommand } = await import('@aws-sdk/client-cloudwatch-logs');
  const logs = new CloudWatchLogsClient({ region });
  return async (group, pattern, since, inTime) => {
    const found: LogLine[] = [];
    for (let nextToken: string | undefined, page = 0; page < MAX_PAGES; page += 1) {
      const command = new FilterLogEventsCommand({
        logGroupName: group,
        filterPattern: pattern,
        startTime: since.getTime(),
        ...(nextToken !== undefined && { nextToken }),
      });
      const answer = await inTime((abortSignal) => logs.send(command, { abortSignal }));
      for (const { timestamp = 0, message = '' } of answer.events ?? [])
        found.push({ at: new Date(timestamp), group, fields: parseJson(message) });
      ({ nextToken } = answer);
      if (nextToken === undefined) break;
    }
    return found.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  };
}
