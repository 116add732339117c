/** What the functions logged of one delivery, wherever their lines are kept. */
import { readFile } from 'node:fs/promises';
import { type Clock, sleep } from '../../lib/async/clock.ts';
import { isObject, type JsonObject, parseJson, readText } from '../../lib/json/json.ts';
import { toAwsOptions } from '../app/aws-options.ts';
import type { Deployed } from '../app/deployed.ts';
import { CommandError } from '../command-error.ts';
import { explainAws } from '../stage/explain-aws.ts';

export interface LoggedLine {
  readonly at: Date;
  readonly code: string;
  /** As the function wrote it. */
  readonly fields: JsonObject;
}

export interface LineQuery {
  readonly guid: string;
  readonly from: Date;
  readonly to: Date;
}

interface ReadDeps {
  readonly deployed: Deployed;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** More lines of one delivery than that nobody reads. */
const MAX_LINES = 1_000;

const POLL_MS = 500;
const MAX_POLLS = 120;

/** @throws CommandError Where CloudWatch refuses, or does not come to an end. */
export async function readLines(query: LineQuery, deps: ReadDeps): Promise<readonly LoggedLine[]> {
  const { logs } = deps.deployed;
  const texts =
    logs.kind === 'file' ? await readLocalLines(logs.path) : await queryInsights(logs.groups, query, deps);
  return texts
    .flatMap((text) => toLine(text))
    .filter(({ fields }) => fields['delivery'] === query.guid)
    .toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

function toLine(text: string): readonly LoggedLine[] {
  const fields = parseJson(text);
  const at = new Date(readText(fields, 'timestamp') ?? Number.NaN);
  if (!isObject(fields) || Number.isNaN(at.getTime())) return [];
  return [{ at, code: readText(fields, 'code') ?? '', fields }];
}

async function readLocalLines(path: string): Promise<readonly string[]> {
  return (await readFile(path, 'utf8')).split('\n');
}

/** One query over the logs of all functions. */
async function queryInsights(
  groups: readonly string[],
  { guid, from, to }: LineQuery,
  { deployed, clock, signal }: ReadDeps,
): Promise<readonly string[]> {
  const { CloudWatchLogsClient, GetQueryResultsCommand, StartQueryCommand, StopQueryCommand } =
    await import('@aws-sdk/client-cloudwatch-logs');
  const client = new CloudWatchLogsClient(toAwsOptions(deployed, 'logs'));
  let queryId: string | undefined;
  try {
    ({ queryId } = await client.send(
      new StartQueryCommand({
        logGroupNames: [...groups],
        startTime: Math.floor(from.getTime() / 1000),
        endTime: Math.ceil(to.getTime() / 1000),
        // The id holds letters, digits and dashes alone.
        queryString: `fields @timestamp, @message | filter @message like "${guid}" | sort @timestamp asc`,
        limit: MAX_LINES,
      }),
      { abortSignal: signal },
    ));
    for (let poll = 0; poll < MAX_POLLS; poll += 1) {
      const { status, results = [] } = await client.send(new GetQueryResultsCommand({ queryId }), {
        abortSignal: signal,
      });
      if (status === 'Complete') {
        queryId = undefined;
        return results.map((row) => row.find(({ field }) => field === '@message')?.value ?? '');
      }
      if (status !== 'Running' && status !== 'Scheduled') {
        throw new CommandError(`CloudWatch Logs: the query ended as ${status}`);
      }
      await sleep(clock, POLL_MS, signal);
    }
    throw new CommandError('CloudWatch Logs: the query does not come to an end');
  } catch (error) {
    throw explainAws(error, 'queries the logs', 'logs:StartQuery and logs:GetQueryResults');
  } finally {
    // What nobody waits for would go on to be paid for.
    if (queryId !== undefined) await client.send(new StopQueryCommand({ queryId })).catch(() => {});
    client.destroy();
  }
}
